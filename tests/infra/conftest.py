"""The product's stacks, synthesised once for each stage and process."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from infra.package import ROOT
from tests.infra.templates import Template, read

HERE = Path(__file__).parent
Stacks = dict[str, Template]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A synthesis takes ten seconds of CPU; an interrupted one leaves a broken CDK."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))


def synthesise(factory: pytest.TempPathFactory, stage: str, target: str) -> Path:
    """A cloud assembly; the layer is empty, because building it needs a registry."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    layer = factory.mktemp("layer")
    app = build(layer=layer, context={**context, "stage": stage, "target": target})
    return Path(app.synth().directory)


@pytest.fixture(scope="session")
def dev_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise(tmp_path_factory, "dev", "aws")


@pytest.fixture(scope="session")
def prod_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise(tmp_path_factory, "prod", "aws")


@pytest.fixture(scope="session")
def dev(dev_assembly: Path) -> Stacks:
    return read(str(dev_assembly))


@pytest.fixture(scope="session")
def prod(prod_assembly: Path) -> Stacks:
    return read(str(prod_assembly))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    return read(str(synthesise(tmp_path_factory, "dev", "local")))
