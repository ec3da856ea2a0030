"""Each service answers each role as its OpenAPI document says, in thousands of generated requests."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.product import Product
from tests.system.separate import installation

pytestmark = pytest.mark.night

ROOT = Path(__file__).parents[2]
ROLES = ("worker", "accountant", "manager", "admin")
SERVICES = ("auth", "tracking", "accounting", "analytics")
EXAMPLES = 15
# An HTTP API of API Gateway answers 404 for an unknown method of a path, and can't be made to answer 405.
LEFT_OUT = "unsupported_method"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A separate installation, because the generated requests leave unexpected data."""
    with installation(tmp_path_factory.mktemp("documents")) as product:
        yield product


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", ROLES)
def test_a_service_answers_as_documented(product: Product, tmp_path: Path, service: str, role: str) -> None:
    document = tmp_path / "openapi.json"
    served = product.call(role, "GET", service, "/openapi.json").json()
    document.write_text(json.dumps(served), encoding="utf-8")
    found = _schemathesis(product, service, document, role)
    assert found.returncode == 0, found.stdout[-20_000:]
    assert "Tested: " in found.stdout


def _schemathesis(
    product: Product, service: str, document: Path, role: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            str(document),
            f"--url={getattr(product.local.apis, service)}",
            f"--header=Authorization: Bearer {product.token(role)}",
            "--checks=all",
            f"--exclude-checks={LEFT_OUT}",
            "--phases=examples,coverage,fuzzing",
            f"--max-examples={EXAMPLES}",
            "--seed=1",
            "--continue-on-failure",
            "--suppress-health-check=all",
            "--warnings=off",
            "--no-color",
        ],
        cwd=document.parent,
        env={
            **os.environ,
            "CALLERS": " ".join(account.account_id for account in product.local.accounts),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.system.schema_hooks",
        },
        capture_output=True,
        text=True,
        check=False,
    )
