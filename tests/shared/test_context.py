"""What a use case journals."""

import random
from datetime import timedelta
from typing import Any

import pytest

from events.tracking import TaskCompleted
from shared.context import Context
from shared.journal import EventDocument, events_in
from shared.store import Insert
from tests.support.fakes import NOON, FakeClock, context

EVENT = TaskCompleted(task_id="task-1", title="Задача", assignee_id="ann")


def journaled(work: Context, *events: Any, **more: str) -> list[EventDocument]:
    found = []
    for action in work.record(*(events or (EVENT,)), occurred_at=NOON - timedelta(hours=2), **more):
        assert isinstance(action, Insert)
        found += events_in(action.row)
    return found


def test_a_record_holds_the_whole_envelope() -> None:
    work = Context(FakeClock(), random.Random(1), "request-1", causation_id="event-0")
    (action,) = work.record(EVENT, occurred_at=NOON - timedelta(hours=2), subject_id="task-1")
    record = action.row
    assert events_in(record) == [
        {
            "event_id": record.event_id,
            "event_name": "Task.Completed",
            "event_version": 1,
            "occurred_at": "2026-11-22T10:00:00.000Z",
            "producer": "tracking",
            "correlation_id": "request-1",
            "causation_id": "event-0",
            "data": {"task_id": "task-1", "title": "Задача", "assignee_id": "ann"},
        }
    ]
    assert (record.subject_id, record.published_at) == ("task-1", None)


def test_each_event_gets_a_new_id_in_the_order_of_the_events() -> None:
    work = context()
    events = [EVENT.model_copy(update={"title": str(number)}) for number in range(20)]
    found = journaled(work, *events)
    event_ids = [event["event_id"] for event in found]
    assert event_ids == sorted({*event_ids})
    assert [event["data"]["title"] for event in found] == [event.title for event in events]
    assert journaled(work)[0]["event_id"] not in event_ids


def test_the_clock_is_read_each_time() -> None:
    clock = FakeClock()
    work = context(clock)
    first = work.new_id()
    clock.advance(seconds=1)
    assert work.now() == NOON + timedelta(seconds=1)
    assert work.new_id() > first


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ud800"])
def test_characters_that_sqs_refuses_are_replaced_in_an_event(character: str) -> None:
    """Such titles were once accepted; events of these tasks must still arrive."""
    event = TaskCompleted.model_construct(task_id="task-1", title=f"a{character}b", assignee_id="ann")
    (found,) = journaled(context(), event)
    assert found["data"]["title"] == "a\ufffdb"


def test_a_title_that_was_accepted_earlier_is_still_written() -> None:
    """Such titles were once accepted; JSON escapes them."""
    event = TaskCompleted(task_id="task-1", title="a\0b\u202ec\u200b", assignee_id="ann")
    (found,) = journaled(context(), event)
    assert found["data"]["title"] == event.title


def test_the_context_of_a_message_has_the_clock_and_randomness_of_its_batch() -> None:
    batch = context()
    caused = batch.within("request-1", "event-0")
    assert (caused.correlation_id, caused.causation_id) == ("request-1", "event-0")
    assert (caused.clock, caused.randomness, caused.form) == (batch.clock, batch.randomness, batch.form)
