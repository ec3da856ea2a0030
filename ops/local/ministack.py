"""MiniStack's life cycle: started in the background, found again, stopped gracefully, wiped.

Only the process that this installation started is ever signalled: its pid is kept with its command line and
start time, so that another process with a reused pid is left alone.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from infra.slimming import AWS_SERVICES
from ops.console.errors import MinistackFailed, PortTaken
from ops.console.wait import Timer, until
from ops.stage.installation_files import InstallationFiles
from ops.stage.target import DUMMY_CREDENTIALS

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 60
KILL_TIMEOUT_SECONDS = 10
IDENTITY_TIMEOUT_SECONDS = 5
WORKERS_TIMEOUT_SECONDS = 2
NO_DOCKER = "unix:///nonexistent"
EMULATOR = Path(__file__).with_name("emulator.py")
# Children of this process; Python warns about a child that is forgotten while it runs.
_CHILDREN: list["subprocess.Popen[bytes]"] = []


class Process(BaseModel):
    """A MiniStack of this installation; `identity` tells it from a later process with the same pid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    port: int
    identity: str


@dataclass(frozen=True, slots=True)
class StartedMinistack:
    """`fresh`: there was no state of an earlier run."""

    process: Process
    fresh: bool


def endpoint(port: int) -> str:
    return f"http://{HOST}:{port}"


def running(files: InstallationFiles) -> Process | None:
    """Our MiniStack, if it runs."""
    try:
        process = Process.model_validate_json(files.process.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return process if identity_of(process.pid) == process.identity else None


def start(
    files: InstallationFiles, port: int, region: str, inherited: Mapping[str, str], timer: Timer
) -> StartedMinistack:
    """Returns once it is healthy; stops it again if it does not become so."""
    if listens(port):
        raise PortTaken(
            f"port {port} on {HOST} is in use by another program; stop it, choose another --port, "
            f"or set AWS_ENDPOINT_URL={endpoint(port)} if it is an AWS emulator to use"
        )
    fresh = not files.state.exists()
    _forget_stream_positions(files)
    child = _spawn(files, _environment(files, port, region, inherited))
    _CHILDREN.append(child)
    try:
        process = _remember(files, child.pid, port, timer)
        _await_health(files, child, port, timer)
    except BaseException:
        _end(child)
        _forget(files, wipe_state=fresh)
        raise
    return StartedMinistack(process, fresh)


def stop(files: InstallationFiles, timer: Timer) -> Process | None:
    """Stops our MiniStack gracefully, because it saves its state only then; None if it was not running."""
    process = running(files)
    if process is None:
        files.process.unlink(missing_ok=True)
        return None
    os.kill(process.pid, signal.SIGTERM)
    if not until(lambda: running(files) is None, timer, STOP_TIMEOUT_SECONDS, interval_seconds=0.1):
        raise MinistackFailed(
            f"MiniStack (pid {process.pid}) is still saving after {STOP_TIMEOUT_SECONDS} s; "
            f"see {files.ministack_log}, or kill it and lose its data"
        )
    _end_workers(process.pid, timer)
    _forget(files, wipe_state=False)
    for child in _CHILDREN:
        child.poll()
    return process


def abandon(files: InstallationFiles, started: StartedMinistack, timer: Timer) -> None:
    """Undoes a start; keeps what an earlier run had saved."""
    stop(files, timer)
    _forget(files, wipe_state=started.fresh)


def healthy(endpoint_url: str) -> bool:
    """Whether an emulator (MiniStack or LocalStack) answers there."""
    paths = ("/_ministack/health", "/_localstack/health")
    return any(_answers(f"{endpoint_url}{path}") for path in paths)


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) == 0


def identity_of(pid: int) -> str:
    """Start time and command line of a process; empty if it does not run."""
    if Path("/proc/self/stat").exists():
        return _identity_from_proc(Path(f"/proc/{pid}"))
    found = subprocess.run(
        ["ps", "-p", str(pid), "-o", "lstart=,command="], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def _identity_from_proc(folder: Path) -> str:
    try:
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        started = (folder / "stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return f"{started} {command}" if command else ""


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _environment(
    files: InstallationFiles, port: int, region: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Listens on this machine only, keeps its state in `.ates`, and never uses Docker.

    (With a Docker socket it would remove all MiniStack containers, also another installation's.)
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    return (
        kept
        | DUMMY_CREDENTIALS
        | {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(files.state / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(files.state / "s3"),
            "TMPDIR": str(files.state / "tmp"),
            "DOCKER_HOST": NO_DOCKER,
            "LAMBDA_EXECUTOR": "local",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
    )


def _forget_stream_positions(files: InstallationFiles) -> None:
    """MiniStack saves its positions in streams, but not the streams, which are empty after a restart.

    Its functions would miss as many new records as there were old ones; without positions they start at the
    oldest record.
    """
    path = files.state / "services" / "lambda.json"
    try:
        saved = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return
    saved["payload"].pop("dynamodb_stream_positions", None)
    path.write_text(json.dumps(saved))


def _spawn(files: InstallationFiles, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """In its own session, so that Ctrl-C doesn't reach it; outside the sources, which its functions must
    not import by chance."""
    for folder in ("services", "s3", "tmp"):
        (files.state / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    with files.ministack_log.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", str(EMULATOR), *AWS_SERVICES],
            env=environment,
            cwd=files.state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _remember(files: InstallationFiles, pid: int, port: int, timer: Timer) -> Process:
    """The kernel shows no command line for a moment after the start."""
    until(lambda: identity_of(pid) != "", timer, IDENTITY_TIMEOUT_SECONDS, interval_seconds=0.01)
    process = Process(pid=pid, port=port, identity=identity_of(pid))
    files.process.write_text(process.model_dump_json())
    return process


def _await_health(
    files: InstallationFiles, child: "subprocess.Popen[bytes]", port: int, timer: Timer
) -> None:
    def settled() -> bool:
        return child.poll() is not None or _answers(f"{endpoint(port)}/_ministack/health")

    if not until(settled, timer, START_TIMEOUT_SECONDS, interval_seconds=0.1):
        raise MinistackFailed(
            f"MiniStack did not answer within {START_TIMEOUT_SECONDS} s; see {files.ministack_log}"
        )
    if child.poll() is not None:
        raise MinistackFailed(
            f"MiniStack ended at once (exit code {child.returncode}); see {files.ministack_log}"
        )


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ends a start that failed; it has no state to save yet."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(KILL_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _end_workers(group: int, timer: Timer) -> None:
    """Its functions are in its process group, and usually end by themselves."""
    if until(lambda: not _group_lives(group), timer, WORKERS_TIMEOUT_SECONDS, interval_seconds=0.1):
        return
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _group_lives(group: int) -> bool:
    """The group's number can't be reused while one of its processes lives.

    Its leader may be a child of this command, and counts until it is reaped.
    """
    with suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _forget(files: InstallationFiles, wipe_state: bool) -> None:
    files.process.unlink(missing_ok=True)
    if wipe_state:
        shutil.rmtree(files.state, ignore_errors=True)
