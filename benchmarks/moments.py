"""What a function finds when it starts: its event, and rows and users of a company in which it is called."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.aws_server import Items
from benchmarks.costs import CASES
from benchmarks.costs.case import Case, NothingMeasured, reads_of
from benchmarks.costs.world import World, built
from functions.auth.domain import User
from shared.tables import Table

WITHOUT = ("auth.reconcile_identities: all accounts",)
"""Its many calls would be measured, and not its start."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a function is called with, and what is there then."""

    name: str
    event: Any
    instant: datetime
    rows: Sequence[tuple[Table, Items]]
    users: Mapping[str, User]


def moments(names: Collection[str]) -> Iterator[tuple[Moment, World]]:
    """Each function when the first of its cases runs it, in a company in which nothing else has run."""
    for name in sorted(names):
        with built() as world:
            cases = (*reads_of(world.product, CASES), *CASES)
            case = next(each for each in cases if each.use_case == name and each.name not in WITHOUT)
            yield _moment(case, world), world


def _moment(case: Case, world: World) -> Moment:
    """The first run that the case measures."""
    product, seen = world.product, list[Moment]()
    service = case.use_case.partition(".")[0]

    def see(name: str, event: Any) -> None:
        if name == case.use_case:
            rows = [
                (table, list(product.stores[service].typed_items(table.name)))
                for table in product.services[service].tables.values()
            ]
            seen.append(Moment(name, event, product.instant, rows, dict(product.pool.users)))

    world.begin()
    product.before = see
    try:
        case.act(world)
    finally:
        product.before = lambda _name, _event: None
    if not (measured := len(world.measured(case.use_case))):
        raise NothingMeasured(case.name)
    return seen[-measured]
