"""Cold starts: what a function's process executes from the interpreter's start to the first answer.

Every function runs from its own asset, with the dependency layer built for this machine, and calls an AWS
on this machine. The reference is a handler of the same kind, written as tutorials do, with its libraries
whole and compiled in the same way. Instructions are counted by valgrind; without it, CPU time is taken.
"""

import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from uv import find_uv_bin

from benchmarks import aws_server
from benchmarks.costs import CASES, UNMEASURED
from benchmarks.costs.case import Case, reads_of
from benchmarks.costs.world import World, built
from benchmarks.result import Line, Result
from infra import bytecode, libraries
from infra.discovery import discover
from infra.package import ROOT, Assets
from shared.spec import Events, Http, Jobs, Stream, UseCase

BUILD = ROOT / "build" / "benchmarks"
RUNS = 5
"""Of CPU time; the least counts."""
THOUSANDTH = Decimal("0.001")
MILLION = 10**6
TUTORIAL_LIBRARIES = ("aws-lambda-powertools", "boto3", "pydantic")
CHILD = """
import json, sys
from importlib import import_module
given = json.load(sys.stdin)
sys.path[:0] = given["path"]
class Context:
    aws_request_id, function_name, memory_limit_in_mb = "request", "function", 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:function"
    def get_remaining_time_in_millis(self):
        return 10_000
answer = import_module(given["module"]).handler(given["event"], Context())
print(json.dumps({"answer": answer, "modules": len(sys.modules)}, default=str))
"""


class NoAnswer(Exception):
    """A function failed; nothing was measured."""


@dataclass(frozen=True, slots=True)
class Start:
    """What one cold start runs."""

    module: str
    path: Sequence[Path]
    environment: Mapping[str, str]
    event: Any


@dataclass(frozen=True, slots=True)
class Cold:
    """Instructions, or microseconds of CPU; and how many modules were loaded."""

    cost: int
    modules: int


class _Captured(Exception):
    """Ends a case just before the function that is measured."""

    def __init__(self, event: Any) -> None:
        self.event = event


# The references.

POST = {
    "version": "2.0",
    "routeKey": "POST /tasks",
    "rawPath": "/tasks",
    "rawQueryString": "",
    "headers": {"content-type": "application/json"},
    "requestContext": {"requestId": "r", "stage": "$default", "http": {"method": "POST", "path": "/tasks"}},
    "body": json.dumps({"title": "Feed the parrot", "jira_id": "POPUG-1"}),
    "isBase64Encoded": False,
}
MESSAGE = {
    "messageId": "1",
    "receiptHandle": "1",
    "body": json.dumps({"task_id": "1", "title": "Feed the parrot"}),
    "attributes": {},
    "messageAttributes": {},
    "eventSource": "aws:sqs",
}
REFERENCES: Mapping[str, Any] = {"route": POST, "consumer": {"Records": [MESSAGE]}, "job": {}}


def reference_of(spec: UseCase) -> str:
    """The tutorial's handler of the same kind."""
    if isinstance(spec.trigger, Http):
        return "route"
    return "consumer" if isinstance(spec.trigger, Events | Jobs | Stream) else "job"


# Building.


def layer() -> Path:
    """The product's layer, for this machine."""
    return libraries.build(f"{platform.machine()}-manylinux_2_28") / "python"


def tutorial() -> list[Path]:
    """The tutorial's handlers and libraries, whole, compiled as the product's are."""
    folder = BUILD / "tutorial"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(Path(__file__).with_name("tutorial"), folder / "task" / "tutorial")
    install = [find_uv_bin(), "pip", "install", "--quiet", "--link-mode", "copy"]
    place = ["--target", str(folder / "python"), "--python-version", bytecode.VERSION]
    locked = ["--constraints", str(ROOT / "requirements.txt")]
    subprocess.run([*install, *place, *locked, *TUTORIAL_LIBRARIES], check=True)
    for part in ("task", "python"):
        bytecode.compile_folder(folder / part, f"/{part}")
    return [folder / "task", folder / "python"]


# Measuring.


def counter() -> Callable[[Start], Cold]:
    return instructions if shutil.which("valgrind") else cpu_time


def instructions(start: Start) -> Cold:
    with TemporaryDirectory() as place:
        file = Path(place, "counts")
        tool = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={file}"]
        modules = _run(start, tool)
        return Cold(total_of(file.read_text(encoding="utf-8")), modules)


def total_of(counts: str) -> int:
    """The total of a callgrind file."""
    found = re.search(r"^(?:summary|totals): (\d+)", counts, re.MULTILINE)
    if found is None:
        raise NoAnswer("valgrind counted nothing")
    return int(found[1])


def cpu_time(start: Start) -> Cold:
    """In microseconds."""
    costs = []
    for _ in range(RUNS):
        before = _cpu_microseconds()
        modules = _run(start, [])
        costs.append(_cpu_microseconds() - before)
    return Cold(min(costs), modules)


def _cpu_microseconds() -> int:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1_000_000)


def _run(start: Start, tool: Sequence[str]) -> int:
    """Run the handler once; returns how many modules were loaded. Raises NoAnswer."""
    given = {"module": start.module, "path": list(map(str, start.path)), "event": start.event}
    python = bytecode.target_python() or sys.executable
    done = subprocess.run(
        [*tool, python, "-S", "-c", CHILD],
        input=json.dumps(given),
        env=dict(start.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoAnswer(f"{start.module}: {done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    answer = said["answer"]
    if isinstance(answer, dict) and (answer.get("statusCode", 200) >= 400 or answer.get("batchItemFailures")):
        raise NoAnswer(f"{start.module}: {done.stdout[-2000:]}")
    return int(said["modules"])


def environment(endpoint: str, own: Mapping[str, str]) -> dict[str, str]:
    """As Lambda sets it, but for the address of AWS."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": aws_server.REGION,
        "AWS_REGION": aws_server.REGION,
        "NO_PROXY": "127.0.0.1",
        "TABLE_NAME": aws_server.TUTORIAL_TABLE,
        "PYTHONHASHSEED": "0",
        **own,
    }


def events(names: Iterable[str]) -> Iterator[tuple[str, World, Any]]:
    """Each function with a world in which it has something to do, and its event."""
    with built(datetime.now(UTC).replace(hour=9)) as world:
        known: dict[str, Case] = {}
        for case in (*CASES, *reads_of(world.product, CASES)):
            known.setdefault(case.use_case, case)
        for name in sorted(names):
            yield name, world, _event(known[name], world)


def _event(case: Case, world: World) -> Any:
    """What its function gets in a case."""

    def capture(name: str, event: Any) -> None:
        if name == case.use_case:
            raise _Captured(event)

    world.product.before = capture
    try:
        case.act(world)
    except _Captured as captured:
        return captured.event
    finally:
        world.product.before = lambda _name, _event: None
    raise NoAnswer(f"{case.name} does not run {case.use_case}")


def measure(only: Sequence[str] = ()) -> Result:
    """All functions, or only these."""
    count = counter()
    with aws_server.mocked() as tables, aws_server.serving(tables) as endpoint:
        found = list(_functions(count, tables, endpoint, only))
        references = dict(_references(count, endpoint))
    unit = "instructions" if count is instructions else "cpu_microseconds"
    return _result(unit, found, references)


def _references(count: Callable[[Start], Cold], endpoint: str) -> Iterator[tuple[str, Cold]]:
    path = tutorial()
    for name, event in REFERENCES.items():
        yield name, count(Start(f"tutorial.{name}", path, environment(endpoint, {}), event))


def _functions(
    count: Callable[[Start], Cold], tables: aws_server.Tables, endpoint: str, only: Sequence[str]
) -> Iterator[tuple[UseCase, Cold]]:
    """One after the other, because each finds the tables as its case needs them."""
    libraries_path = layer()
    specs = {spec.consumer: spec for each in discover() for spec in each.use_cases}
    names = set(only or specs) - UNMEASURED.keys()
    for name, world, event in events(names):
        spec, product = specs[name], world.product
        service = product.services[spec.service]
        module = service.handler_module(spec)
        assets = Assets([module], libraries_path)
        tables.fill(product, spec.service)
        path = [Path(assets.function(module, service.files(spec))), libraries_path]
        yield spec, count(Start(module, path, environment(endpoint, product.environment(spec)), event))


def _result(unit: str, found: Iterable[tuple[UseCase, Cold]], references: Mapping[str, Cold]) -> Result:
    figures: dict[str, Any] = {}
    lines: list[Line] = []
    for spec, cold in found:
        reference = references[reference_of(spec)]
        ratio = (Decimal(cold.cost) / reference.cost).quantize(THOUSANDTH)
        figures[spec.consumer] = {
            unit: cold.cost,
            "reference": reference.cost,
            "ratio": ratio,
            "modules": cold.modules,
        }
        beside = f"{_short(reference.cost, unit)}, {reference_of(spec)}"
        lines.append(Line(spec.consumer, f"{_short(cold.cost, unit)} = {ratio} ×", beside))
    return Result("cold-start", {"cold_start": figures}, tuple(lines), {"unit": unit})


def _short(cost: int, unit: str) -> str:
    """Millions of instructions, or milliseconds."""
    return f"{cost // MILLION} M" if unit == "instructions" else f"{cost // 1000} ms"
