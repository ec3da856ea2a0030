"""Journals, buses and sweeps for tests of what comes between the two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from shared.bus import BusDown, BusEntry
from shared.context import Context
from shared.journal import USUAL_FORM, EventDocument, JournalForm, events_in, text_of
from shared.memory_store import MemoryStore
from shared.outbox import WATERMARK, sweep, watermark
from shared.records import JOURNAL, RECEIPTS, JournalRecord, Receipt, UnpublishedEvent, Watermark
from shared.store import Put
from tests.support.fakes import NOON, FakeBus, FakeClock, context, memory_store

OLD = timedelta(minutes=2, milliseconds=1)
SINCE = NOON - timedelta(days=3)
BY_EVENT = JournalForm(per_event=True)
ONE_SHARD = JournalForm(shards=1)

both_forms = pytest.mark.parametrize("form", [USUAL_FORM, BY_EVENT], ids=["usual", "first"])


def at(instant: datetime = NOON, seed: int = 1, form: JournalForm = USUAL_FORM) -> Context:
    return replace(context(FakeClock(instant), seed), form=form)


def written(
    store: MemoryStore,
    count: int = 1,
    *,
    age: timedelta = OLD,
    seed: int = 1,
    form: JournalForm = USUAL_FORM,
    apart: timedelta = timedelta(0),
) -> list[JournalRecord]:
    """Unpublished records of one event each, the first of that age."""
    clock = FakeClock(NOON - age)
    work = replace(context(clock, seed), form=form)
    records = []
    for n in range(count):
        event = TaskCompleted(task_id=f"task-{n}", title="Feed", assignee_id="ann")
        (insert,) = work.record(event, occurred_at=NOON)
        store.transact([insert])
        records.append(insert.row)
        clock.instant += apart
    return records


def pair(store: MemoryStore, age: timedelta = OLD) -> JournalRecord:
    """An unpublished record of two events."""
    created = TaskCreated(task_id="task-1", title="Feed", version=1)
    assigned = TaskAssigned(task_id="task-1", title="Feed", version=1, assignee_id="ann")
    (insert,) = at(NOON - age).record(created, assigned, occurred_at=NOON)
    store.transact([insert])
    record: JournalRecord = insert.row
    return record


def empty_store() -> MemoryStore:
    return memory_store([JOURNAL, RECEIPTS])


def receipts(store: MemoryStore) -> list[Receipt]:
    return [Receipt(**row) for row in store.items("receipts") if "event_ids" in row]


def unpublished(store: MemoryStore) -> set[str]:
    """The events of records of the first form in the index, and of others without a receipt."""
    waiting = {
        event.event_id for shard in range(8) for event in store.query(UnpublishedEvent, shard, limit=10_000)
    }
    accepted = {event_id for receipt in receipts(store) for event_id in receipt.event_ids}
    usual = [row for row in store.rows(JournalRecord) if row.event_name is None and row.published_at is None]
    return waiting | {event["event_id"] for event in events_of(usual)} - accepted


def events_of(records: Sequence[JournalRecord]) -> list[EventDocument]:
    return [event for record in records for event in events_in(record)]


def ids(records: Sequence[JournalRecord]) -> set[str]:
    return {event["event_id"] for event in events_of(records)}


def texts(records: Sequence[JournalRecord]) -> list[str]:
    return [text_of(event) for event in events_of(records)]


def taken(bus: FakeBus) -> list[str]:
    return [entry.detail for entry in bus.taken]


def mark(store: MemoryStore) -> Watermark:
    found = store.get(Watermark, **WATERMARK)
    assert found is not None
    return found


def set_mark(store: MemoryStore, settled_through: datetime) -> None:
    store.transact([Put(watermark(settled_through))])


@dataclass
class StubbornBus:
    """Always refuses `never`; records every call."""

    never: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)
    down_at: int | None = None

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        if self.down_at is not None and len(self.asked) >= self.down_at:
            raise BusDown("no answer")
        self.asked.append([entry.detail for entry in entries])
        return [entry.detail not in self.never for entry in entries]


@dataclass
class Intruded:
    """A bus that runs something once, before it accepts."""

    intrusion: Callable[[], Any]
    taken: list[BusEntry] = field(default_factory=list)

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        intrusion, self.intrusion = self.intrusion, lambda: None
        intrusion()
        self.taken += entries
        return [True for _ in entries]


def always() -> bool:
    return True


def times(count: int) -> Callable[[], bool]:
    left = iter([True] * count)
    return lambda: next(left, False)


def swept(store: MemoryStore, bus: Any = None, now: datetime = NOON, **more: Any) -> int:
    return sweep(
        store, bus or FakeBus(), at(now, seed=99), more.pop("has_time", always), more.pop("since", SINCE)
    )
