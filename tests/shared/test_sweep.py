"""The sweep finds what the relay has not published; nothing is left without an error."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.bus import BusDown
from shared.clock import CLOCKS_DIFFER_BY, rfc3339
from shared.ids import instant_of
from shared.journal import MAX_SHARDS, USUAL_FORM, JournalForm
from shared.memory_store import MemoryStore
from shared.outbox import (
    LOOK_AFTER,
    RECEIPTS_PAGE,
    RECORDS_PAGE,
    SETTLE_AFTER,
    SWEEP_PAGE,
    WATERMARK,
    EventsLeft,
    journaled,
    mark_published,
    publish,
    sweep,
    watermark,
)
from shared.records import JOURNAL, RECEIPTS, JournalRecord, Receipt, UnpublishedEvent, Watermark
from shared.store import Put, Remove
from tests.support.fakes import NOON, FakeBus
from tests.support.faults import with_each_fault
from tests.support.journals import (
    BY_EVENT,
    OLD,
    ONE_SHARD,
    SINCE,
    Intruded,
    StubbornBus,
    always,
    at,
    both_forms,
    empty_store,
    ids,
    mark,
    receipts,
    set_mark,
    swept,
    taken,
    texts,
    times,
    unpublished,
    written,
)


@both_forms
def test_the_sweep_publishes_events_older_than_two_minutes(form: JournalForm) -> None:
    store, bus = empty_store(), FakeBus()
    old = written(store, 20, age=OLD, seed=1, form=form)
    young = written(store, 20, age=timedelta(minutes=2) - timedelta(milliseconds=1), seed=2, form=form)
    assert swept(store, bus) == 20
    assert sorted(taken(bus)) == sorted(texts(old))
    assert unpublished(store) == ids(young)


@both_forms
def test_the_sweep_skips_published_events(form: JournalForm) -> None:
    store, bus = empty_store(), FakeBus()
    records = written(store, 20, form=form)
    publish(journaled(records[:15]), FakeBus(), store, at())
    assert swept(store, bus) == 5
    assert set(taken(bus)) == set(texts(records[15:]))
    assert swept(store, bus) == 0


def test_the_sweep_skips_records_that_a_restore_wrote_as_published() -> None:
    store, bus = empty_store(), FakeBus()
    (published, waiting) = written(store, 2)
    store.transact([Put(replace(published, published_at=rfc3339(NOON)))])
    assert swept(store, bus) == 1
    assert taken(bus) == texts([waiting])


def test_the_watermark_tells_how_far_both_looks_came() -> None:
    store = empty_store()
    swept(store)
    assert mark(store) == Watermark(
        **WATERMARK,
        settled_through=rfc3339(NOON - SETTLE_AFTER),
        looked_through=rfc3339(NOON - LOOK_AFTER),
        shards=8,
    )


def test_a_record_committed_after_the_first_look_is_found_by_the_second() -> None:
    """Its id was drawn before; a transaction may be sent for ten minutes and take effect later."""
    store, bus = empty_store(), FakeBus()
    swept(store, bus)
    (late,) = written(store, age=timedelta(minutes=5))
    assert swept(store, bus, NOON + timedelta(minutes=1)) == 0
    just_before = instant_of(late.event_id) + SETTLE_AFTER - timedelta(milliseconds=1)
    assert swept(store, bus, just_before) == 0
    assert mark(store).settled_through < rfc3339(instant_of(late.event_id))
    assert swept(store, bus, instant_of(late.event_id) + SETTLE_AFTER) == 1
    assert taken(bus) == texts([late])
    assert unpublished(store) == set()


def test_a_second_look_publishes_nothing_twice() -> None:
    store, bus = empty_store(), FakeBus()
    written(store, 20, age=timedelta(minutes=5))
    for minutes in range(30):
        swept(store, bus, NOON + timedelta(minutes=minutes))
    assert len(bus.taken) == 20


def test_a_record_is_looked_at_only_twice() -> None:
    """Then the watermark has passed it, and nobody reads it again."""
    store = empty_store()
    written(store, age=timedelta(minutes=5))
    swept(store)
    swept(store, now=NOON + SETTLE_AFTER)
    for row in receipts(store):
        store.transact([Remove(Receipt, {"bucket": row.bucket, "receipt_id": row.receipt_id})])
    assert swept(store, now=NOON + timedelta(hours=1)) == 0


def refused_first(store: MemoryStore) -> tuple[JournalRecord, set[str]]:
    """A record to refuse, of yesterday; others of the same hour and of today."""
    yesterday = written(store, 40, age=timedelta(days=1), apart=timedelta(milliseconds=1))
    today = written(store, 40, age=timedelta(hours=1), seed=2)
    return yesterday[20], ids([*yesterday, *today])


def test_the_watermark_never_passes_a_refused_event_and_others_go_on() -> None:
    store = empty_store()
    refused, everything = refused_first(store)
    with pytest.raises(EventsLeft):
        swept(store, StubbornBus(set(texts([refused]))))
    assert unpublished(store) == ids([refused]) < everything
    assert max(mark(store).looked_through, mark(store).settled_through) < rfc3339(
        instant_of(refused.event_id)
    )
    bus = FakeBus()
    assert swept(store, bus) == 1
    assert taken(bus) == texts([refused])
    assert mark(store).settled_through == rfc3339(NOON - SETTLE_AFTER)


def test_an_event_refused_at_the_first_look_keeps_only_that_look_back() -> None:
    store = empty_store()
    (refused,) = written(store)
    with pytest.raises(EventsLeft):
        swept(store, StubbornBus(set(texts([refused]))))
    assert mark(store).settled_through == rfc3339(NOON - SETTLE_AFTER)
    assert mark(store).looked_through < rfc3339(instant_of(refused.event_id))


def test_a_partition_of_several_pages_is_swept_whole() -> None:
    store, bus = empty_store(), FakeBus()
    count = 2 * RECORDS_PAGE + 100
    age = timedelta(hours=1)
    records = written(store, count, age=age, form=ONE_SHARD, apart=timedelta(milliseconds=1))
    assert {record.bucket for record in records} == {"2026-11-22#00"}
    assert swept(store, bus) == len(bus.taken) == count
    assert unpublished(store) == set()
    assert mark(store).settled_through == rfc3339(NOON - SETTLE_AFTER)


def test_pages_end_between_records_of_the_same_millisecond() -> None:
    store, bus = empty_store(), FakeBus()
    age = timedelta(hours=1)
    for number in range(5):
        written(
            store,
            RECORDS_PAGE // 2 - 50,
            age=age - number * timedelta(milliseconds=1),
            form=ONE_SHARD,
            seed=number,
        )
    count = 5 * (RECORDS_PAGE // 2 - 50)
    assert swept(store, bus) == len(bus.taken) == count
    assert unpublished(store) == set()


def test_a_partition_with_several_pages_of_receipts_is_compared_with_all() -> None:
    store, bus, work = empty_store(), FakeBus(), at()
    records = written(
        store, RECEIPTS_PAGE + 20, form=ONE_SHARD, apart=timedelta(milliseconds=1), age=timedelta(hours=1)
    )
    for record in records:
        publish(journaled([record]), bus, store, work)
    assert len(receipts(store)) == len(records)
    assert swept(store) == 0


def test_days_without_events_are_passed() -> None:
    store, bus = empty_store(), FakeBus()
    (old,) = written(store, age=timedelta(days=200))
    assert swept(store, bus, since=NOON - timedelta(days=300)) == 1
    assert taken(bus) == texts([old])
    assert mark(store).settled_through == rfc3339(NOON - SETTLE_AFTER)


def test_a_lost_watermark_begins_again_and_publishes_nothing_that_has_a_receipt() -> None:
    store, bus = empty_store(), FakeBus()
    written(store, 20, age=timedelta(days=2))
    swept(store, bus)
    (missed,) = written(store, age=timedelta(days=2), seed=2)
    store.transact([Remove(Watermark, dict(WATERMARK))])
    assert swept(store, bus) == 1
    assert taken(bus)[20:] == texts([missed])
    assert mark(store).settled_through == rfc3339(NOON - SETTLE_AFTER)


def test_lost_receipts_publish_again_what_the_watermark_has_not_passed() -> None:
    store = empty_store()
    written(store, 20, age=timedelta(minutes=21))
    young = written(store, 20, age=timedelta(minutes=19), seed=2)
    swept(store)
    for row in receipts(store):
        store.transact([Remove(Receipt, {"bucket": row.bucket, "receipt_id": row.receipt_id})])
    bus = FakeBus()
    assert swept(store, bus, NOON + timedelta(minutes=1)) == 20
    assert sorted(taken(bus)) == sorted(texts(young))


def test_two_sweeps_at_once_lose_nothing_and_keep_the_later_watermark() -> None:
    store, other = empty_store(), FakeBus()
    records = written(store, 20)
    later = NOON + timedelta(minutes=1)
    bus = Intruded(lambda: swept(store, other, later))
    assert swept(store, bus) == len(bus.taken) == 20
    assert sorted(taken(other)) == sorted(texts(records))
    assert mark(store).looked_through == rfc3339(later - LOOK_AFTER)
    assert swept(store, now=later) == 0


def test_a_watermark_that_a_restore_wrote_meanwhile_stays() -> None:
    store = empty_store()
    set_mark(store, SINCE)
    written(store, 3)
    restored_to = NOON - timedelta(days=1)
    assert swept(store, Intruded(lambda: set_mark(store, restored_to))) == 3
    assert mark(store) == watermark(restored_to)


def test_a_sweep_without_time_compares_nothing() -> None:
    store, bus = empty_store(), FakeBus()
    set_mark(store, SINCE)
    written(store, 3)
    assert swept(store, bus, has_time=times(0)) == 0
    assert (bus.taken, mark(store)) == ([], watermark(SINCE))


def test_a_sweep_whose_time_is_up_is_continued_by_the_next() -> None:
    """Of three days it has compared one; the index of the first form takes a look at each shard."""
    store, bus = empty_store(), FakeBus()
    set_mark(store, NOON - timedelta(days=2))
    days = [written(store, 5, age=timedelta(days=n, minutes=-1), seed=n) for n in (2, 1)]
    assert swept(store, bus, has_time=times(9)) == 5
    assert sorted(taken(bus)) == sorted(texts(days[0]))
    assert mark(store).settled_through == mark(store).looked_through == "2026-11-20T23:59:59.999Z"
    assert swept(store, bus) == 5
    assert unpublished(store) == set()


@pytest.mark.parametrize(("before", "after"), [(2, 32), (32, 2)], ids=["raised", "lowered"])
def test_another_number_of_shards_loses_no_record(before: int, after: int) -> None:
    """Whichever of the functions has the new number first."""
    store, bus = empty_store(), FakeBus()
    forms = JournalForm(shards=before), JournalForm(shards=after)
    records = written(store, 100, age=timedelta(minutes=10), form=forms[0])
    sweep(store, bus, at(seed=97, form=forms[0]), always, SINCE)
    records += written(store, 100, age=timedelta(minutes=9), seed=2, form=forms[0])
    records += written(store, 100, age=timedelta(minutes=9), seed=3, form=forms[1])
    sweep(store, bus, at(NOON + timedelta(minutes=30), 98, forms[1]), always, SINCE)
    assert unpublished(store) == set()
    assert sorted(taken(bus)) == sorted(texts(records))
    assert mark(store).shards == 32


def test_shards_of_a_release_that_was_rolled_back_before_any_sweep_are_found_at_the_days_end() -> None:
    """Its sweep never ran, so the watermark doesn't know how many there were."""
    store, bus = empty_store(), FakeBus()
    known = JournalForm(shards=2)
    store.transact([Put(watermark(NOON - SETTLE_AFTER, shards=2))])
    records = written(store, 50, age=timedelta(minutes=10), form=JournalForm(shards=MAX_SHARDS))
    for hours in (1, 11, 13):
        sweep(store, bus, at(NOON + timedelta(hours=hours), 90 + hours, known), always, SINCE)
    assert sorted(taken(bus)) == sorted(texts(records))
    assert mark(store).shards == 1 + max(int(record.bucket[-2:]) for record in records)


def test_a_refused_event_in_such_a_shard_holds_the_watermark_back() -> None:
    store = empty_store()
    known = JournalForm(shards=2)
    store.transact([Put(watermark(NOON - SETTLE_AFTER, shards=2))])
    records = written(store, 50, age=timedelta(minutes=10), form=JournalForm(shards=MAX_SHARDS))
    refused = max(records, key=lambda record: record.bucket)
    tomorrow = NOON + timedelta(hours=13)
    for bus in (StubbornBus(set(texts([refused]))), StubbornBus(down_at=0)):
        with pytest.raises((EventsLeft, BusDown)):
            sweep(store, bus, at(tomorrow, 91, known), always, SINCE)
        assert mark(store).settled_through < rfc3339(NOON)
    sweep(store, FakeBus(), at(tomorrow, 92, known), always, SINCE)
    assert unpublished(store) == set()
    assert mark(store).settled_through == rfc3339(tomorrow - SETTLE_AFTER)


def test_a_raised_number_of_shards_is_looked_for_since_the_days_begin() -> None:
    """While a deployment takes hours, its writers may be ahead of its sweep."""
    store, bus = empty_store(), FakeBus()
    before, after = JournalForm(shards=2), JournalForm(shards=MAX_SHARDS)
    store.transact([Put(watermark(NOON - timedelta(hours=4), shards=2))])
    records = written(store, 50, age=timedelta(hours=3), form=after)
    sweep(store, bus, at(seed=90, form=before), always, SINCE)
    assert len(bus.taken) < len(records)
    sweep(store, bus, at(NOON + timedelta(minutes=1), 91, after), always, SINCE)
    assert sorted(taken(bus)) == sorted(texts(records))


@pytest.mark.parametrize(("slower", "again"), [(CLOCKS_DIFFER_BY, 0), (2 * CLOCKS_DIFFER_BY, 1)])
def test_a_receipt_of_a_slow_clock_is_found(slower: timedelta, again: int) -> None:
    """Up to a minute; with a slower one the event is published a second time, which does no harm."""
    store = empty_store()
    looked_through = NOON - timedelta(minutes=10)
    set_mark(store, looked_through)
    records = written(store, age=timedelta(minutes=10) - timedelta(milliseconds=1))
    publish(journaled(records), FakeBus(), store, at(looked_through + timedelta(milliseconds=1) - slower))
    assert swept(store) == again


@pytest.mark.parametrize("later_form", [USUAL_FORM, BY_EVENT], ids=["migrated", "rolled-back"])
def test_records_of_both_forms_are_swept_from_one_journal(later_form: JournalForm) -> None:
    """After a migration of the writers, or after a rollback of them."""
    store, bus = empty_store(), FakeBus()
    forms = (BY_EVENT, USUAL_FORM) if later_form == USUAL_FORM else (USUAL_FORM, BY_EVENT)
    records = [
        record
        for number, form in enumerate((*forms, *forms))
        for record in written(store, 20, age=timedelta(minutes=30 - number), seed=number, form=form)
    ]
    publish(journaled(records[::2]), FakeBus(), store, at())
    assert swept(store, bus) == 40
    assert sorted(taken(bus)) == sorted(texts(records[1::2]))
    assert unpublished(store) == set()


def test_each_write_fault_of_a_sweep_still_publishes_every_event() -> None:
    def prepared() -> MemoryStore:
        store = empty_store()
        written(store, 5)
        written(store, 5, seed=2, form=BY_EVENT)
        return store

    def run(store: MemoryStore) -> None:
        swept(store)

    labels = []
    for label, store in with_each_fault(prepared, run):
        labels.append(label)
        assert unpublished(store) == set(), label
        assert mark(store).looked_through == rfc3339(NOON - LOOK_AFTER), label
    assert len(labels) >= 6


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
    store = LaggingIndex([JOURNAL, RECEIPTS])
    written(store, 20, form=BY_EVENT)
    bus = FakeBus()
    assert swept(store, bus) == 0
    assert bus.taken == []


def test_the_sweep_publishes_page_by_page() -> None:
    store, bus = empty_store(), FakeBus()
    written(store, 8 * SWEEP_PAGE + 200, form=BY_EVENT)
    assert swept(store, bus) == 8 * SWEEP_PAGE + 200
    assert unpublished(store) == set()


def test_the_sweep_stops_when_time_is_up() -> None:
    store, bus = empty_store(), FakeBus()
    written(store, 200, form=BY_EVENT)
    published = swept(store, bus, has_time=times(3))
    assert 0 < published < 200
    assert len(unpublished(store)) == 200 - published


@both_forms
def test_a_refused_event_does_not_delay_other_shards(form: JournalForm) -> None:
    store = empty_store()
    records = written(store, 40, form=form)
    first = min(records, key=lambda record: (record.bucket[-2:], record.event_id))
    with pytest.raises(EventsLeft):
        swept(store, StubbornBus(set(texts([first]))))
    assert unpublished(store) == ids([first])


@both_forms
def test_a_sweep_while_the_bus_is_down_raises_and_keeps_all_events(form: JournalForm) -> None:
    store = empty_store()
    records = written(store, 40, form=form)
    bus = StubbornBus(down_at=0)
    with pytest.raises(BusDown):
        swept(store, bus)
    assert unpublished(store) == ids(records)
    assert swept(store) == 40


def test_while_the_bus_is_down_the_watermark_stays() -> None:
    store = empty_store()
    set_mark(store, SINCE)
    written(store, 4, age=timedelta(hours=1))
    with pytest.raises(BusDown):
        swept(store, StubbornBus(down_at=0))
    assert mark(store) == watermark(SINCE)
