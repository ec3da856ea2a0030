"""Running the CDK (here a shell script): its tools, its environment, its failures."""

import os
from pathlib import Path

import pytest

from ops.console.errors import DeployFailed, ToolMissing
from ops.console.wait import Timer, until
from ops.local import deploy
from ops.local.ministack import identity_of
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.stacks import Stack
from ops.stage.target import local


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def emulator() -> Aws:
    return Aws(local("http://127.0.0.1:4566"))


@pytest.fixture
def bootstrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "find", lambda *_: Stack(deploy.BOOTSTRAP_STACK, "CREATE_COMPLETE", {}))


def cdk(files: InstallationFiles, script: str) -> None:
    program(files.project / "node_modules/.bin/cdk", script)


@pytest.mark.usefixtures("bootstrapped")
def test_lines_about_stacks_are_shown_and_the_whole_output_is_logged(
    files: InstallationFiles, emulator: Aws
) -> None:
    cdk(
        files,
        'echo "Ates-dev-auth | 1/9 | DONE"; echo noise >&2; echo "$AWS_ENDPOINT_URL $AWS_PROFILE."',
    )
    seen: list[str] = []
    inherited = {"PATH": os.environ["PATH"], "AWS_PROFILE": "prod"}
    deploy.deploy(files, emulator, inherited, seen.append)
    assert seen == ["synthesising the stacks", "deploying Ates-dev-auth: 1 of 9 resources"]
    assert files.deploy_log.read_text().endswith("noise\nhttp://127.0.0.1:4566 .\n")


@pytest.mark.usefixtures("bootstrapped")
def test_the_cdk_deploys_the_stage_to_an_emulator_without_questions(
    files: InstallationFiles, emulator: Aws
) -> None:
    cdk(files, 'for word in "$@"; do echo "$word"; done')
    deploy.deploy(files, emulator, dict(os.environ), lambda _: None)
    words = files.deploy_log.read_text().splitlines()
    assert words[:2] == ["deploy", "--all"]
    assert {"--require-approval=never", "--context=stage=dev", "--context=target=local"} <= set(words)
    assert f"--output={files.assembly}" in words


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("❌  Ates-dev-auth failed: no such bucket", "Ates-dev-auth failed: no such bucket"),
        ("NameError: name x is not defined", "NameError: name x is not defined"),
    ],
)
@pytest.mark.usefixtures("bootstrapped")
def test_a_failure_names_its_reason_and_its_log(
    files: InstallationFiles, emulator: Aws, line: str, reason: str
) -> None:
    cdk(files, f"echo start; echo {line!r}; echo; echo app.py: Subprocess exited with error 1; exit 1")
    with pytest.raises(DeployFailed) as failure:
        deploy.deploy(files, emulator, dict(os.environ), lambda _: None)
    assert str(failure.value) == f"cdk deploy failed: {reason} (full log: {files.deploy_log})"


def test_a_missing_bootstrap_is_done_first(
    files: InstallationFiles, emulator: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "find", lambda *_: None)
    cdk(files, 'echo "$1 $2"')
    deploy.deploy(files, emulator, dict(os.environ), lambda _: None)
    assert files.deploy_log.read_text() == "bootstrap aws://000000000000/us-east-1\ndeploy --all\n"


@pytest.mark.usefixtures("bootstrapped")
def test_a_deployment_that_takes_too_long_is_killed_with_its_children(
    files: InstallationFiles, emulator: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "TIMEOUT_SECONDS", 0.2)
    cdk(files, "sleep 60 & echo $!; wait")
    with pytest.raises(DeployFailed):
        deploy.deploy(files, emulator, dict(os.environ), lambda _: None)
    child = int(files.deploy_log.read_text())
    assert until(lambda: not identity_of(child), Timer(), timeout_seconds=5, interval_seconds=0.01)


def test_only_a_node_of_the_environment_is_accepted(
    files: InstallationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Node on PATH, of any version, doesn't count."""
    program(files.project / "bin/node", "echo v18.20.0")
    monkeypatch.setenv("PATH", str(files.project / "bin"))
    monkeypatch.setattr("sys.executable", str(files.project / "venv/bin/python"))
    with pytest.raises(ToolMissing, match="is not installed in this environment"):
        deploy.check_tools(files)


def test_the_node_of_the_environment_comes_first_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/project/venv/bin/python")
    assert deploy.tool_path({"PATH": "/usr/bin"}) == "/project/venv/bin:/usr/bin"


def test_a_missing_cdk_is_a_missing_tool(files: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    program(files.project / "venv/bin/node", "echo v24.1.0")
    monkeypatch.setattr("sys.executable", str(files.project / "venv/bin/python"))
    with pytest.raises(ToolMissing, match="the CDK is not installed here; run `make up`"):
        deploy.check_tools(files)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Ates-dev-auth: deploying... [3/7]", "deploying Ates-dev-auth"),
        (
            "Ates-dev-accounting |  47/205 | 1:25:23 PM | CREATE_IN_PROGRESS | AWS::Logs::LogGroup | log",
            "deploying Ates-dev-accounting: 47 of 205 resources",
        ),
        ("Ates-dev-events: start: Building Ates-dev-events Template", None),
        ("", None),
    ],
)
def test_progress_is_told_without_the_words_of_the_cdk(line: str, said: str | None) -> None:
    assert deploy.step_of(line) == said
