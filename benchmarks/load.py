"""Load on a local AWS that this starts itself: lifecycles, latency, shuffles, one busy account, memory.

Afterwards the ledger is verified. Seconds depend on the machine and on what else it does, so a reference
runs in turns with it, on a local AWS of its own.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks import stage
from benchmarks.layer import megabytes
from benchmarks.result import Line, Result
from benchmarks.stage import LocalStage
from infra.package import ROOT
from shared.clock import rfc3339, system_clock

TENTH = Decimal("0.1")
FAST_POLL_SECONDS = 0.002
ENTRIES_PER_LIFECYCLE = 2
PUT_AT_ONCE = 10
WARM_UP = 16
SHUFFLED = 10_000
"""The local AWS is to book as many within a minute. To create them takes several."""


@dataclass(frozen=True, slots=True)
class Sizes:
    clients: int = 8
    lifecycles: int = 400
    latencies: int = 100
    shuffled: int = SHUFFLED
    charges: int = 200
    turns: int = 3
    """Runs of the lifecycles, each followed by one of the reference."""


SMALL = Sizes(lifecycles=16, latencies=5, shuffled=20, charges=20, turns=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Lifecycles per second: until all were answered, and until all were booked."""

    answered: float
    booked: float


def lifecycles(on: LocalStage, count: int, clients: int) -> Rates:
    """Tasks created by a manager and completed by their assignees."""
    entries = on.entries()
    begin = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda number: _live(on, number), range(count)))
    answered = time.monotonic()
    booked = _booked(on, entries + ENTRIES_PER_LIFECYCLE * count)
    return Rates(count / (answered - begin), count / (booked - begin))


def _live(on: LocalStage, number: int) -> None:
    task = _create(on, number)
    on.post(task["assignee"]["account_id"], f"/tasks/{task['task_id']}/complete")


def _create(on: LocalStage, number: int) -> Any:
    body = {"title": f"Feed the parrot of room {number:04d}", "jira_id": f"POPUG-{number}"}
    return on.post(on.manager.account_id, "/tasks", body)


def _booked(on: LocalStage, entries: int) -> float:
    """Waits for this number of entries; when it was seen."""
    on.wait(f"{entries} entries", lambda: on.entries() >= entries)
    return time.monotonic()


def latencies(on: LocalStage, count: int) -> list[float]:
    """Milliseconds from a request to its charge, with one client."""
    return [_charged(on, number) for number in range(count)]


def _charged(on: LocalStage, number: int) -> float:
    before = {account.account_id: on.entries_of(account.account_id) for account in on.local.accounts}
    begin = time.monotonic()
    assignee = _create(on, number)["assignee"]["account_id"]
    on.wait("a charge", lambda: on.entries_of(assignee) > before[assignee], FAST_POLL_SECONDS)
    return (time.monotonic() - begin) * 1000


def shuffle(on: LocalStage, tasks: int, clients: int) -> Mapping[str, float]:
    """Seconds until all open tasks were assigned again, and until all were booked."""
    entries = on.entries()
    missing = max(0, tasks - on.count("tracking", "open_tasks"))
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda number: _create(on, number), range(missing)))
    entries = _entries_after(on, entries + missing)
    begin, manager = time.monotonic(), on.manager.account_id
    path = f"/shuffles/{on.post(manager, '/shuffles')['shuffle_id']}"
    on.wait("a shuffle", lambda: bool(on.get(manager, path)["status"] == "done"))
    answered = time.monotonic()
    shown = on.get(manager, path)
    booked = _booked(on, entries + shown["reassigned"])
    return {"tasks": shown["total"], "answered": answered - begin, "booked": booked - begin}


def _entries_after(on: LocalStage, entries: int) -> int:
    _booked(on, entries)
    return entries


def charges(on: LocalStage, count: int) -> float:
    """Seconds until many charges of one account, put on the bus at once, are booked."""
    account = on.local.account("worker").account_id
    before = on.entries_of(account)
    details = [_assigned(account, number) for number in range(count)]
    begin = time.monotonic()
    for first in range(0, count, PUT_AT_ONCE):
        on.aws.events.put_events(
            Entries=[
                {
                    "EventBusName": on.aws.target.bus,
                    "Source": "ates.tracking",
                    "DetailType": "Task.Assigned",
                    "Detail": detail,
                }
                for detail in details[first : first + PUT_AT_ONCE]
            ]
        )
    on.wait("the charges", lambda: on.entries_of(account) >= before + count)
    return time.monotonic() - begin


def _assigned(account_id: str, number: int) -> str:
    run = time.time_ns()
    return json.dumps(
        {
            "event_id": f"bench-{run}-{number}",
            "event_name": "Task.Assigned",
            "event_version": 1,
            "occurred_at": rfc3339(system_clock()),
            "producer": "tracking",
            "correlation_id": "bench",
            "causation_id": None,
            "data": {
                "task_id": f"bench-{run}-{number}",
                "title": "Feed the parrot",
                "version": 1,
                "assignee_id": account_id,
            },
        }
    )


def measure(sizes: Sizes, beside: str | None = None) -> Result:
    """With a revision `beside`, that one runs in turns with this one."""
    with ExitStack() as stack:
        folders = [ROOT, *([stack.enter_context(stage.of_revision(beside))] if beside else [])]
        stages = [_ready(stack, folder) for folder in folders]
        found = [_all(figures, sizes) for figures in _rates(stages, sizes)]
    lines = _lines(*found)
    figures = {**found[0], **({"beside": found[1]} if beside else {})}
    settings = {"lifecycles": sizes.lifecycles, "clients": sizes.clients, "beside": beside or "nothing"}
    return Result("load", figures, lines, settings)


def _ready(stack: ExitStack, folder: Path) -> LocalStage:
    """Its functions have workers already."""
    on = stack.enter_context(stage.running(folder))
    lifecycles(on, WARM_UP, SMALL.clients)
    return on


def _rates(stages: Sequence[LocalStage], sizes: Sizes) -> Iterator[tuple[LocalStage, Rates]]:
    """The medians of runs that take turns."""
    runs: list[list[Rates]] = [[] for _ in stages]
    for _ in range(sizes.turns):
        for on, own in zip(stages, runs, strict=True):
            own.append(lifecycles(on, sizes.lifecycles, sizes.clients))
    for on, own in zip(stages, runs, strict=True):
        yield on, Rates(median(each.answered for each in own), median(each.booked for each in own))


def _all(measured: tuple[LocalStage, Rates], sizes: Sizes) -> dict[str, Any]:
    on, rates = measured
    times = latencies(on, sizes.latencies)
    shuffled = shuffle(on, sizes.shuffled, sizes.clients)
    on.verify()
    seconds = charges(on, sizes.charges)
    on.verify("--only", "ledger")
    return {
        "lifecycles_per_second": _tenths(rates.booked),
        "lifecycles_answered_per_second": _tenths(rates.answered),
        "create_to_charged_ms": {"p50": _tenths(median(times)), "p99": _tenths(_p99(times))},
        "shuffle": {name: _tenths(value) for name, value in shuffled.items()},
        "charges_of_one_account_seconds": _tenths(seconds),
    }


def measure_memory(sizes: Sizes) -> Result:
    """After lifecycles, on a local AWS of its own."""
    with ExitStack() as stack:
        on = _ready(stack, ROOT)
        lifecycles(on, sizes.lifecycles, sizes.clients)
        found = on.memory()
    figures = {
        "total_bytes": found.total,
        "emulator_bytes": found.emulator,
        "workers": len(found.workers),
    }
    lines = (
        Line("memory of the local AWS after a load", megabytes(found.total)),
        Line("of it the emulator", megabytes(found.emulator)),
        Line("workers of functions", str(len(found.workers))),
    )
    return Result("memory", {"memory": figures}, lines, {"lifecycles": sizes.lifecycles})


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[98]


def _tenths(value: float) -> Decimal:
    return Decimal(value).quantize(TENTH)


FIGURES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "lifecycles per second, booked": lambda found: str(found["lifecycles_per_second"]),
    "lifecycles per second, answered": lambda found: str(found["lifecycles_answered_per_second"]),
    "create to charged, one client, p50": lambda found: f"{found['create_to_charged_ms']['p50']} ms",
    "create to charged, one client, p99": lambda found: f"{found['create_to_charged_ms']['p99']} ms",
    "open tasks shuffled": lambda found: str(int(found["shuffle"]["tasks"])),
    "shuffle, all assigned": lambda found: f"{found['shuffle']['answered']} s",
    "shuffle, all booked": lambda found: f"{found['shuffle']['booked']} s",
    "charges of one account at once, booked": lambda found: f"{found['charges_of_one_account_seconds']} s",
}


def _lines(here: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> tuple[Line, ...]:
    return tuple(Line(name, show(here), show(beside) if beside else "") for name, show in FIGURES.items())
