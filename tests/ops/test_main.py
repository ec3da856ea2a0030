"""How commands end: the exit code, and one line on standard error."""

import json
import stat
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from ops import __main__ as command_line
from ops.console.errors import CommandFailed, DeployFailed, SignInRefused
from ops.daily import status
from ops.local import up
from ops.stage import local_session
from ops.stage.installation_files import InstallationFiles
from ops.stage.sign_in import AccessToken


def raises(error: BaseException) -> object:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "ates nonsense: No such command 'nonsense'."),
        (["token"], "ates token: Missing option '--as'."),
        (["up", "--port", "0"], "ates up: Invalid value for '--port'"),
        (["dlq", "show"], "ates dlq show: Missing argument 'CONSUMER'."),
        (["import"], "ates import: Missing argument 'FILE'."),
        (["simulate"], "ates simulate: give either --seed or --seeds"),
        (["simulate", "--seed", "1", "--seeds", "2"], "ates simulate: give either --seed or --seeds"),
        (["simulate", "--seed", "1", "--defect", "x"], "ates simulate: there is no planted defect 'x'"),
        (
            ["token", "--as", "nobody"],
            "ates token: no demo account is called 'nobody'; use a role or one of manager@",
        ),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(
    installed: InstallationFiles, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(arguments) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(said)
    assert seen.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DeployFailed("cdk deploy failed:\n  no space"), "ates status: cdk deploy failed: no space\n"),
        (httpx.ReadTimeout("too slow"), "ates status: too slow\n"),
        (httpx.ConnectError("refused"), "nothing answers (refused); run `make up` to start the local AWS\n"),
        (PermissionError(13, "Permission denied", "/x"), "ates status: Permission denied: /x\n"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"),
            "run `make up` to start the local AWS\n",
        ),
    ],
)
def test_a_failed_operation_is_exit_code_1_and_one_line(
    installed: InstallationFiles,
    error: Exception,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status, "status", raises(error))
    assert command_line.main(["status"]) == 1
    seen = capsys.readouterr().err
    assert seen.endswith(said)
    assert seen.count("\n") == 1


def test_an_unexpected_error_is_one_line_and_logged_with_its_traceback(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "status", raises(ZeroDivisionError("oh")))
    assert command_line.main(["status"]) == 1
    assert capsys.readouterr().err == (
        f"ates status: an error in ates itself; its details are in {installed.crash_log}\n"
    )
    assert "Traceback" in installed.crash_log.read_text()


def test_an_interruption_is_exit_code_130(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "status", raises(KeyboardInterrupt()))
    assert command_line.main(["status"]) == 130
    assert capsys.readouterr().err == "ates status: interrupted\n"


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["token", "--as", "worker"], ["close-day"], ["verify"], ["import", "backlog.csv"]],
)
def test_without_a_local_aws_the_command_names_make_up(
    files: InstallationFiles,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATES_HOME", str(files.folder))
    monkeypatch.chdir(files.project)
    Path("backlog.csv").write_text("Summary\nFly\n")
    assert command_line.main(arguments) == 1
    assert capsys.readouterr().err.endswith("the local AWS is not set up; run `make up`\n")


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.5:4566", "https://sqs.us-east-1.amazonaws.com", "nonsense"]
)
def test_up_refuses_an_endpoint_that_is_not_on_this_machine(
    files: InstallationFiles,
    endpoint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ATES_HOME", str(files.folder))
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(up, "_set_up", raises(AssertionError("must not be called")))
    assert command_line.main(["up"]) == 2
    assert capsys.readouterr().err.startswith("ates up: AWS_ENDPOINT_URL is")


def test_token_prints_only_the_token(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_session, "access_token", lambda *_: AccessToken("a.b.c", 1795356900.5))
    assert command_line.main(["token", "--as", "worker"]) == 0
    assert capsys.readouterr() == ("a.b.c\n", "")
    assert command_line.main(["token", "--as", "worker2@ates.example", "--json"]) == 0
    expected = {"access_token": "a.b.c", "expires_at": 1795356900, "email": "worker2@ates.example"}
    assert json.loads(capsys.readouterr().out) == expected


def test_a_refused_sign_in_prints_nothing_on_stdout(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        local_session,
        "access_token",
        raises(SignInRefused("worker1@ates.example could not sign in: disabled")),
    )
    assert command_line.main(["token", "--as", "worker"]) == 1
    assert capsys.readouterr().out == ""


def test_down_and_clean_succeed_if_nothing_runs(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_line.main(["down"]) == 0
    assert capsys.readouterr().out == "MiniStack was not running\n"
    assert command_line.main(["clean", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": False, "wiped": str(installed.folder)}
    assert not installed.folder.exists()


def test_help_is_shown_with_and_without_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 0
    for command in ("up", "down", "status", "token", "import", "close-day", "verify"):
        assert command in capsys.readouterr().out or command_line.main([command, "--help"]) == 0


def test_the_folder_of_an_installation_is_private(files: InstallationFiles) -> None:
    files.folder.chmod(0o755)
    files.create()
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_every_failure_has_an_exit_code() -> None:
    waiting, codes = [CommandFailed], set()
    while waiting:
        kind = waiting.pop()
        codes.add(kind.exit_code)
        waiting += kind.__subclasses__()
    assert codes == {1, 2}
