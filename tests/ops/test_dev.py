"""`ates dev`: which functions a change updates, and which changes take a deployment."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.package import ROOT
from ops.console.errors import DeployFailed
from ops.console.output import Output
from ops.local import dev, fingerprint, live, up
from ops.local.live import Program
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.ops.conftest import FakeParameters, FakeTime

HANDLER = ROOT / "functions/tracking/create_task/handler.py"
USE_CASE = ROOT / "functions/tracking/create_task/use_case.py"
SHARED = ROOT / "shared/http.py"
CREATE = Program("ates-dev-tracking-create-task", "functions.tracking.create_task.handler")
BALANCE = Program("ates-dev-accounting-get-my-balance", "functions.accounting.get_my_balance.handler")


@dataclass
class Functions:
    """Lambda: by name, the files of each update."""

    updates: dict[str, list[str]] = field(default_factory=dict)

    def update_function_code(self, *, FunctionName: str, ZipFile: bytes) -> None:  # noqa: N803
        self.updates[FunctionName] = zipfile.ZipFile(io.BytesIO(ZipFile)).namelist()


@dataclass
class Development:
    """A session, with what it did; `texts` are what the sources seem to hold."""

    session: dev.Session
    functions: Functions
    texts: dict[Path, str] = field(default_factory=dict)
    deployments: list[str] = field(default_factory=list)
    fails: bool = False

    def save(self, path: Path, text: str) -> None:
        self.texts[path] = text
        self.session.changed({path})


@pytest.fixture
def development(
    aws: Aws, files: InstallationFiles, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> Development:
    functions = Functions()
    monkeypatch.setitem(vars(aws), "functions", functions)
    monkeypatch.setitem(vars(aws), "parameters", FakeParameters())
    monkeypatch.setattr(live, "programs", lambda _: [CREATE, BALANCE])
    monkeypatch.setattr(fingerprint, "sources", lambda _: [HANDLER, USE_CASE, SHARED])
    found = Development(dev.Session(files, Output(), aws, lambda: fake_time.seconds), functions)

    def read(paths: Any) -> Any:
        return ((path, found.texts.get(path, path.read_text())) for path in paths if path.is_file())

    def deploy(*_: Any) -> None:
        found.deployments.append("deployed")
        if found.fails:
            raise DeployFailed("no")

    monkeypatch.setattr(dev, "_texts", read)
    monkeypatch.setattr(up, "up", deploy)
    return found


def test_a_handlers_change_updates_its_function_alone(
    development: Development, capsys: pytest.CaptureFixture[str]
) -> None:
    development.save(HANDLER, HANDLER.read_text() + "\n# changed\n")
    (name,) = development.functions.updates
    assert name == CREATE.name
    assert {"functions/tracking/create_task/handler.py", "shared/http.py"} <= set(
        development.functions.updates[name]
    )
    said = "functions/tracking/create_task/handler.py: ates-dev-tracking-create-task updated in 0.0 s\n"
    assert capsys.readouterr().err == said
    assert development.deployments == []


def test_a_shared_file_updates_every_function_that_has_it(development: Development) -> None:
    development.save(SHARED, SHARED.read_text() + "\n# changed\n")
    assert set(development.functions.updates) == {CREATE.name, BALANCE.name}


def test_saving_without_a_change_does_nothing(
    development: Development, capsys: pytest.CaptureFixture[str]
) -> None:
    development.save(USE_CASE, USE_CASE.read_text())
    assert (development.functions.updates, capsys.readouterr().err) == ({}, "")


@pytest.mark.parametrize(
    "path", ["infra/names.py", "events/tracking.py", "functions/tracking/rows.py", "app.py", "cdk.json"]
)
def test_what_stacks_are_made_from_takes_a_deployment(path: str) -> None:
    assert live.needs_deployment(ROOT / path, "a = 1", "a = 2")


def test_a_changed_spec_takes_a_deployment_and_its_layout_does_not(development: Development) -> None:
    text = HANDLER.read_text()
    development.save(HANDLER, text.replace("SPEC = UseCase(", "SPEC = UseCase(  # the same"))
    assert development.deployments == []
    development.save(HANDLER, text.replace('name="create_task"', 'name="create_task2"'))
    assert development.deployments == ["deployed"]


def test_code_that_is_no_python_is_not_deployed(
    development: Development, capsys: pytest.CaptureFixture[str]
) -> None:
    development.save(USE_CASE, "def broken(:\n")
    assert development.functions.updates == {}
    said = capsys.readouterr().err
    assert said.startswith("functions/tracking/create_task/use_case.py, line 1: ")
    assert said.endswith("nothing was updated\n")


def test_a_failed_deployment_is_said_and_tried_again_with_the_next_change(
    development: Development, capsys: pytest.CaptureFixture[str]
) -> None:
    development.fails = True
    changed = HANDLER.read_text().replace('name="create_task"', 'name="create_task2"')
    development.save(HANDLER, changed)
    assert capsys.readouterr().err.splitlines()[-1].endswith("handler.py: no")
    development.save(HANDLER, changed)
    assert development.deployments == ["deployed"] * 2


def test_the_next_deployment_brings_updated_functions_to_the_present_sources(
    development: Development, aws: Aws
) -> None:
    """CloudFormation would leave them, as its template is the same as before."""
    development.save(USE_CASE, USE_CASE.read_text() + "\n# changed\n")
    assert live.updated(aws) == {CREATE.name}
    development.functions.updates.clear()
    live.after_deployment(aws, lambda _: [CREATE, BALANCE])
    assert set(development.functions.updates) == {CREATE.name}
    assert live.updated(aws) == set()
