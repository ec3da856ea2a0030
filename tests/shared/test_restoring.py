"""Which events of a restored journal count as published, and where the sweep begins after a restore."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from events.tracking import TaskAssigned, TaskCreated
from shared.clock import rfc3339
from shared.ids import instant_of
from shared.journal import (
    MAX_SHARDS,
    SHARDS,
    USUAL_FORM,
    EventDocument,
    JournalForm,
    events_in,
    shard_in,
    written_at,
)
from shared.outbox import MILLISECOND, SETTLE_AFTER, sweep, watermark
from shared.records import JOURNAL, RECEIPTS, JournalRecord, Receipt, Watermark
from shared.restoring import documents, watermark_of, with_published
from shared.store import Put
from tests.support.fakes import NOON, FakeBus, FakeClock, context, memory_store

BY_EVENT = JournalForm(per_event=True)
both_forms = pytest.mark.parametrize("form", [USUAL_FORM, BY_EVENT], ids=["usual", "first"])


def written(
    age: timedelta = timedelta(hours=1), seed: int = 1, form: JournalForm = USUAL_FORM
) -> list[JournalRecord]:
    """The creation and the assignment of a task."""
    work = replace(context(FakeClock(NOON - age), seed), form=form)
    created = TaskCreated(task_id="task-1", title="Feed", version=1)
    assigned = TaskAssigned(task_id="task-1", title="Feed", version=1, assignee_id="ann")
    inserts = work.record(created, assigned, occurred_at=NOON - age, subject_id="task-1")
    return [insert.row for insert in inserts]


def receipt(event: EventDocument) -> Receipt:
    return Receipt("b", event["event_id"], [event["event_id"]], 2**32)


def waiting(records: list[JournalRecord]) -> list[str]:
    """The names of events that are still to be published."""
    left = [record for record in records if record.published_at is None]
    return [event["event_name"] for event in documents(left)]


def test_a_record_is_published_if_all_of_its_events_are_known_to_be() -> None:
    (record,) = written()
    first, second = events_in(record)
    copy: dict[type[Any], list[Any]] = {JournalRecord: [record]}
    both = ["Task.Created", "Task.Assigned"]
    assert waiting(with_published(copy, [], "task_id")) == both
    assert waiting(with_published(copy, [first], "task_id")) == both
    assert waiting(with_published({**copy, Receipt: [receipt(second)]}, [], "task_id")) == both
    assert waiting(with_published(copy, [second, first], "task_id")) == []
    assert waiting(with_published({**copy, Receipt: [receipt(second)]}, [first], "task_id")) == []
    assert waiting(with_published({**copy, Receipt: [receipt(first), receipt(second)]}, [], "task_id")) == []
    (restored,) = with_published(copy, [first, second], "task_id")
    assert restored == replace(record, published_at=first["occurred_at"])


def test_events_of_the_first_form_are_published_one_by_one() -> None:
    records = written(form=BY_EVENT)
    first, second = documents(records)
    found = with_published({JournalRecord: records}, [second], "task_id")
    assert waiting(found) == ["Task.Created"]
    assert [record.unpublished_shard is None for record in found] == [False, True]
    settled = watermark(NOON)
    assert waiting(with_published({JournalRecord: records, Watermark: [settled]}, [second], "task_id")) == [
        first["event_name"]
    ]


def test_a_record_that_the_watermark_has_passed_is_published() -> None:
    (record,) = written()
    at = instant_of(record.event_id)
    for instant, left in ((at, 0), (at - timedelta(milliseconds=1), 2)):
        rows: dict[type[Any], list[Any]] = {JournalRecord: [record], Watermark: [watermark(instant)]}
        assert len(waiting(with_published(rows, [], "task_id"))) == left


def test_a_watermark_has_not_passed_shards_that_it_does_not_know_until_their_day_has_ended() -> None:
    """A release with more shards wrote the record, and no sweep of it has run."""
    form = JournalForm(shards=MAX_SHARDS)
    record = next(
        each for seed in count(1) for each in written(seed=seed, form=form) if shard_in(each.bucket) >= SHARDS
    )
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    for instant, shards, left in (
        (NOON, SHARDS, 2),
        (NOON, MAX_SHARDS, 0),
        (midnight - MILLISECOND, SHARDS, 2),
        (midnight, SHARDS, 0),
    ):
        rows: dict[type[Any], list[Any]] = {
            JournalRecord: [record],
            Watermark: [watermark(instant, shards)],
        }
        assert len(waiting(with_published(rows, [], "task_id"))) == left


def test_a_restored_record_that_only_was_looked_at_is_not_published() -> None:
    (record,) = written()
    mark = replace(watermark(NOON - timedelta(hours=2)), looked_through=rfc3339(NOON))
    rows: dict[type[Any], list[Any]] = {JournalRecord: [record], Watermark: [mark]}
    assert len(waiting(with_published(rows, [], "task_id"))) == 2


@both_forms
def test_an_event_that_differs_from_the_published_one_is_put_right_in_its_record(form: JournalForm) -> None:
    """The other event of the record, the key and the form stay."""
    records = written(form=form)
    created, assigned = documents(records)
    wrong = {**assigned, "data": assigned["data"] | {"assignee_id": "bob"}}
    spoiled = with_published({JournalRecord: records}, [wrong], "task_id")
    assert documents(spoiled) == [created, wrong]
    found = with_published({JournalRecord: spoiled}, [assigned], "task_id")
    assert documents(found) == [created, assigned]
    assert [replace(record, published_at=None, unpublished_shard=None) for record in found] == [
        replace(record, unpublished_shard=None) for record in records
    ]


def test_an_archived_event_without_a_record_gets_one_that_is_published() -> None:
    (record,) = written()
    first, second = events_in(record)
    found = with_published({JournalRecord: []}, [second, first, second], "task_id")
    assert sorted(each.event_id for each in found) == [first["event_id"], second["event_id"]]
    assert waiting(found) == []
    assert documents(found) == [first, second]
    assert {each.subject_id for each in found} == {"task-1"}
    assert [each.subject_id for each in with_published({JournalRecord: []}, [first], None)] == [None]


def test_the_watermark_after_a_restore_is_before_the_first_unpublished_record() -> None:
    (old,), (young,) = written(timedelta(hours=5)), written(timedelta(hours=1), 2)
    done = replace(old, published_at="then")
    for records, first in (([young, old], old), ([young, done], young)):
        mark = watermark_of({JournalRecord: records}, NOON)
        assert mark.settled_through == mark.looked_through < written_at(first)
        assert mark == watermark(instant_of(first.event_id) - timedelta(milliseconds=1))


def test_the_watermark_after_a_restore_lets_a_sweep_look_at_the_last_minutes_again() -> None:
    """A transaction from before the pause may take effect late; the first form has an index."""
    (done,) = [replace(record, published_at="then") for record in written(timedelta(seconds=1))]
    for records in ([], [done], written(timedelta(days=1), form=BY_EVENT)):
        assert watermark_of({JournalRecord: records}, NOON) == watermark(NOON - SETTLE_AFTER)


def test_a_restored_watermark_keeps_the_number_of_shards() -> None:
    rows: dict[type[Any], list[Any]] = {JournalRecord: [], Watermark: [watermark(NOON, 32)]}
    assert watermark_of(rows, NOON).shards == 32


def test_after_a_restore_the_sweep_publishes_what_was_not_published() -> None:
    """Of both forms, from the restored rows alone."""
    records = [
        *written(timedelta(days=2)),
        *written(timedelta(days=1), 2),
        *written(timedelta(hours=3), 3, BY_EVENT),
    ]
    first, second, third, fourth, fifth, sixth = documents(records)
    kept = receipt(third)
    rows: dict[type[Any], list[Any]] = {
        JournalRecord: records,
        Receipt: [replace(kept, bucket=records[1].bucket)],
    }
    journal = with_published(rows, [first, second, fifth], "task_id")
    store, bus = memory_store([JOURNAL, RECEIPTS]), FakeBus()
    mark = watermark_of({**rows, JournalRecord: journal}, NOON)
    store.transact([Put(row) for row in (*journal, *rows[Receipt], mark)])
    assert sweep(store, bus, context(seed=9), lambda: True, NOON) == 2
    told = sorted(entry.detail for entry in bus.taken)
    assert [fourth["event_id"] in text or sixth["event_id"] in text for text in told] == [True, True]
