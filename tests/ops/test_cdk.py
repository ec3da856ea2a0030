"""What the CDK (here a shell script) is told for a stage, and with whose credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.console.errors import DeployFailed
from ops.console.output import Output
from ops.deploying.assembly import Assembly
from ops.deploying.cdk import Cdk
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.target import local
from tests.ops.deployable import ORDER, assemble
from tests.ops.test_deploy import program

SAYS = 'for word in "$@"; do echo "$word"; done; echo "$AWS_PROFILE $AWS_ENDPOINT_URL $CDK_VALIDATION."'
SHELL = {"PATH": "/usr/bin:/bin", "AWS_PROFILE": "deployers"}


@pytest.fixture
def script(files: InstallationFiles) -> Path:
    path = files.project / "node_modules/.bin/cdk"
    program(path, SAYS)
    return path


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def cdk(files: InstallationFiles, aws: Aws, script: Path, seen: list[str]) -> Cdk:
    @contextmanager
    def working(about: str) -> Iterator[Any]:
        seen.append(about)
        yield SimpleNamespace(update=seen.append)

    return Cdk(files, aws, working, SHELL)


def words(files: InstallationFiles) -> list[str]:
    return files.deploy_log.read_text().splitlines()


def test_a_synthesis_is_of_the_stage_and_checked(cdk: Cdk, files: InstallationFiles, seen: list[str]) -> None:
    assert cdk.synthesise().folder == files.folder / "cdk.out-dev"
    said = words(files)
    assert said[:2] == ["synth", "--all"]
    assert "--context=stage=dev" in said
    assert "--context=target=local" not in said
    assert said[-1] == "deployers  .", "the shell's credentials, no endpoint, and cdk-nag's findings count"
    assert seen == ["synthesising"]


def test_one_stack_is_deployed_from_what_was_synthesised(cdk: Cdk, files: InstallationFiles) -> None:
    cdk.deploy(Assembly(files.folder / "out"), "Ates-dev-auth")
    said = words(files)
    assert said[:3] == ["deploy", "Ates-dev-auth", "--exclusively"]
    assert {f"--app={files.folder / 'out'}", "--require-approval=never"} <= set(said)


def test_a_creation_is_not_rolled_back(cdk: Cdk, files: InstallationFiles) -> None:
    cdk.deploy(Assembly(files.folder / "out"), "Ates-dev-auth", rolls_back=False)
    assert {"--no-rollback", "--yes"} <= set(words(files))


def test_change_sets_are_made_and_not_executed(cdk: Cdk, files: InstallationFiles) -> None:
    cdk.prepare(Assembly(files.folder / "out"), ["Ates-dev-auth", "Ates-dev-web"])
    said = words(files)
    assert said[:4] == ["deploy", "Ates-dev-auth", "Ates-dev-web", "--exclusively"]
    assert {"--method=prepare-change-set", "--change-set-name=ates-deploy"} <= set(said)


def test_all_stacks_are_destroyed_without_a_question(cdk: Cdk, files: InstallationFiles) -> None:
    cdk.destroy(Assembly(files.folder / "out"))
    assert words(files)[:3] == ["destroy", "--all", "--force"]


def test_an_emulator_gets_its_own_templates_and_nothing_of_the_shells_aws(
    files: InstallationFiles, script: Path
) -> None:
    Cdk(files, Aws(local("http://127.0.0.1:4566")), Output().working, SHELL).synthesise()
    said = words(files)
    assert "--context=target=local" in said
    assert said[-1] == " http://127.0.0.1:4566 false."


def test_how_far_a_stack_is_is_shown_while_it_is_deployed(
    cdk: Cdk, files: InstallationFiles, script: Path, seen: list[str]
) -> None:
    program(script, 'echo "Ates-dev-auth | 3/106 | 4:58:42 PM | CREATE_COMPLETE | x"')
    cdk.deploy(Assembly(files.folder / "out"), "Ates-dev-auth")
    assert seen == ["deploying Ates-dev-auth", "deploying Ates-dev-auth: 3 of 106 resources"]


def test_a_failure_names_the_log(cdk: Cdk, files: InstallationFiles, script: Path) -> None:
    program(script, 'echo "Ates-dev-auth failed: no quota"; exit 1')
    with pytest.raises(DeployFailed, match="Ates-dev-auth failed: no quota") as failure:
        cdk.deploy(Assembly(files.folder / "out"), "Ates-dev-auth")
    assert str(files.deploy_log) in str(failure.value)


def test_the_order_is_that_of_the_stacks_dependencies(tmp_path: Path) -> None:
    assemble(tmp_path, {})
    assert Assembly(tmp_path).stacks() == [f"Ates-dev-{part}" for part in ORDER]
