"""From the journal to the bus; nothing is left without an error."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from events.tracking import TaskCompleted
from shared.bus import MAX_BYTES, BusDown, BusEntry, calls
from shared.memory_store import MemoryStore
from shared.outbox import MAX_TRIES, SWEEP_PAGE, EventsLeft, mark_published, publish, sweep
from shared.records import JOURNAL, JournalRecord, UnpublishedEvent
from shared.store import Remove, changed
from tests.support.fakes import NOON, FakeBus, FakeClock, context, memory_store
from tests.support.faults import with_each_fault

OLD = timedelta(minutes=2, milliseconds=1)


def journaled(store: MemoryStore, count: int, *, age: timedelta = OLD, seed: int = 1) -> list[JournalRecord]:
    """Unpublished events of that age."""
    work = context(FakeClock(NOON - age), seed=seed)
    actions = [
        work.record(TaskCompleted(task_id=f"task-{n}", title="Feed", assignee_id="ann"), occurred_at=NOON)
        for n in range(count)
    ]
    for action in actions:
        store.transact([action])
    return [action.row for action in actions]


def empty_store() -> MemoryStore:
    return memory_store([JOURNAL])


def unpublished(store: MemoryStore) -> set[str]:
    return {
        event.event_id for shard in range(8) for event in store.query(UnpublishedEvent, shard, limit=10_000)
    }


def ids(records: Sequence[JournalRecord]) -> set[str]:
    return {record.event_id for record in records}


def taken(bus: FakeBus) -> list[str]:
    return [entry.detail for entry in bus.taken]


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


def test_accepted_events_are_marked() -> None:
    store, bus = empty_store(), FakeBus()
    records = journaled(store, 25)
    assert publish(records, bus, store, NOON) == 25
    assert [(entry.producer, entry.event_name, entry.detail) for entry in bus.taken] == [
        ("tracking", "Task.Completed", record.event) for record in records
    ]
    assert unpublished(store) == set()
    assert {row.published_at for row in store.rows(JournalRecord)} == {"2026-11-22T12:00:00.000Z"}


def test_marking_changes_no_other_column() -> None:
    store = empty_store()
    (record,) = journaled(store, 1)
    mark_published(store, [record], NOON)
    expected = changed(record, unpublished_shard=None, published_at="2026-11-22T12:00:00.000Z")
    assert store.rows(JournalRecord) == [expected]


def test_only_refused_events_are_retried() -> None:
    store, bus = empty_store(), FakeBus(refusals=[False, True, False, True, True])
    records = journaled(store, 5)
    assert publish(records, bus, store, NOON) == 5
    expected = [records[n].event for n in (0, 2, 1, 3, 4)]
    assert taken(bus) == expected
    assert unpublished(store) == set()


def test_an_event_that_is_always_refused_stays_unpublished_and_raises() -> None:
    store = empty_store()
    records = journaled(store, 25)
    never = {records[3].event, records[14].event}
    bus = StubbornBus(never)
    with pytest.raises(EventsLeft, match="2 of 25"):
        publish(records, bus, store, NOON)
    assert unpublished(store) == {records[3].event_id, records[14].event_id}
    assert sum(call.count(records[3].event) for call in bus.asked) == MAX_TRIES
    assert sum(call.count(records[4].event) for call in bus.asked) == 1


def test_when_the_bus_goes_down_only_the_accepted_events_are_marked() -> None:
    store = empty_store()
    records = journaled(store, 25)
    with pytest.raises(BusDown):
        publish(records, StubbornBus(down_at=1), store, NOON)
    assert unpublished(store) == ids(records[10:])


def test_an_event_missing_from_the_journal_is_skipped() -> None:
    store = empty_store()
    records = journaled(store, 5)
    gone = records[2]
    store.transact([Remove(JournalRecord, {"bucket": gone.bucket, "event_id": gone.event_id})])
    assert publish(records, FakeBus(), store, NOON) == 5
    assert unpublished(store) == set()
    assert len(store.rows(JournalRecord)) == 4


def test_more_events_than_one_transaction_holds_are_marked() -> None:
    store = empty_store()
    mark_published(store, journaled(store, 230), NOON)
    assert unpublished(store) == set()


def test_without_events_the_bus_is_not_called() -> None:
    bus = StubbornBus()
    assert publish([], bus, empty_store(), NOON) == 0
    assert bus.asked == []


def test_each_write_fault_still_marks_every_event() -> None:
    def prepared() -> MemoryStore:
        store = empty_store()
        journaled(store, 3)
        return store

    def run(store: MemoryStore) -> None:
        records = sorted(store.rows(JournalRecord), key=lambda record: record.event_id)
        publish(records, FakeBus(), store, NOON)

    labels = [label for label, store in with_each_fault(prepared, run) if unpublished(store) == set()]
    assert len(labels) == 3


# Calls


def entries(*lengths: int, letter: str = "x") -> list[BusEntry]:
    return [BusEntry("tracking", "Task.Completed", letter * length) for length in lengths]


def test_a_call_has_at_most_ten_entries() -> None:
    assert [len(group) for group in calls(entries(*[1] * 21))] == [10, 10, 1]
    assert [position for group in calls(entries(*[1] * 21)) for position in group] == list(range(21))
    assert calls([]) == []


@pytest.mark.parametrize(
    ("letter", "lengths", "expected"),
    [
        ("x", [MAX_BYTES - 1, 1, 1], [[0, 1], [2]]),
        ("x", [MAX_BYTES, 1, 1], [[0], [1, 2]]),
        ("x", [1, MAX_BYTES, 1], [[0], [1], [2]]),
        ("я", [MAX_BYTES // 2, 1], [[0], [1]]),
        ("я", [MAX_BYTES // 2 - 1, 1, 1], [[0, 1], [2]]),
    ],
)
def test_a_call_has_a_bounded_number_of_bytes(
    letter: str, lengths: list[int], expected: list[list[int]]
) -> None:
    assert calls(entries(*lengths, letter=letter)) == expected


# Sweep


def always() -> bool:
    return True


def times(count: int) -> Callable[[], bool]:
    left = iter([True] * count)
    return lambda: next(left, False)


def test_the_sweep_publishes_events_older_than_two_minutes() -> None:
    store, bus = empty_store(), FakeBus()
    old = journaled(store, 20, age=OLD, seed=1)
    young = journaled(store, 20, age=timedelta(minutes=2) - timedelta(milliseconds=1), seed=2)
    assert sweep(store, bus, NOON, always) == 20
    assert set(taken(bus)) == {record.event for record in old}
    assert unpublished(store) == ids(young)


def test_the_sweep_skips_published_events() -> None:
    store, bus = empty_store(), FakeBus()
    records = journaled(store, 20)
    mark_published(store, records[:15], NOON)
    assert sweep(store, bus, NOON, always) == 5
    assert set(taken(bus)) == {record.event for record in records[15:]}
    assert sweep(store, bus, NOON, always) == 0


class LaggingIndex(MemoryStore):
    """Its index of unpublished events still shows those just published."""

    def query(self, kind, *args, **more):  # type: ignore[no-untyped-def]
        found = super().query(kind, *args, **more)
        if kind is UnpublishedEvent:
            store_marks = [
                row for row in self.rows(JournalRecord) if row.event_id in {e.event_id for e in found}
            ]
            mark_published(self, store_marks, NOON)
        return found


def test_the_sweep_trusts_the_journal_not_the_index() -> None:
    store = LaggingIndex([JOURNAL])
    journaled(store, 20)
    bus = FakeBus()
    assert sweep(store, bus, NOON, always) == 0
    assert bus.taken == []


def test_the_sweep_publishes_page_by_page() -> None:
    store, bus = empty_store(), FakeBus()
    journaled(store, 8 * SWEEP_PAGE + 200)
    assert sweep(store, bus, NOON, always) == 8 * SWEEP_PAGE + 200
    assert unpublished(store) == set()


def test_the_sweep_stops_when_time_is_up() -> None:
    store, bus = empty_store(), FakeBus()
    journaled(store, 200)
    published = sweep(store, bus, NOON, times(3))
    assert 0 < published < 200
    assert len(unpublished(store)) == 200 - published


def test_a_refused_event_does_not_delay_other_shards() -> None:
    store = empty_store()
    records = journaled(store, 40)
    first = min(records, key=lambda record: (record.unpublished_shard, record.event_id))
    with pytest.raises(EventsLeft):
        sweep(store, StubbornBus({first.event}), NOON, always)
    assert unpublished(store) == {first.event_id}


def test_a_sweep_while_the_bus_is_down_raises_and_keeps_all_events() -> None:
    store = empty_store()
    records = journaled(store, 40)
    bus = StubbornBus(down_at=0)
    with pytest.raises(BusDown):
        sweep(store, bus, NOON, always)
    assert unpublished(store) == ids(records)
    assert sweep(store, FakeBus(), NOON, always) == 40
