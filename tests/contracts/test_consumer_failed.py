"""The event that shared/queue.py writes matches the contract in events/consumers.py."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from events.consumers import ConsumerFailed
from events.envelope import read_envelope
from shared.queue import GivenUp, failure_entry

FIRST = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LAST = datetime(2026, 11, 22, 12, 5, 1, 250_000, tzinfo=UTC)


def failure_event_of(body: Any, reason: str = "ValueError: no") -> tuple[Any, ConsumerFailed]:
    record = {"messageId": "message-1", "body": body if isinstance(body, str) else json.dumps(body)}
    entry = failure_entry("accounting.on_task_event", record, GivenUp(reason, FIRST, LAST))
    assert (entry.producer, entry.event_name) == ("consumers", "Consumer.Failed")
    envelope, event = read_envelope(json.loads(entry.detail))
    assert isinstance(event, ConsumerFailed)
    return envelope, event


def test_it_names_event_consumer_times_and_reason() -> None:
    detail = {"event_id": "event-1", "event_name": "Task.Completed", "correlation_id": "request-1"}
    envelope, event = failure_event_of({"detail": detail})
    assert event == ConsumerFailed(
        consumer="accounting.on_task_event",
        message_id="message-1",
        event_id="event-1",
        failed_event_name="Task.Completed",
        reason="ValueError: no",
        first_failed_at=FIRST,
        last_failed_at=LAST,
    )
    assert (envelope.correlation_id, envelope.causation_id) == ("request-1", "event-1")
    assert envelope.occurred_at == LAST


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[" * 100_000,
        [],
        {"detail": None},
        {"detail": []},
        {"detail": {"event_id": 7, "event_name": None, "correlation_id": ""}},
        {"detail": {"event_id": "x" * 129, "event_name": "y" * 999, "correlation_id": "z" * 129}},
        {"detail": {"event_id": "\ud800", "event_name": "\ud800", "correlation_id": "\ud800"}},
        {"job": {"task_ids": []}, "correlation_id": "request-1"},
    ],
    ids=["empty", "no JSON", "deep", "list", "null", "no object", "no texts", "long", "surrogates", "job"],
)
def test_a_message_that_is_not_an_event_has_its_own_id(body: Any) -> None:
    envelope, event = failure_event_of(body)
    assert (event.event_id, event.failed_event_name) == (None, None)
    assert (envelope.correlation_id, envelope.causation_id) == ("message-1", None)
