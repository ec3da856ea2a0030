"""From the journal to the bus: what was accepted has a receipt, and only that."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.bus import MAX_BYTES, BusDown, BusEntry, calls
from shared.clock import rfc3339
from shared.journal import MAX_SHARDS, SHARDS, JournalForm, events_in, text_of
from shared.memory_store import MemoryStore
from shared.outbox import (
    FIRST_PAUSE_SECONDS,
    MAX_TRIES,
    RECEIPTS_KEPT,
    SETTLE_AFTER,
    EventsLeft,
    journaled,
    mark_published,
    publish,
    sweep,
)
from shared.records import JOURNAL, RECEIPTS, JournalRecord, Receipt
from shared.store import Insert, Remove, Unavailable, changed
from tests.support.fakes import NOON, FakeBus
from tests.support.faults import with_each_fault
from tests.support.journals import (
    BY_EVENT,
    ONE_SHARD,
    SINCE,
    StubbornBus,
    at,
    both_forms,
    empty_store,
    ids,
    mark,
    pair,
    receipts,
    swept,
    taken,
    texts,
    unpublished,
    written,
)


def test_accepted_events_get_a_receipt() -> None:
    store, bus = empty_store(), FakeBus()
    records = written(store, 25)
    assert publish(journaled(records), bus, store, at()) == 25
    assert [(entry.producer, entry.event_name, entry.detail) for entry in bus.taken] == [
        ("tracking", "Task.Completed", text) for text in texts(records)
    ]
    assert unpublished(store) == set()
    assert store.rows(JournalRecord) == records
    assert {row.expires_at for row in receipts(store)} == {int((NOON + RECEIPTS_KEPT).timestamp())}


def test_accepted_events_are_marked() -> None:
    """In records of the first form; these need no receipt."""
    store, bus = empty_store(), FakeBus()
    records = written(store, 25, form=BY_EVENT)
    assert publish(journaled(records), bus, store, at()) == 25
    assert [(entry.producer, entry.event_name, entry.detail) for entry in bus.taken] == [
        ("tracking", "Task.Completed", record.event) for record in records
    ]
    assert (unpublished(store), receipts(store)) == (set(), [])
    assert {row.published_at for row in store.rows(JournalRecord)} == {"2026-11-22T12:00:00.000Z"}


def test_each_day_of_a_batch_has_one_receipt() -> None:
    store = empty_store()
    today, yesterday = written(store, 40), written(store, 40, age=timedelta(days=1), seed=2)
    publish(journaled([*yesterday, *today]), FakeBus(), store, at())
    found = {row.bucket[:10]: set(row.event_ids) for row in receipts(store)}
    assert len(receipts(store)) == 2
    assert found == {"2026-11-22": ids(today), "2026-11-21": ids(yesterday)}


def test_receipts_are_spread_over_partitions_that_every_sweep_reads() -> None:
    """However many shards the records have, as a deployment with more may be rolled back."""
    store, work = empty_store(), at()
    many = JournalForm(MAX_SHARDS)
    records = written(store, 60, form=many, apart=timedelta(milliseconds=1))
    for record in records:
        publish(journaled([record]), FakeBus(), store, work)
    assert len({row.bucket for row in receipts(store)}) == SHARDS
    for form in (ONE_SHARD, many):
        bus = FakeBus()
        assert sweep(store, bus, at(form=form), lambda: True, SINCE) == 0


def test_receipts_of_the_release_before_are_found() -> None:
    """One for each partition of the journal, in that partition."""
    store = empty_store()
    form = JournalForm(MAX_SHARDS)
    for record in written(store, 60, form=form):
        old = Receipt(record.bucket, record.event_id, sorted(ids([record])), 2**32)
        store.transact([Insert(old)])
    assert sweep(store, FakeBus(), at(form=form), lambda: True, SINCE) == 0


def test_a_second_receipt_of_a_day_does_not_replace_the_first() -> None:
    store, work = empty_store(), at()
    for records in (written(store, 40), written(store, 40, seed=2)):
        publish(journaled(records), FakeBus(), store, work)
    assert unpublished(store) == set()


def test_a_receipt_names_only_the_accepted_events_of_a_record() -> None:
    store = empty_store()
    record = pair(store)
    first, second = events_in(record)
    with pytest.raises(EventsLeft, match="1 events were refused"):
        publish(journaled([record]), StubbornBus({text_of(first)}), store, at())
    assert [row.event_ids for row in receipts(store)] == [[second["event_id"]]]
    bus = FakeBus()
    assert swept(store, bus) == 1
    assert taken(bus) == [text_of(first)]
    assert unpublished(store) == set()


def test_the_events_of_a_record_are_published_in_order() -> None:
    store, bus = empty_store(), FakeBus()
    publish(journaled([pair(store)]), bus, store, at())
    assert [entry.event_name for entry in bus.taken] == ["Task.Created", "Task.Assigned"]


def test_marking_changes_no_other_column() -> None:
    store = empty_store()
    (record,) = written(store, form=BY_EVENT)
    mark_published(store, [record], NOON)
    expected = changed(record, unpublished_shard=None, published_at="2026-11-22T12:00:00.000Z")
    assert store.rows(JournalRecord) == [expected]


@both_forms
def test_only_refused_events_are_retried(form: JournalForm) -> None:
    store, bus = empty_store(), FakeBus(refusals=[False, True, False, True, True])
    records = written(store, 5, form=form)
    assert publish(journaled(records), bus, store, at()) == 5
    assert taken(bus) == [texts(records)[n] for n in (0, 2, 1, 3, 4)]
    assert unpublished(store) == set()


@both_forms
def test_an_event_that_is_always_refused_stays_unpublished_and_raises(form: JournalForm) -> None:
    store = empty_store()
    records = written(store, 25, form=form)
    told = texts(records)
    bus = StubbornBus({told[3], told[14]})
    with pytest.raises(EventsLeft) as left:
        publish(journaled(records), bus, store, at())
    assert left.value.count == 2
    assert unpublished(store) == ids([records[3], records[14]])
    assert sum(call.count(told[3]) for call in bus.asked) == MAX_TRIES
    assert sum(call.count(told[4]) for call in bus.asked) == 1


def test_the_pauses_between_tries_grow() -> None:
    store, pauses = empty_store(), [0.0]
    store.wait = pauses.append
    records = written(store, 3)
    with pytest.raises(EventsLeft):
        publish(journaled(records), StubbornBus(set(texts(records))), store, at())
    limits = [FIRST_PAUSE_SECONDS * 2**attempt for attempt in range(MAX_TRIES)]
    assert len(pauses) == MAX_TRIES
    assert all(0 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True))


@both_forms
def test_when_the_bus_goes_down_only_the_accepted_events_are_marked(form: JournalForm) -> None:
    store = empty_store()
    records = written(store, 25, form=form)
    with pytest.raises(BusDown):
        publish(journaled(records), StubbornBus(down_at=1), store, at())
    assert unpublished(store) == ids(records[10:])


def test_an_event_missing_from_the_journal_is_skipped() -> None:
    store = empty_store()
    records = written(store, 5, form=BY_EVENT)
    gone = records[2]
    store.transact([Remove(JournalRecord, {"bucket": gone.bucket, "event_id": gone.event_id})])
    assert publish(journaled(records), FakeBus(), store, at()) == 5
    assert unpublished(store) == set()
    assert len(store.rows(JournalRecord)) == 4


def test_more_events_than_one_transaction_holds_are_marked() -> None:
    store = empty_store()
    mark_published(store, written(store, 230, form=BY_EVENT), NOON)
    assert unpublished(store) == set()


def test_without_events_the_bus_is_not_called() -> None:
    bus, store = StubbornBus(), empty_store()
    assert publish([], bus, store, at()) == 0
    assert (bus.asked, receipts(store)) == ([], [])


def test_each_write_fault_still_marks_every_event() -> None:
    def prepared() -> MemoryStore:
        store = empty_store()
        written(store, 3, form=BY_EVENT)
        return store

    def run(store: MemoryStore) -> None:
        records = sorted(store.rows(JournalRecord), key=lambda record: record.event_id)
        publish(journaled(records), FakeBus(), store, at())

    labels = [label for label, store in with_each_fault(prepared, run) if unpublished(store) == set()]
    assert len(labels) == 3


class Refusing(MemoryStore):
    """Its receipts can't be written."""

    def put_all(self, rows: Sequence[Any]) -> None:
        raise Unavailable("throttled")


def test_events_whose_receipt_cannot_be_written_are_published_again() -> None:
    store = empty_store()
    records = written(store, 3)
    throttled = Refusing([JOURNAL, RECEIPTS])
    throttled.__dict__.update(store.__dict__)
    bus = FakeBus()
    with pytest.raises(Unavailable):
        publish(journaled(records), bus, throttled, at())
    with pytest.raises(Unavailable):
        swept(throttled, bus)
    assert mark(store).settled_through <= rfc3339(NOON - SETTLE_AFTER)
    assert swept(store, bus) == 3
    assert unpublished(store) == set()


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
