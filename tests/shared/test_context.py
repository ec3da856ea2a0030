"""What a use case journals."""

import json
import random
from datetime import timedelta

import pytest

from events.tracking import TaskCompleted
from shared.context import MAX_EVENT_BYTES, Context, EventTooLarge
from shared.ids import shard_of
from shared.records import JournalRecord
from shared.store import Insert
from tests.support.fakes import NOON, FakeClock, context

EVENT = TaskCompleted(task_id="task-1", title="Задача", assignee_id="ann")


def journaled(work: Context, **more: str) -> JournalRecord:
    action = work.record(EVENT, occurred_at=NOON - timedelta(hours=2), **more)
    assert isinstance(action, Insert)
    record = action.row
    assert isinstance(record, JournalRecord)
    return record


def test_a_record_holds_the_whole_envelope() -> None:
    work = Context(FakeClock(), random.Random(1), "request-1", causation_id="event-0")
    record = journaled(work, subject_id="task-1")
    assert json.loads(record.event) == {
        "event_id": record.event_id,
        "event_name": "Task.Completed",
        "event_version": 1,
        "occurred_at": "2026-11-22T10:00:00.000Z",
        "producer": "tracking",
        "correlation_id": "request-1",
        "causation_id": "event-0",
        "data": {"task_id": "task-1", "title": "Задача", "assignee_id": "ann"},
    }
    assert (record.event_name, record.event_version, record.producer) == ("Task.Completed", 1, "tracking")
    assert (record.subject_id, record.occurred_at) == ("task-1", "2026-11-22T10:00:00.000Z")


def test_a_record_lies_in_the_hour_of_its_event_and_is_unpublished() -> None:
    record = journaled(context())
    shard = shard_of(record.event_id, 8)
    assert record.bucket == f"2026-11-22T10#{shard:02d}"
    assert record.unpublished_shard == shard
    assert record.published_at is None


def test_records_are_spread_over_shards() -> None:
    work = context()
    assert {journaled(work).unpublished_shard for _ in range(200)} == set(range(8))


def test_an_id_is_new_unless_it_is_given() -> None:
    work = context()
    assert journaled(work).event_id != journaled(work).event_id
    record = journaled(work, event_id="event-9")
    assert (record.event_id, json.loads(record.event)["event_id"]) == ("event-9", "event-9")


def test_the_clock_is_read_each_time() -> None:
    clock = FakeClock()
    work = context(clock)
    first = work.new_id()
    clock.advance(seconds=1)
    assert work.now() == NOON + timedelta(seconds=1)
    assert work.new_id() > first


@pytest.mark.parametrize(("letter", "count"), [("x", MAX_EVENT_BYTES), ("я", MAX_EVENT_BYTES // 2)])
def test_an_event_that_the_bus_would_refuse_is_not_written(letter: str, count: int) -> None:
    """Bytes count, not characters."""
    event = EVENT.model_copy(update={"title": letter * count})
    with pytest.raises(EventTooLarge, match=r"Task\.Completed"):
        context().record(event, occurred_at=NOON)
    smaller = EVENT.model_copy(update={"title": letter * (count - 1000)})
    context().record(smaller, occurred_at=NOON)


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ud800"])
def test_characters_that_sqs_refuses_are_replaced_in_an_event(character: str) -> None:
    """Such titles were once accepted; events of these tasks must still arrive."""
    event = TaskCompleted.model_construct(task_id="task-1", title=f"a{character}b", assignee_id="ann")
    action = context().record(event, occurred_at=NOON)
    assert isinstance(action, Insert)
    assert json.loads(action.row.event)["data"]["title"] == "a\ufffdb"


def test_a_title_that_was_accepted_earlier_is_still_written() -> None:
    """Such titles were once accepted; JSON escapes them."""
    event = TaskCompleted(task_id="task-1", title="a\0b\u202ec\u200b", assignee_id="ann")
    action = context().record(event, occurred_at=NOON)
    assert isinstance(action, Insert)
    assert json.loads(action.row.event)["data"]["title"] == event.title


def test_the_context_of_a_message_has_the_clock_and_randomness_of_its_batch() -> None:
    batch = context()
    caused = batch.within("request-1", "event-0")
    assert (caused.correlation_id, caused.causation_id) == ("request-1", "event-0")
    assert (caused.clock, caused.randomness) == (batch.clock, batch.randomness)
