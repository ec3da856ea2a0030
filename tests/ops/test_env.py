"""`ates env` and `ates aws`; the program `ates` itself, wherever the project is."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.package import ROOT
from ops import __main__ as command_line
from ops.stage import target
from ops.stage.installation_files import InstallationFiles


def in_shell(said: str, inherited: dict[str, str]) -> dict[str, str]:
    """What a shell's children get after `eval`."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"eval {shlex.quote(said)}; env"],
        env={"PATH": os.environ["PATH"], **inherited},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_env_is_what_aws_tools_need(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    assert command_line.main(["env"]) == 0
    seen = in_shell(capsys.readouterr().out, {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine"})
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & seen.keys()
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "us-east-1"
    assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SECRET_ACCESS_KEY"]) == ("test", "test")
    assert seen["NO_PROXY"] == seen["no_proxy"] == "intranet.example,127.0.0.1,localhost"
    assert command_line.main(["env", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["AWS_REGION"] == "us-east-1"


def test_this_machine_is_added_to_no_proxy_once() -> None:
    once = target.for_this_machine({"no_proxy": "a.example"})
    assert target.for_this_machine(once) == once


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_aws_runs_the_cli_against_the_local_aws(
    installed: InstallationFiles,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program(tmp_path / "bin", "aws", '#!/bin/sh\necho "$AWS_ENDPOINT_URL $AWS_PROFILE|$*"\nexit 3\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert command_line.main(["aws", "s3", "ls", "--help", "--recursive"]) == 3
    assert capfd.readouterr().out == "http://127.0.0.1:4566 |s3 ls --help --recursive\n"


def test_without_the_cli_it_says_so(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert command_line.main(["aws", "s3", "ls"]) == 1
    assert "the AWS CLI is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["with a space", "long" * 50])
def test_the_program_runs_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """A shebang could hold neither a space nor more than 127 characters."""
    project = tmp_path / name
    made = project / ".venv" / "bin" / "ates"
    program(made.parent, "python", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    shutil.copy(ROOT / "ops" / "ates.sh", made)
    for part in ("ops", "infra", "functions", "events", "shared", "pyproject.toml"):
        (project / part).symlink_to(ROOT / part)
    link = tmp_path / "ates"
    link.symlink_to(made)
    for command in (made, link):
        done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "ates 0.1.0\n", "")


def test_a_program_that_was_moved_away_says_why(tmp_path: Path) -> None:
    made = tmp_path / ".venv" / "bin" / "ates"
    program(made.parent, "python", "#!/bin/sh\n")
    shutil.copy(ROOT / "ops" / "ates.sh", made)
    done = subprocess.run([made, "status"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"ates: the project is not in {tmp_path}; run `make setup`")
    (tmp_path / "ops").mkdir()
    (made.parent / "python").unlink()
    done = subprocess.run([made, "status"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the Python of" in done.stderr
