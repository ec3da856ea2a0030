"""Task lifecycles through the real use cases, in memory, with what DynamoDB would count for them.

A lifecycle is: create a task, charge its assignee, complete it, reward the assignee; with everything that
follows in all services, and the relays, but no close.
"""

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from events.auth import AccountCreated
from events.envelope import read_envelope
from functions.accounting.on_account_event.use_case import on_account_event as accounting_hears
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import TABLES as ACCOUNTING
from functions.analytics.on_ledger_event.use_case import on_ledger_event as analytics_counts
from functions.analytics.rows import TABLES as ANALYTICS
from functions.notifications.on_ledger_event.use_case import on_ledger_event as notifications_keeps
from functions.notifications.rows import TABLES as NOTIFICATIONS
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.on_account_event.use_case import on_account_event as tracking_hears
from functions.tracking.rows import TABLES as TRACKING
from shared.bounds import Fields, Key, key_of, values_of
from shared.bus import BusEntry
from shared.context import Context
from shared.guards import sentinels
from shared.memory_store import MemoryStore
from shared.messages import Received
from shared.outbox import publish
from shared.records import JournalRecord
from shared.store import Put, chunks
from shared.tables import Index, Shards, Table, key_names

BATCH = 10
"""Messages that a consumer gets at once, and events that the bus takes at once, when there are many."""
WRITE_UNIT_BYTES, READ_UNIT_BYTES = 1024, 4096
TRANSACTIONAL = 2
"""A write in a transaction costs twice as much; an index is written once."""
CORRELATION = "00000000-0000-7000-8000-000000000000"
START = datetime(2026, 11, 23, 9, tzinfo=UTC)

Spot = tuple[str, Any]
"""A partition key of a table (`tasks`) or of an index (`tasks/by_created`)."""


class Meter(MemoryStore):
    """A service's tables, with the units that DynamoDB bills, by partition key."""

    def __init__(self, tables: Sequence[Table], sharding: Mapping[str, Shards]) -> None:
        super().__init__(tables, sharding)
        self.wait = lambda _seconds: None
        self.written: Counter[Spot] = Counter()
        self.read: Counter[Spot] = Counter()
        self.held: Counter[Spot] = Counter()
        """How many transactions wrote each row; those of one row wait for each other."""
        self.calls: Counter[str] = Counter()
        self._of_table = {table.name: table for table in tables}
        self.transact([Put(row) for row in sentinels(tables)]) if sentinels(tables) else None
        self.forget()

    def forget(self) -> None:
        for counter in (self.written, self.read, self.held, self.calls):
            counter.clear()

    def write(self, actions: Any, token: str) -> None:
        super().write(actions, token)
        self.calls["transactions"] += 1

    def get(self, kind: Any, **key: Any) -> Any:
        self.calls["reads"] += 1
        return self._read(kind, key, halves=2)

    def glance(self, kind: Any, **key: Any) -> Any:
        self.calls["reads"] += 1
        return self._read(kind, key, halves=1)

    def get_many(self, kind: Any, keys: Any) -> list[Any]:
        self.calls["reads"] += bool(keys)
        table, _ = self._places[kind]
        wanted = {key_of(table, key): key for key in keys}
        return [row for key in wanted.values() if (row := self._read(kind, key, halves=2)) is not None]

    def query(self, kind: Any, partition: str | int, **bounds: Any) -> list[Any]:
        self.calls["reads"] += 1
        found = super().query(kind, partition, **bounds)
        table, index = self._places[kind]
        size = sum(self._bytes(table, values_of(row)) for row in found)
        units = max(1, math.ceil(size / READ_UNIT_BYTES))
        self.read[self._name(table, index), partition] += units * (1 if index else 2)
        return found

    def _read(self, kind: Any, key: Mapping[str, Any], *, halves: int) -> Any:
        """Reads are counted in halves of units: a glance costs one."""
        row = super().get(kind, **key)
        table, _ = self._places[kind]
        size = 0 if row is None else self._bytes(table, values_of(row))
        self.read[table.name, key[table.partition_key]] += max(1, math.ceil(size / READ_UNIT_BYTES)) * halves
        return row

    def _store(self, table: str, key: Key, row: Fields | None) -> None:
        before = self._tables[table].get(key)
        super()._store(table, key, row)
        declared = self._of_table[table]
        self.held[table, key] += 1
        self.written[table, key[0]] += TRANSACTIONAL * self._units(declared, before, row)
        for index in declared.indexes:
            for partition, units in self._of_index(declared, index, before, row):
                self.written[self._name(declared, index), partition] += units

    def _of_index(
        self, table: Table, index: Index, before: Fields | None, after: Fields | None
    ) -> Iterator[tuple[Any, int]]:
        """Moving an entry costs its removal and its insertion; one that stays the same costs nothing."""
        old, new = _entry(table, index, before), _entry(table, index, after)
        if old == new:
            return
        names = key_names(index)
        if old and new and all(old[name] == new[name] for name in names):
            yield new[index.partition_key], self._units(table, old, new)
            return
        for entry in filter(None, (old, new)):
            yield entry[index.partition_key], self._units(table, entry)

    def _units(self, table: Table, *versions: Fields | None) -> int:
        sizes = [self._bytes(table, each) for each in versions if each is not None]
        return max(1, math.ceil(max(sizes, default=0) / WRITE_UNIT_BYTES))

    def _bytes(self, table: Table, values: Fields) -> int:
        return self._bounds.check_item(table.name, values)

    def _name(self, table: Table, index: Index | None) -> str:
        return f"{table.name}/{index.name}" if index else table.name


def _entry(table: Table, index: Index, row: Fields | None) -> Fields | None:
    """What an index holds of a row; None if it lacks a key."""
    if row is None or not row.keys() >= set(key_names(index)):
        return None
    names = {*index.row.__dataclass_fields__, *key_names(table)}
    return {name: value for name, value in row.items() if name in names}


class TakesAll:
    """A bus that accepts every event."""

    def __init__(self) -> None:
        self.calls = 0

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        self.calls += 1
        return [True] * len(entries)


@dataclass
class Company:
    """The services with their tables; `invocations` and `milliseconds` are those of the functions."""

    employees: int
    sharding: Mapping[str, Shards] = field(default_factory=dict)
    stores: dict[str, Meter] = field(default_factory=dict)
    randomness: random.Random = field(default_factory=lambda: random.Random(12))
    now: datetime = START
    events: Counter[str] = field(default_factory=Counter)
    invocations: Counter[str] = field(default_factory=Counter)
    bus: TakesAll = field(default_factory=TakesAll)

    def __post_init__(self) -> None:
        services = {
            "tracking": TRACKING,
            "accounting": ACCOUNTING,
            "notifications": NOTIFICATIONS,
            "analytics": ANALYTICS,
        }
        self.stores = {name: Meter(tables, self.sharding) for name, tables in services.items()}
        people = [
            Received("m", f"joined-{number}", START, CORRELATION, _account(number))
            for number in range(self.employees)
        ]
        tracking_hears(people, self.stores["tracking"])
        accounting_hears(people, self.stores["accounting"], "UTC")
        for store in self.stores.values():
            store.forget()

    def context(self) -> Context:
        return Context(lambda: self.now, self.randomness, CORRELATION)

    def live(self, lifecycles: int) -> None:
        """So many tasks are created, then completed by their assignees; all events are consumed."""
        tracking = self.stores["tracking"]
        created = []
        for number in range(lifecycles):
            self._tick()
            new = NewTask(f"Feed the parrot no. {number}", f"POPUG-{number}", None)
            creator = f"popug-{self.randomness.randrange(self.employees)}"
            created.append(create_task(new, creator, tracking, self.context()).task)
            self.invocations["create_task"] += 1
        self._relay_all()
        for task in created:
            self._tick()
            complete_task(task.task_id, task.assignee_id, tracking, self.context())
            self.invocations["complete_task"] += 1
        self._relay_all()

    def _tick(self) -> None:
        self.now += timedelta(milliseconds=1)

    def _relay_all(self) -> None:
        accounting, zone = self.stores["accounting"], "UTC"
        self._deliver(
            "on_task_event",
            self._relayed("tracking"),
            lambda some: on_task_event(some, accounting, self.context(), zone),
        )
        of_ledger = [each for each in self._relayed("accounting") if hasattr(each.payload, "entry_id")]
        self._deliver(
            "analytics",
            of_ledger,
            lambda some: analytics_counts(some, self.stores["analytics"], self.context(), zone),
        )
        self._deliver(
            "notifications",
            of_ledger,
            lambda some: notifications_keeps(some, self.stores["notifications"], self.context()),
        )

    def _relayed(self, service: str) -> list[Received[Any]]:
        """A service's new events; they are published and marked, as the relay does."""
        store = self.stores[service]
        new = [each for each in store.rows(JournalRecord) if each.unpublished_shard is not None]
        new.sort(key=lambda record: record.event_id)
        for batch in chunks(new, BATCH):
            publish(batch, self.bus, store, self.now)
            self.invocations["publish_events"] += 1
        self.events[service] += len(new)
        return [_received(record.event) for record in new]

    def _deliver(self, name: str, messages: Sequence[Received[Any]], handle: Callable[[Any], Any]) -> None:
        for batch in chunks(messages, BATCH):
            if failed := handle(batch):
                raise AssertionError(next(iter(failed.values())))
            self.invocations[name] += 1


def _account(number: int) -> AccountCreated:
    return AccountCreated(
        account_id=f"popug-{number}", name=f"Popug {number}", role="worker", status="active", version=1
    )


def _received(text: str) -> Received[Any]:
    envelope, event = read_envelope(json.loads(text))
    return Received("m", envelope.event_id, envelope.occurred_at, envelope.correlation_id, event)
