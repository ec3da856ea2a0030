"""Units and dollars of a task's life: created, charged, completed, rewarded, reported, counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks import dollars
from benchmarks.company import founded
from benchmarks.in_memory import Invocation, running
from benchmarks.meter import NO_SHARDING, Meter
from benchmarks.result import Line, Result
from shared.spec import Stream
from shared.tables import Shards

WORKERS = 10
LIFECYCLES = 40
AT_ONCE = 4
"""Tasks on their way at the same time: streams and queues then deliver in small batches."""
WARM_UP = 8
MILLION = 10**6
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Lifecycles:
    """What some lifecycles took."""

    count: int
    invocations: Sequence[Invocation]
    meter: Meter
    """What fell on each key."""

    @property
    def writes(self) -> Decimal:
        return self.each(sum(invocation.writes for invocation in self.invocations))

    @property
    def reads(self) -> Decimal:
        return self.each(sum(int(2 * invocation.reads) for invocation in self.invocations)) / 2

    def each(self, total: int) -> Decimal:
        """A total's part of one lifecycle."""
        return Decimal(total) / self.count

    def by_use_case(self) -> dict[str, dict[str, Decimal]]:
        """Runs, calls to DynamoDB and units, for each use case that took part."""
        totals: dict[str, Counter[str]] = {}
        for each in self.invocations:
            own = totals.setdefault(each.name, Counter())
            own.update(runs=1, calls=len(each.calls), writes=each.writes, half_reads=int(2 * each.reads))
        return {
            name: {
                "runs": self.each(own["runs"]),
                "calls": self.each(own["calls"]),
                "read_units": self.each(own["half_reads"]) / 2,
                "write_units": self.each(own["writes"]),
            }
            for name, own in sorted(totals.items())
        }

    def by_cause(self) -> dict[str, Decimal]:
        """Write units by table and index; those of the relays by themselves."""
        causes: Counter[str] = Counter()
        for each in self.invocations:
            for charge in (charge for call in each.calls for charge in call.charges if charge.writes):
                by = f" by {each.spec.name}" if isinstance(each.spec.trigger, Stream) else ""
                causes[f"{each.spec.service}/{charge.place}{by}"] += charge.writes
        return {cause: self.each(units) for cause, units in causes.most_common()}

    def usd_per_million(self) -> dict[str, Decimal]:
        prices = dollars.price_list()
        total = dollars.cost(dollars.usage(self.invocations, prices["assumed"]["milliseconds"]), prices)
        return {name: amount * MILLION / self.count for name, amount in total.items()}


def live(
    at_once: int = AT_ONCE,
    count: int = LIFECYCLES,
    workers: int = WORKERS,
    sharding: Mapping[str, Shards] = NO_SHARDING,
) -> Lifecycles:
    """Accounts have had entries before, so that no row is a person's first."""
    with running(sharding=sharding) as product:
        company = founded(product, workers)
        company.lifecycles(0, WARM_UP * at_once, at_once)
        product.begin()
        company.lifecycles(1000, count, at_once)
        return Lifecycles(count, tuple(product.invocations), product.meter)


def measure() -> Result:
    alone, some = live(at_once=1), live()
    usd = some.usd_per_million()
    total = sum(usd.values(), Decimal()).quantize(CENT)
    figures: dict[str, Any] = {
        "write_units_per_lifecycle": _rounded(some.writes),
        "read_units_per_lifecycle": _rounded(some.reads),
        "write_units_per_lifecycle_alone": _rounded(alone.writes),
        "read_units_per_lifecycle_alone": _rounded(alone.reads),
        "write_units_by_cause": _all_rounded(some.by_cause()),
        "lifecycle_by_use_case": {
            name: _all_rounded(figures) for name, figures in some.by_use_case().items()
        },
        "usd_per_million_lifecycles": total,
        "usd_per_million_lifecycles_by_price": _all_rounded(usd),
    }
    lines = (
        Line(f"write units per lifecycle, {AT_ONCE} at once", str(figures["write_units_per_lifecycle"])),
        Line("write units per lifecycle, alone", str(figures["write_units_per_lifecycle_alone"])),
        Line(f"read units per lifecycle, {AT_ONCE} at once", str(figures["read_units_per_lifecycle"])),
        Line("read units per lifecycle, alone", str(figures["read_units_per_lifecycle_alone"])),
        Line("US dollars per million lifecycles, without mail", str(total)),
    )
    return Result("capacity", figures, lines)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT)


def _all_rounded(values: dict[str, Decimal]) -> dict[str, Decimal]:
    return {name: _rounded(value) for name, value in values.items()}
