"""`ates new use-case`: creates a use case's folder and test, and says what else it needs."""

import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from events.contracts import CONTRACTS
from infra.discovery import Service, discover
from ops.console.errors import BadInput
from ops.console.options import AsJson
from ops.console.output import Output
from ops.stage import connection

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")

ROUTE = Template("""from functions.$service.api import PROBLEMS, ${Name}Answer
from functions.$service.rows import TABLES
from shared.http import Request, endpoint
from shared.spec import Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="$service",
    name="$name",
    summary="$Words",
    trigger=Http("$method", "$path", roles=("admin",), answer=${Name}Answer),
    access={},
)


def run(request: Request) -> ${Name}Answer:
    tables = store(TABLES)
    raise NotImplementedError(request, tables)


handler = endpoint(SPEC, run, PROBLEMS)
""")

CONSUMER = Template("""from collections.abc import Sequence

$contracts
from functions.$service.$name.use_case import $name
from functions.$service.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.spec import Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="$service",
    name="$name",
    summary="$Words",
    trigger=Events(($Event,)),
    access={},
)


def handle(messages: Sequence[Received[Event]], context: Context) -> Failed:
    return $name(messages, store(TABLES), context)


handler = consumer(SPEC, read_event(read_envelope), handle)
""")

CONSUMING = Template('''from collections.abc import Sequence

from events.envelope import Event
from shared.context import Context
from shared.messages import Failed, Received
from shared.store import Store


def $name(messages: Sequence[Received[Event]], store: Store, context: Context) -> Failed:
    """Returns the messages that failed, with the reason; they are received again."""
    raise NotImplementedError(messages, store, context)
''')

TEST = Template('''"""$Words."""

from functions.$service.$name.handler import SPEC


def test_$name() -> None:
    raise NotImplementedError(f"what must {SPEC.name} do?")
''')

NEXT = {
    "route": (
        "functions/{service}/api.py: the model {Name}Answer, and others that it takes",
        "tests/system/test_callers.py: the route in ALLOWED",
        "docs/requirements.md: a row with its rule and tests",
        "benchmarks/costs: its case and budget, unless it is a GET",
        "then .venv/bin/python -m infra.documents and -m benchmarks documents, and npm run types -w web",
    ),
    "consumer": (
        "ops/local/in_process.py: its wiring, for the simulation and the demo",
        "tests/infra/test_rules.py: the consumer in CONSUMERS",
        "docs/requirements.md: a row with its rule and tests",
        "benchmarks/costs: its case and budget",
        "then .venv/bin/python -m infra.documents and -m benchmarks documents",
    ),
}

Route = Annotated[
    str | None, typer.Option(metavar="'METHOD /PATH'", help="The route that calls it; default: GET /NAME.")
]
EventName = Annotated[
    str | None, typer.Option("--event", metavar="EVENT", help="The event that it consumes, not a route.")
]


def command(
    service: str, name: str, route: Route = None, event: EventName = None, as_json: AsJson = False
) -> None:
    """Create the folder and the test of a new use case; docs/development.md says what else it needs."""
    found = _service(service)
    _check_name(found, name)
    if route and event:
        raise BadInput("give either --route or --event")
    words = {
        "service": service,
        "name": name,
        "Name": "".join(map(str.title, name.split("_"))),
        "Words": name.replace("_", " ").capitalize(),
    }
    files = _consumer(words, event) if event else _route(words, route or f"GET /{name.replace('_', '-')}")
    _write(connection.installation_files().project, files)
    rest = [line.format(**words) for line in NEXT["consumer" if event else "route"]]
    out = Output(as_json)
    out.result(
        {"laid": sorted(map(str, files)), "next": rest},
        *sorted(map(str, files)),
        "still by hand (docs/development.md, “A new use case”):",
        *(f"  {line}" for line in rest),
    )


def _service(name: str) -> Service:
    services = {each.name: each for each in discover()}
    if name not in services:
        raise BadInput(f"there is no service {name!r}, only {', '.join(sorted(services))}")
    return services[name]


def _check_name(service: Service, name: str) -> None:
    if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name):
        raise BadInput(f"{name!r} is not a verb phrase such as count_tasks")
    if name in {each.name for each in service.use_cases}:
        raise BadInput(f"{service.name} has a use case {name} already")


def _route(words: dict[str, str], route: str) -> dict[Path, str]:
    method, _, path = route.partition(" ")
    if method not in METHODS or not re.fullmatch(r"(/[a-z0-9-]+|/\{[a-z_]+\})+", path):
        raise BadInput(f"{route!r} is not a route such as 'GET /tasks/{{task_id}}'")
    return _files(words, ROUTE.substitute(words, method=method, path=path))


def _consumer(words: dict[str, str], event: str) -> dict[Path, str]:
    known = {each.event_name: each for each in CONTRACTS}
    if event not in known:
        raise BadInput(f"there is no event {event!r}, only {', '.join(sorted(known))}")
    contract = known[event]
    imports = (
        "from events.envelope import Event, read_envelope",
        f"from {contract.__module__} import {contract.__name__}",
    )
    handler = CONSUMER.substitute(words, contracts="\n".join(sorted(imports)), Event=contract.__name__)
    return _files(words, handler, {"use_case.py": CONSUMING.substitute(words)})


def _files(words: dict[str, str], handler: str, others: dict[str, str] | None = None) -> dict[Path, str]:
    folder = Path("functions", words["service"], words["name"])
    created = {"__init__.py": "", "handler.py": handler, **(others or {})}
    test = Path("tests", words["service"], f"test_{words['name']}.py")
    return {**{folder / name: text for name, text in created.items()}, test: TEST.substitute(words)}


def _write(project: Path, files: dict[Path, str]) -> None:
    """Raises BadInput, before anything is written, if one of the files exists."""
    if there := [str(path) for path in files if (project / path).exists()]:
        raise BadInput(f"{there[0]} exists already")
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
