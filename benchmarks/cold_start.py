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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from uv import find_uv_bin

from benchmarks import aws_server
from benchmarks.costs import UNMEASURED
from benchmarks.in_memory import BEGIN
from benchmarks.moments import moments
from benchmarks.result import Line, Result, load, save
from infra import bytecode, libraries
from infra.discovery import discover
from infra.package import ROOT, Assets
from shared.spec import Events, Http, Jobs, Stream, UseCase

BUILD = ROOT / "build" / "benchmarks"
RUNS = 5
"""Of CPU time; the least counts."""
THOUSANDTH = Decimal("0.001")
MILLION = 10**6
AIM = Decimal("0.65")
"""The most of its reference that a function may take."""
EXAMPLE = "tracking.create_task"
"""Whose figure the README has."""
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
        return 900_000
module = import_module(given["module"])
if clock := sys.modules.get("shared.clock"):
    now = clock.datetime.fromisoformat(given["instant"])
    class Clock(clock.datetime):
        @classmethod
        def now(cls, _zone=None):
            return now
    clock.datetime = Clock
answer = module.handler(given["event"], Context())
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
    instant: datetime = BEGIN
    """What the function takes for now."""


@dataclass(frozen=True, slots=True)
class Cold:
    """Instructions, or microseconds of CPU; and how many modules were loaded."""

    cost: int
    modules: int


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
        tool = ["valgrind", "--quiet", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={file}"]
        modules = _run(start, tool)
        return Cold(total_of(file.read_text(encoding="utf-8")), modules)


def total_of(counts: str) -> int:
    """The total of a file of cachegrind."""
    found = re.search(r"^summary: (\d+)", counts, re.MULTILINE)
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
    given = {
        "module": start.module,
        "path": list(map(str, start.path)),
        "event": start.event,
        "instant": start.instant.isoformat(),
    }
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
        "TABLE_NAME": aws_server.TUTORIAL_TABLE,
        "PYTHONHASHSEED": "0",
        **own,
    }


def unmeasured(functions: Collection[str]) -> set[str]:
    """Those of these names that no function to measure has."""
    return set(functions) - (_specs().keys() - UNMEASURED.keys())


def _specs() -> dict[str, UseCase]:
    return {spec.consumer: spec for each in discover() for spec in each.use_cases}


def measure(only: Collection[str] = (), to: Path | None = None, say: Callable[[str], None] = print) -> Result:
    """All functions, or only these. Each figure is told and written to the file as soon as it is known.

    Functions that are not measured now keep the figures that the file has.
    """
    count = counter()
    unit = "instructions" if count is instructions else "cpu_microseconds"
    specs = _specs()
    figures = _former(unit, specs, {} if to is None else load(to))
    with aws_server.mocked() as tables, aws_server.serving(tables) as endpoint:
        references = dict(_references(count, tables, endpoint))
        for spec, cold in _functions(count, tables, endpoint, only or specs.keys() - UNMEASURED.keys()):
            figures[spec.consumer] = _figures(spec, cold, references[reference_of(spec)], unit)
            say(f"{spec.consumer} {_value(figures[spec.consumer], unit)}")
            if to is not None:
                save(_result(unit, figures), to)
    return _result(unit, figures)


def _former(unit: str, specs: Collection[str], results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Figures of the file, of functions that there still are and in the same unit."""
    former = results.get("cold_start", {})
    return {name: each for name, each in former.items() if name in specs and unit in each}


def _references(
    count: Callable[[Start], Cold], tables: aws_server.Tables, endpoint: str
) -> Iterator[tuple[str, Cold]]:
    path = tutorial()
    tables.fill((), "", aws_server.NOBODY)
    for name, event in REFERENCES.items():
        yield name, count(Start(f"tutorial.{name}", path, environment(endpoint, {}), event))


def _functions(
    count: Callable[[Start], Cold], tables: aws_server.Tables, endpoint: str, names: Collection[str]
) -> Iterator[tuple[UseCase, Cold]]:
    """Each finds the tables and the users of its moment."""
    libraries_path = layer()
    for moment, world in moments(names):
        product = world.product
        spec = product.specs[moment.name]
        service = product.services[spec.service]
        module, own = service.handler_module(spec), product.environment(spec)
        assets = Assets([module], libraries_path)
        tables.fill(moment.rows, own["TABLE_PREFIX"], moment.users)
        path = [Path(assets.function(module, service.files(spec))), libraries_path]
        start = Start(module, path, environment(endpoint, own), moment.event, moment.instant)
        yield spec, count(start)


def _figures(spec: UseCase, cold: Cold, reference: Cold, unit: str) -> dict[str, Any]:
    return {
        "kind": reference_of(spec),
        unit: cold.cost,
        "reference": reference.cost,
        "ratio": (Decimal(cold.cost) / reference.cost).quantize(THOUSANDTH),
        "modules": cold.modules,
    }


def worst(figures: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """By kind, the function with the largest ratio."""
    ordered = sorted(figures, key=lambda name: (figures[name]["ratio"], name))
    return {kind: name for kind in REFERENCES for name in ordered if figures[name]["kind"] == kind}


def above(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The functions that don't keep to the aim."""
    return sorted(name for name, each in figures.items() if Decimal(str(each["ratio"])) > AIM)


def _result(unit: str, figures: Mapping[str, Mapping[str, Any]]) -> Result:
    """All figures; lines for the best known function and for the worst of each kind."""
    lines = [_line(EXAMPLE, figures[EXAMPLE], unit)] if EXAMPLE in figures else []
    for kind, name in worst(figures).items():
        lines.append(_line(f"{name}, worst {kind}", figures[name], unit))
    over = Line(f"functions above {AIM} ×, of {len(figures)}", str(len(above(figures))))
    ordered = dict(sorted(figures.items()))
    return Result("cold-start", {"cold_start": ordered}, (*lines, over), {"unit": unit})


def _line(text: str, figures: Mapping[str, Any], unit: str) -> Line:
    return Line(text, _value(figures, unit), f"{_short(figures['reference'], unit)}, {figures['kind']}")


def _value(figures: Mapping[str, Any], unit: str) -> str:
    return f"{_short(figures[unit], unit)} = {figures['ratio']} ×"


def _short(cost: int, unit: str) -> str:
    """Millions of instructions, or milliseconds."""
    return f"{cost // MILLION} M" if unit == "instructions" else f"{cost // 1000} ms"
