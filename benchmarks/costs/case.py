"""A case of a use case: what is done, of which its runs are measured."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.costs.world import World
from benchmarks.in_memory import InMemory, Invocation
from shared.spec import Http


@dataclass(frozen=True, slots=True)
class Case:
    """`act` does it, and what it needs before; it may call `world.begin()` to leave out what went before."""

    use_case: str
    what: str
    act: Callable[[World], object]

    @property
    def name(self) -> str:
        return f"{self.use_case}: {self.what}" if self.what else self.use_case


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls to DynamoDB, and units on demand."""

    calls: int
    reads: float
    writes: int


@dataclass(frozen=True, slots=True)
class Measured:
    case: Case
    cost: Cost
    others: str
    """Calls to other services."""


class NothingMeasured(Exception):
    """A case that does not run its use case."""


def measure(cases: Iterable[Case], world: World) -> list[Measured]:
    """Each in its turn, in one world; what it leaves behind is finished before the next."""
    return [_measured(case, world) for case in cases]


def measure_reads(cases: Iterable[Case], world: World) -> Iterator[Measured]:
    """Each leaves clock and randomness as they were, so that a new GET changes the cost of no other case."""
    product = world.product
    for case in cases:
        drawn, instant = product.randomness.getstate(), product.instant
        yield _measured(case, world)
        product.randomness.setstate(drawn)
        product.instant = instant


def _measured(case: Case, world: World) -> Measured:
    world.begin()
    case.act(world)
    runs = world.measured(case.use_case)
    if not runs:
        raise NothingMeasured(case.name)
    world.product.settle()
    return Measured(case, _cost(runs), _others(runs))


def _cost(runs: Sequence[Invocation]) -> Cost:
    return Cost(
        calls=sum(len(run.calls) for run in runs),
        reads=sum(run.reads for run in runs),
        writes=sum(run.writes for run in runs),
    )


def _others(runs: Sequence[Invocation]) -> str:
    """Such as `2 to events`."""
    services = ("events", "lambda", "ses", "sqs")
    called = {name: sum(run.sent.get(name, 0) for run in runs) for name in services}
    return ", ".join(f"{number} to {name}" for name, number in called.items() if number)


def read(use_case: str, what: str = "", **query: str) -> Case:
    """A GET by somebody who may; every parameter of its path has a value in the world."""

    def act(world: World) -> object:
        trigger = world.product.specs[use_case].trigger
        if not isinstance(trigger, Http):
            raise NothingMeasured(use_case)
        role, known = trigger.roles[0], world.paths()
        path = {name: value for name, value in known.items() if f"{{{name}}}" in trigger.path}
        asked = {name: value.format(**known) for name, value in query.items()}
        return world.product.request(use_case, world.caller(role), role, path, asked)

    return Case(use_case, what, act)


def reads_of(product: InMemory, known: Iterable[Case]) -> Iterator[Case]:
    """A case for each GET that has none of its own."""
    done = {case.use_case for case in known}
    for name, spec in product.specs.items():
        if name not in done and isinstance(spec.trigger, Http) and spec.trigger.method == "GET":
            yield read(name)
