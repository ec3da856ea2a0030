"""The script that runs MiniStack and forks its workers from one process; a stand-in replaces MiniStack.

What it replaces inside MiniStack is tested on the installed one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.package import ROOT
from ops.local import emulator, ministack

forks = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")

RUNTIME = """
import subprocess, sys
def spawn(script, folder, **environment):
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    command = [sys.executable, script]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, bufsize=1, **pipes)
"""
WORKER = """
import json, os, random, sys
import botocore.loaders, botocore.session, own
known = sys.modules.keys() >= {"pydantic.main", "pynamodb.models"}
own.calls += 1
loader = botocore.session.get_session().get_component("data_loader")
for line in sys.stdin:
    print(json.dumps({"asked": line.strip(), "environment": dict(os.environ), "folder": os.getcwd(),
        "argv": sys.argv, "calls": own.calls, "random": random.random(), "known": known,
        "described": len(loader._cache)}))
    print("Müller schläft", file=sys.stderr)
"""


def run(tmp_path: Path, program: str) -> Any:
    """What a program in MiniStack's place prints; it starts workers by `spawn`."""
    core, folder = tmp_path / "ministack" / "core", tmp_path / "folder"
    core.mkdir(parents=True)
    folder.mkdir()
    (core.parent / "__init__.py").touch()
    (core / "lambda_runtime.py").write_text(RUNTIME)
    (core.parent / "app.py").write_text(program)
    (tmp_path / "own.py").write_text("calls = 0\n")
    (tmp_path / "worker.py").write_text(WORKER)
    done = subprocess.run(
        [sys.executable, "-P", str(ministack.EMULATOR), "sqs"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


ANSWERS = """
import json
from ministack.core.lambda_runtime import spawn
def ask(worker, what):
    worker.stdin.write(what + chr(10))
    return {**json.loads(worker.stdout.readline()), "log": worker.stderr.readline()}
def main():
    workers = [spawn(SCRIPT, "folder", NAME=name) for name in "ab"]
    print(json.dumps([ask(worker, "question") for worker in workers]))
"""


@forks
def test_a_worker_is_a_process_of_its_own_with_libraries_already_there(tmp_path: Path) -> None:
    first, second = run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{ANSWERS}")
    for name, answer in (("a", first), ("b", second)):
        assert answer["environment"] == {"NAME": name}
        assert answer["folder"] == str(tmp_path / "folder")
        assert answer["argv"] == [f"{tmp_path}/worker.py"]
        assert answer["asked"] == "question"
        assert answer["calls"] == 1
        assert answer["log"] == "Müller schläft\n"
        assert answer["known"]
        assert answer["described"]
    assert first["random"] != second["random"]


ENDS = """
import json, subprocess
from ministack.core.lambda_runtime import spawn
def main():
    said = []
    for end in ("terminate", "kill"):
        worker = spawn(SCRIPT, "folder", NAME="a")
        said.append(worker.poll())
        try:
            worker.wait(timeout=0)
        except subprocess.TimeoutExpired:
            said.append("still runs")
        getattr(worker, end)()
        said += [worker.wait(timeout=30), worker.poll(), worker.stdout.read()]
        getattr(worker, end)()
    print(json.dumps(said))
"""


@forks
def test_a_worker_is_waited_for_and_ended(tmp_path: Path) -> None:
    said = run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{ENDS}")
    assert said == [None, "still runs", 0, 0, ""] * 2


LEAVES = """
import json, os
from ministack.core.lambda_runtime import spawn
def main():
    worker = spawn(SCRIPT, "folder", NAME="a")
    print(json.dumps(os.getpid()), flush=True)
    os.kill(os.getpid(), 9)
"""


@forks
def test_nothing_outlives_an_emulator_that_is_killed(tmp_path: Path) -> None:
    """All of them hold its standard output: it is closed when the last has ended."""
    with pytest.raises(subprocess.CalledProcessError) as killed:
        run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{LEAVES}")
    assert killed.value.returncode == -9


@forks
def test_workers_of_other_runtimes_are_started_as_before(tmp_path: Path) -> None:
    program = """
import json, subprocess
from ministack.core import lambda_runtime
def main():
    start = lambda_runtime.subprocess.Popen
    other = start(["/usr/bin/env"], cwd="/", env={"NAME": "a"}, stdout=subprocess.PIPE)
    print(json.dumps(other.communicate()[0].decode()))
"""
    assert run(tmp_path, program) == "NAME=a\n"


SERVES = """
import asyncio, http.client, os, signal, socket, threading, time
from types import SimpleNamespace
from ops.local import emulator

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{event}"
            print(event)
            await send({"type": f"lifespan.{event}.complete"})
        return
    asked = await receive()
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": asked["body"]})

def ask():
    while not (connection := connected()):
        time.sleep(0.05)
    for number in range(2):
        connection.request("POST", "/", b"%d" % number)
        answer = connection.getresponse()
        print(answer.status, answer.reason, answer.read().decode(), answer.headers.items())
    os.kill(os.getpid(), signal.SIGTERM)

def connected():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.connect()
    except ConnectionRefusedError:
        return None
    return connection

async def slowly(application, config):
    print("slowly", *config.bind)

with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
server = SimpleNamespace(serve=slowly)
emulator.serve_quickly(server)
for bind, ssl_enabled in ((["a:1", "a:2"], False), (["a:1"], True)):
    asyncio.run(server.serve(application, SimpleNamespace(bind=bind, ssl_enabled=ssl_enabled)))
threading.Thread(target=ask, daemon=True).start()
config = SimpleNamespace(bind=[f"127.0.0.1:{port}"], ssl_enabled=False, keep_alive_timeout=75)
signal.signal(signal.SIGTERM, lambda *_: print("ended"))
asyncio.run(server.serve(application, config))
"""


def test_an_application_is_served_until_the_end_and_then_stopped() -> None:
    """It saves its state when it stops, which a connection that is still open doesn't hold up."""
    done = subprocess.run(
        [sys.executable, "-c", SERVES], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert (done.stdout.splitlines(), done.stderr) == (
        [
            "slowly a:1 a:2",
            "slowly a:1",
            "startup",
            "404 Not Found 0 [('content-length', '1')]",
            "404 Not Found 1 [('content-length', '1')]",
            "shutdown",
            "ended",
        ],
        "",
    )


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Has an empty queue, and is left as it was."""
    module: Any = import_module("ministack.services.sqs")
    monkeypatch.setattr(module, "_receive_messages_for_esm", module._receive_messages_for_esm)
    module._act_create_queue({"QueueName": "queue", "Attributes": {"VisibilityTimeout": "60"}}, "")
    yield module
    module.reset()


def received(sqs: Any, most: int) -> list[str]:
    return [message["body"] for message in sqs._receive_messages_for_esm(sqs._queue_url("queue"), most)]


@pytest.fixture
def lambdas(monkeypatch: pytest.MonkeyPatch) -> Any:
    """It is left as it was."""
    module: Any = import_module("ministack.services.lambda_svc")
    monkeypatch.setattr(module, "_sqs_esm_concurrency", module._sqs_esm_concurrency)
    return module


def test_larger_batches_are_handed_over_one_at_a_time(sqs: Any, lambdas: Any) -> None:
    emulator.hand_over_whole_batches(sqs, lambdas)
    most = {
        size: lambdas._sqs_esm_concurrency(
            {"BatchSize": size, "ScalingConfig": {"MaximumConcurrency": 2}}, {}, {}, {}
        )
        for size in (1, 10, 11, 100)
    }
    assert most == {1: 2, 10: 2, 11: 1, 100: 1}


def test_a_function_gets_as_many_messages_as_its_event_source_asks_for(sqs: Any, lambdas: Any) -> None:
    """MiniStack's own function gives it 10; once it no longer does, this replacement can go."""
    sent = [str(number) for number in range(250)]
    for body in sent:
        sqs._act_send_message({"QueueUrl": sqs._queue_url("queue"), "MessageBody": body}, "")
    assert received(sqs, 100) == sent[:10]
    emulator.hand_over_whole_batches(sqs, lambdas)
    assert received(sqs, 100) == sent[10:110]
    assert received(sqs, 5) == sent[110:115]
    assert received(sqs, 1000) == sent[115:]
    assert received(sqs, 1000) == []


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Counts what it parses, and is left as it was."""
    module: Any = import_module("ministack.services.dynamodb")
    counts = {"parsed": 0}
    check = module._condition_syntax_error

    def counted(expr: str, slot: str) -> str | None:
        counts["parsed"] += 1
        found: str | None = check(expr, slot)
        return found

    monkeypatch.setattr(module, "_tokenize", module._tokenize)
    monkeypatch.setattr(module, "_condition_syntax_error", counted)
    return SimpleNamespace(module=module, counts=counts)


def test_an_expression_is_parsed_once(dynamodb: Any) -> None:
    emulator.remember_expressions(dynamodb.module)
    holds = dynamodb.module._evaluate_condition
    items = [{"rank": {"N": str(rank)}} for rank in (1, 2, 3)]
    assert [holds("#r < :r", item, {":r": {"N": "3"}}, {"#r": "rank"}) for item in items] == [
        True,
        True,
        False,
    ]
    assert dynamodb.counts == {"parsed": 1}
    assert [holds("#r < :r", item, {":r": {"N": "2"}}, {"#r": "rank"}) for item in items] == [
        True,
        False,
        False,
    ]
    assert dynamodb.counts == {"parsed": 1}


def test_each_caller_gets_a_list_of_its_own(dynamodb: Any) -> None:
    emulator.remember_expressions(dynamodb.module)
    first, second = (dynamodb.module._tokenize("#r < :r") for _ in range(2))
    assert first == second
    assert first is not second


def test_a_bad_expression_is_refused_each_time(dynamodb: Any) -> None:
    emulator.remember_expressions(dynamodb.module)
    for _ in range(2):
        with pytest.raises(ValueError, match="Syntax error"):
            dynamodb.module._evaluate_condition("#r <", {}, {}, {"#r": "rank"})


def test_another_versions_functions_stay_as_they_are() -> None:
    def tokenize(expression: str, strict: bool) -> list[str]:
        return [expression] * strict

    other = SimpleNamespace(_tokenize=tokenize)
    emulator.remember_expressions(other)
    emulator.hand_over_whole_batches(other, other)
    assert vars(other) == {"_tokenize": tokenize}
