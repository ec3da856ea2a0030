"""The fingerprint shows whether the deployed stacks were built from the current sources."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ops.local import fingerprint
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.stacks import Stack
from ops.stage.target import local


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("app.py", "cdk.json", "infra/app.py", "functions/auth/get_me/handler.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["app.py", "infra/app.py", "functions/auth/get_me/templates/mail.html"])
def test_any_change_of_a_source_changes_the_fingerprint(project: Path, name: str) -> None:
    before = fingerprint.fingerprint(project)
    assert fingerprint.fingerprint(project) == before
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed")
    assert fingerprint.fingerprint(project) != before


def test_a_moved_file_changes_the_fingerprint(project: Path) -> None:
    before = fingerprint.fingerprint(project)
    (project / "infra/app.py").rename(project / "infra/application.py")
    assert fingerprint.fingerprint(project) != before


def test_caches_and_files_elsewhere_do_not_change_the_fingerprint(project: Path) -> None:
    before = fingerprint.fingerprint(project)
    for name in ("infra/__pycache__/app.cpython-311.pyc", "docs/local.md", "tests/test_app.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x")
    assert fingerprint.fingerprint(project) == before


class Parameters:
    """An emulator's Systems Manager parameters."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get_parameter(self, *, Name: str) -> dict[str, dict[str, str]]:  # noqa: N803
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": Name}}, "GetParameter")
        return {"Parameter": {"Value": self.values[Name]}}

    def put_parameter(self, *, Name: str, Value: str, Type: str, Overwrite: bool) -> None:  # noqa: N803
        self.values[Name] = Value


@pytest.fixture
def aws() -> Aws:
    found = Aws(local("http://127.0.0.1:4566"))
    vars(found)["parameters"] = Parameters()
    return found


@pytest.fixture
def all_deployed(monkeypatch: pytest.MonkeyPatch) -> list[Stack]:
    found = [Stack(name, "UPDATE_COMPLETE", {}) for name in stacks.expected(local("http://127.0.0.1:4566"))]
    monkeypatch.setattr(stacks, "found", lambda _: tuple(found))
    return found


def test_the_fingerprint_is_stored_in_the_emulator(aws: Aws, all_deployed: list[Stack]) -> None:
    assert fingerprint.deployed(aws) is None
    fingerprint.remember(aws, "abc")
    assert fingerprint.deployed(aws) == "abc"
    vars(aws)["parameters"] = Parameters()
    assert fingerprint.deployed(aws) is None


def test_a_forgotten_fingerprint_means_not_deployed(aws: Aws, all_deployed: list[Stack]) -> None:
    fingerprint.remember(aws, "abc")
    fingerprint.forget(aws)
    assert fingerprint.deployed(aws) != "abc"


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "DELETE_FAILED"])
def test_a_stack_in_a_bad_state_means_not_deployed(aws: Aws, all_deployed: list[Stack], state: str) -> None:
    fingerprint.remember(aws, "abc")
    all_deployed[2] = Stack(all_deployed[2].name, state, {})
    assert fingerprint.deployed(aws) is None


def test_a_missing_stack_means_not_deployed(aws: Aws, all_deployed: list[Stack]) -> None:
    fingerprint.remember(aws, "abc")
    all_deployed.pop()
    assert fingerprint.deployed(aws) is None
