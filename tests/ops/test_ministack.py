"""Starting and stopping MiniStack: only the process that was started is signalled.

A sleeping Python replaces it; nothing here listens.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from ops.console.errors import MinistackFailed, PortTaken
from ops.console.wait import Timer, until
from ops.local import ministack
from ops.local.ministack import Process
from ops.stage.installation_files import InstallationFiles

Spawn = Callable[[str], "subprocess.Popen[bytes]"]
SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); {SLEEP}"
)


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    children: list[subprocess.Popen[bytes]] = []

    def begin(code: str) -> "subprocess.Popen[bytes]":
        children.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE))
        while not ministack.identity_of(children[-1].pid):
            pass
        return children[-1]

    yield begin
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout
        child.stdout.close()


@pytest.fixture
def free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ministack, "listens", lambda _: False)


def remember(files: InstallationFiles, process: Process) -> None:
    files.process.write_text(process.model_dump_json())


def test_a_started_process_is_found_and_stopped(files: InstallationFiles, spawn: Spawn) -> None:
    child = spawn(SLEEP)
    process = Process(pid=child.pid, port=4566, identity=ministack.identity_of(child.pid))
    remember(files, process)
    assert ministack.running(files) == process
    assert ministack.stop(files, Timer()) == process
    child.wait(10)  # raises if it still runs; stop may have fetched its exit code
    assert ministack.running(files) is None
    assert not files.process.exists()


def test_a_function_that_outlives_ministack_is_killed_too(
    files: InstallationFiles, monkeypatch: pytest.MonkeyPatch, spawn: Spawn
) -> None:
    monkeypatch.setattr(ministack, "WORKERS_TIMEOUT_SECONDS", 0.2)
    begin = (
        f"import subprocess; print(subprocess.Popen([{sys.executable!r}, '-c', {SLEEP!r}]).pid, flush=True)"
    )
    child = spawn(f"import os; os.setsid(); {begin}; {SLEEP}")
    assert child.stdout
    worker = int(child.stdout.readline())
    remember(files, Process(pid=child.pid, port=4566, identity=ministack.identity_of(child.pid)))
    assert ministack.stop(files, Timer())
    assert until(lambda: not ministack.identity_of(worker), Timer(), timeout_seconds=5, interval_seconds=0.01)


def test_another_process_with_the_same_pid_is_left_alone(files: InstallationFiles, spawn: Spawn) -> None:
    child = spawn(SLEEP)
    remember(files, Process(pid=child.pid, port=4566, identity="1 python -m ministack"))
    assert ministack.running(files) is None
    assert ministack.stop(files, Timer()) is None
    assert child.poll() is None


@pytest.mark.parametrize("written", [None, "", "{}", "garbage"])
def test_without_a_readable_pid_file_nothing_is_running(
    files: InstallationFiles, written: str | None
) -> None:
    if written is not None:
        files.process.write_text(written)
    assert ministack.stop(files, Timer()) is None


def test_a_process_that_does_not_stop_is_named_and_not_killed(
    files: InstallationFiles, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ministack, "STOP_TIMEOUT_SECONDS", 0.2)
    child = spawn(STUBBORN)
    assert child.stdout
    child.stdout.readline()
    remember(files, Process(pid=child.pid, port=4566, identity=ministack.identity_of(child.pid)))
    with pytest.raises(MinistackFailed, match=f"pid {child.pid}"):
        ministack.stop(files, Timer())
    assert child.poll() is None
    assert files.process.exists()


def test_nothing_is_started_on_a_port_in_use(
    files: InstallationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ministack, "listens", lambda _: True)
    with pytest.raises(PortTaken, match=r"port 4599 on 127\.0\.0\.1 is in use by another program"):
        ministack.start(files, 4599, "us-east-1", {}, Timer())
    assert not files.state.exists()


@pytest.mark.usefixtures("free_port")
def test_a_ministack_that_ends_at_once_leaves_only_its_log(
    files: InstallationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ministack, "_answers", lambda _: False)
    with pytest.raises(MinistackFailed, match=r"ended at once .*ministack\.log"):
        ministack.start(files, 4599, "us-east-1", {"PYTHONHOME": "/nonexistent"}, Timer())
    assert [path.name for path in files.folder.iterdir()] == ["ministack.log"]


@pytest.mark.usefixtures("free_port")
def test_a_ministack_that_never_answers_is_stopped(
    files: InstallationFiles, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = spawn(SLEEP)
    monkeypatch.setattr(ministack, "_spawn", lambda *_: child)
    monkeypatch.setattr(ministack, "_answers", lambda _: False)
    monkeypatch.setattr(ministack, "START_TIMEOUT_SECONDS", 0.1)
    with pytest.raises(MinistackFailed, match="did not answer"):
        ministack.start(files, 4599, "us-east-1", {}, Timer())
    assert child.wait(10) == -signal.SIGTERM
    assert not files.process.exists()


def test_an_abandoned_start_keeps_the_state_of_an_earlier_run(files: InstallationFiles) -> None:
    (files.state / "services").mkdir(parents=True)
    process = Process(pid=2**22, port=4566, identity="gone")
    ministack.abandon(files, ministack.StartedMinistack(process, fresh=False), Timer())
    assert files.state.exists()
    ministack.abandon(files, ministack.StartedMinistack(process, fresh=True), Timer())
    assert not files.state.exists()


@pytest.mark.usefixtures("free_port")
def test_a_restart_reads_streams_from_their_beginning(
    files: InstallationFiles, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ministack, "_spawn", lambda *_: spawn(SLEEP))
    monkeypatch.setattr(ministack, "_answers", lambda _: True)
    saved = files.state / "services" / "lambda.json"
    saved.parent.mkdir(parents=True)
    payload = {"functions": {"f": 1}, "dynamodb_stream_positions": {"data": {"id": 232}}}
    saved.write_text(json.dumps({"__ministack_format__": 2, "payload": payload}))
    ministack.start(files, 4599, "us-east-1", {}, Timer())
    assert json.loads(saved.read_text()) == {"__ministack_format__": 2, "payload": {"functions": {"f": 1}}}


def test_it_listens_only_on_this_machine_and_never_uses_docker(files: InstallationFiles) -> None:
    given = ministack._environment(files, 4599, "us-east-1", {"AWS_PROFILE": "prod", "PATH": "/bin"})
    assert given["BIND_HOST"] == "127.0.0.1"
    assert given["GATEWAY_PORT"] == "4599"
    assert given["DOCKER_HOST"] == "unix:///nonexistent"
    assert given["PERSIST_STATE"] == "1"
    assert given["STATE_DIR"].startswith(str(files.folder))
    assert "AWS_PROFILE" not in given
