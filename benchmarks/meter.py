"""A store in memory that counts what its calls would cost on DynamoDB.

It makes the calls of `shared.dynamo_store`; tests/benchmarks/test_meter.py compares the two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from benchmarks import units
from ops.stage.tables import typed
from shared.bounds import Fields, key_of, values_of
from shared.memory_store import MemoryStore
from shared.store import Action, R, chunks
from shared.tables import Index, Shards, Table

BATCH_KEYS = 100
BATCH_WRITES = 25
NO_SHARDING: Mapping[str, Shards] = MappingProxyType({})
DROPPED_BOUNDS = 2
"""The store asks a Query for two rows more, because BETWEEN includes its bounds."""


Spot = tuple[str, str, Any]
"""Service, place (a table, or `table/index`), key."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a part of a call costs; `place` is a table or `table/index`."""

    place: str
    reads: float = 0
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call to DynamoDB; `items` are its keys, its actions or the rows that it read."""

    service: str
    operation: str
    items: int
    charges: tuple[Charge, ...]

    @property
    def reads(self) -> float:
        return sum(charge.reads for charge in self.charges)

    @property
    def writes(self) -> int:
        return sum(charge.writes for charge in self.charges)


@dataclass
class Meter:
    """All calls so far, and what fell on each key: the busiest one is where a table ends first."""

    calls: list[Call] = field(default_factory=list)
    rows: Counter[Spot] = field(default_factory=Counter)
    """How many transactions wrote each row."""
    written: Counter[Spot] = field(default_factory=Counter)
    """Write units of each partition key."""
    half_reads: Counter[Spot] = field(default_factory=Counter)
    """Halves of read units of each partition key."""

    def forget_keys(self) -> None:
        for counter in (self.rows, self.written, self.half_reads):
            counter.clear()

    def take(self) -> list[Call]:
        """The calls since the last time."""
        taken, self.calls = self.calls, []
        return taken


class MeteredStore(MemoryStore):
    """Every row that is inserted into a table with a stream is in `streamed`, until somebody takes it."""

    def __init__(
        self,
        service: str,
        tables: Iterable[Table],
        meter: Meter,
        sharding: Mapping[str, Shards] = NO_SHARDING,
    ) -> None:
        own = list(tables)
        super().__init__(own, sharding)
        self.service, self.meter = service, meter
        self.by_name = {table.name: table for table in own}
        self.streamed: list[tuple[Table, Fields]] = []
        self.wait = lambda _seconds: None

    def get(self, kind: type[R], **key: str | int) -> R | None:
        self._read_keys("GetItem", kind, [key])
        return super().get(kind, **key)

    def glance(self, kind: type[R], **key: str | int) -> R | None:
        self._read_keys("GetItem", kind, [key], consistent=False)
        return super().get(kind, **key)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        table, _ = self._places[kind]
        wanted = list({key_of(table, key): key for key in keys}.values())
        for group in chunks(wanted, BATCH_KEYS):
            self._read_keys("BatchGetItem", kind, group)
        return [row for key in wanted if (row := super(MeteredStore, self).get(kind, **key)) is not None]

    def query(
        self,
        kind: type[R],
        partition: str | int,
        *,
        above: str | int | None = None,
        below: str | int | None = None,
        through: str | int | None = None,
        limit: int,
        newest_first: bool = False,
    ) -> list[R]:
        upper = through if below is None else below
        if above is None or upper is None or above < upper:  # type: ignore[operator]
            rows = self._examined(kind, partition, above, upper, below)
            if sort_key := self._place(kind).sort_key:
                rows.sort(key=lambda row: row[sort_key], reverse=newest_first)
            self._read_pages(kind, partition, rows[: limit + DROPPED_BOUNDS])
        return super().query(
            kind,
            partition,
            above=above,
            below=below,
            through=through,
            limit=limit,
            newest_first=newest_first,
        )

    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        rows = list(self._partitions[kind, partition].values())[:limit]
        self._read_pages(kind, partition, rows)
        return len(rows)

    def write(self, actions: Sequence[Action], token: str) -> None:
        """A refused transaction costs as much as its rows as they are."""
        targets = self._bounds.check_write(actions)
        before = [self._tables[table].get(key) for table, key in targets]
        try:
            super().write(actions, token)
        finally:
            after = [self._tables[table].get(key) for table, key in targets]
            self._charge_write([self.by_name[table] for table, _ in targets], before, after)
        for (table, key), old, new in zip(targets, before, after, strict=True):
            self.meter.rows[self.service, table, key] += 1
            if old is None and new is not None and self.by_name[table].stream:
                self.streamed.append((self.by_name[table], new))

    def put_all(self, rows: Sequence[Any]) -> None:
        """Not in transactions: each row costs half as much there."""
        for group in chunks(rows, BATCH_WRITES):
            tables = [self._places[type(row)][0] for row in group]
            keys = [key_of(table, values_of(row)) for table, row in zip(tables, group, strict=True)]
            before = [self._tables[table.name].get(key) for table, key in zip(tables, keys, strict=True)]
            super().put_all(group)
            self._charge_write(tables, before, list(map(values_of, group)), "BatchWriteItem", 1)

    def plant(self, rows: Iterable[Any]) -> None:
        """Store rows as they are, free of charge and unseen by streams."""
        for row in rows:
            table, _ = self._places[type(row)]
            values = values_of(row)
            self._store(table.name, key_of(table, values), values)

    def rows_of(self, kind: type[R]) -> list[R]:
        """All rows, free of charge."""
        return super().rows(kind)

    def typed_items(self, table: str) -> Iterator[dict[str, Any]]:
        """All rows as DynamoDB has them, the sentinel too."""
        return (typed_row(row) for row in self._tables[table].values())

    def _charge_write(
        self,
        tables: Sequence[Table],
        before: Sequence[Fields | None],
        after: Sequence[Fields | None],
        operation: str = "TransactWriteItems",
        factor: int = units.TRANSACTION,
    ) -> None:
        charges = []
        for table, old, new in zip(tables, before, after, strict=True):
            cost = factor * units.written(old, new)
            charges.append(Charge(table.name, writes=cost))
            if row := new or old:
                self.meter.written[self.service, table.name, row[table.partition_key]] += cost
            charges += self._of_indexes(table, old, new)
        self._called(operation, len(tables), charges)

    def _of_indexes(self, table: Table, old: Fields | None, new: Fields | None) -> Iterator[Charge]:
        for index in table.indexes:
            place = f"{table.name}/{index.name}"
            writes = list(units.writes_of_index(table, index, old, new))
            for partition, cost in writes:
                self.meter.written[self.service, place, partition] += cost
            if writes:
                yield Charge(place, writes=sum(cost for _, cost in writes))

    def _read_keys(
        self,
        operation: str,
        kind: type[Any],
        keys: Sequence[Mapping[str, str | int]],
        *,
        consistent: bool = True,
    ) -> None:
        """Each row is rounded up by itself."""
        table, _ = self._places[kind]
        reads = 0.0
        for key in keys:
            row = self._tables[table.name].get(key_of(table, key))
            cost = units.read([units.item_bytes(row or {})], consistent=consistent)
            self.meter.half_reads[self.service, table.name, key[table.partition_key]] += int(2 * cost)
            reads += cost
        self._called(operation, len(keys), [Charge(table.name, reads=reads)])

    def _read_pages(self, kind: type[Any], partition: str | int, rows: Sequence[Fields]) -> None:
        table, index = self._places[kind]
        place = f"{table.name}/{index.name}" if index else table.name
        for page in units.pages(_sizes(table, index, rows)):
            cost = units.read(page, consistent=index is None)
            self.meter.half_reads[self.service, place, partition] += int(2 * cost)
            self._called("Query", len(page), [Charge(place, reads=cost)])

    def _examined(
        self,
        kind: type[Any],
        partition: str | int,
        above: str | int | None,
        upper: str | int | None,
        below: str | int | None,
    ) -> list[Fields]:
        """The rows of the range that DynamoDB is asked for: BETWEEN if it has two bounds."""
        sort_key, is_between = self._place(kind).sort_key, above is not None and upper is not None
        rows = list(self._partitions[kind, partition].values())
        if sort_key is None:
            return rows
        if above is not None:
            rows = [row for row in rows if row[sort_key] > above or (is_between and row[sort_key] == above)]
        if upper is not None:
            is_open = below is not None and not is_between
            rows = [row for row in rows if row[sort_key] < upper or (not is_open and row[sort_key] == upper)]
        return rows

    def _called(self, operation: str, items: int, charges: Iterable[Charge]) -> None:
        self.meter.calls.append(Call(self.service, operation, items, tuple(charges)))


def _sizes(table: Table, index: Index | None, rows: Iterable[Fields]) -> list[int]:
    return [units.item_bytes((units.index_item(table, index, row) or {}) if index else row) for row in rows]


def typed_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """In DynamoDB's own JSON."""
    return {name: typed(value) for name, value in row.items()}
