"""The queue side of consumers: failed messages are retried or become dead letters."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from events.consumers import ConsumerFailed
from events.envelope import Event, read_envelope
from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from shared.clients import client
from shared.context import Context
from shared.messages import Failed, Received, distinct
from shared.queue import MAX_REASON, consumer, read_event, read_job
from shared.settings import settings
from shared.spec import Events, UseCase
from tests.support.fakes import NOON, FakeClock, envelope_of, received
from tests.support.invocations import bus_message, sqs_message

SPEC = UseCase("accounting", "on_task_event", "", Events((TaskCreated, TaskAssigned, TaskCompleted)))
ENVIRONMENT = {
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "accounting",
    "ATES_USE_CASE": "on_task_event",
    "TABLE_PREFIX": "ates-dev-accounting-",
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "UTC",
    "DEAD_LETTER_QUEUE_URL": "https://queues.example/dlq",
    "MAX_RECEIVES": "3",
}


@dataclass
class FakeAws:
    """The two calls that a consumer makes by itself."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    queue_error: Exception | None = None
    bus_error: Exception | None = None
    refused: bool = False

    def send_message(self, **call: Any) -> None:
        if self.queue_error:
            raise self.queue_error
        self.sent.append(call)

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.bus_error:
            raise self.bus_error
        self.published += Entries
        return {"Entries": [{"ErrorCode": "InternalFailure"} if self.refused else {"EventId": "1"}]}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    fake = FakeAws()
    monkeypatch.setattr("shared.queue.client", lambda _name: fake)
    monkeypatch.setattr("shared.bus.client", lambda _name: fake)
    return fake


def record(number: int, document: Any = None, receives: int = 1) -> dict[str, Any]:
    """A message as a rule and SQS deliver it."""
    event = TaskCompleted(task_id=f"task-{number}", title="Feed", assignee_id="ann")
    detail = envelope_of(event, event_id=f"event-{number}") if document is None else document
    sent = (sqs_message if isinstance(detail, str) else bus_message)(detail, number, receives)
    sent["attributes"] |= {
        "SentTimestamp": "1795348700000",
        "ApproximateFirstReceiveTimestamp": "1795348740000",
    }
    return sent


@dataclass
class Handle:
    """Records its batches; raises or returns the errors given by event_id."""

    raises: dict[str, Exception] = field(default_factory=dict)
    answers: dict[str, Exception] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)

    def __call__(self, messages: Sequence[Received[Event]], context: Context) -> Failed:
        self.batches.append([message.event_id for message in messages])
        for message in messages:
            if message.event_id in self.raises:
                raise self.raises[message.event_id]
        return {m.message_id: self.answers[m.event_id] for m in messages if m.event_id in self.answers}


def run(handle: Handle, *records: dict[str, Any]) -> list[str]:
    """Return the messages left in the queue."""
    handler = consumer(SPEC, read_event(read_envelope), handle, FakeClock())
    return [each["itemIdentifier"] for each in handler({"Records": list(records)}, None)["batchItemFailures"]]


def test_a_successful_batch_is_acknowledged(aws: FakeAws) -> None:
    handle = Handle()
    assert run(handle, record(1), record(2)) == []
    assert handle.batches == [["event-1", "event-2"]]
    assert (aws.sent, aws.published) == ([], [])


def test_the_handler_gets_each_message_with_its_envelope(aws: FakeAws) -> None:
    seen: list[tuple[Received[Event], Context]] = []

    def handle(messages: Sequence[Received[Event]], context: Context) -> Failed:
        seen.extend((message, context) for message in messages)
        return {}

    consumer(SPEC, read_event(read_envelope), handle, FakeClock())({"Records": [record(1)]}, None)
    ((message, context),) = seen
    assert (context.now(), context.correlation_id, context.causation_id) == (NOON, "test-correlation", None)
    assert isinstance(context.randomness, random.SystemRandom)
    assert (message.message_id, message.event_id) == ("message-1", "event-1")
    assert (message.occurred_at, message.correlation_id) == (NOON, "test-correlation")
    assert message.payload == TaskCompleted(task_id="task-1", title="Feed", assignee_id="ann")


def test_only_failed_messages_stay_in_the_queue(aws: FakeAws) -> None:
    handle = Handle(answers={"event-2": OSError("no")})
    assert run(handle, record(1), record(2), record(3)) == ["message-2"]
    assert aws.sent == []


def test_a_batch_that_raised_is_handled_one_by_one(aws: FakeAws) -> None:
    handle = Handle(raises={"event-2": OSError("no")})
    assert run(handle, record(1), record(2), record(3)) == ["message-2"]
    assert handle.batches == [["event-1", "event-2", "event-3"], ["event-1"], ["event-2"], ["event-3"]]


def test_a_single_message_that_raised_is_not_retried_at_once(aws: FakeAws) -> None:
    handle = Handle(raises={"event-1": OSError("no")})
    assert run(handle, record(1)) == ["message-1"]
    assert handle.batches == [["event-1"]]


BROKEN = [
    record(9, {**envelope_of(TaskCreated(task_id="t", title="x")), "event_version": 99}),
    record(9, {"event_id": "event-9"}),
    record(9, "not JSON"),
    record(9, "[]"),
    record(9, '{"detail": null}'),
    record(9, "[" * 100_000),
    record(
        9, {**envelope_of(TaskCreated(task_id="t", title="x")), "occurred_at": "0001-01-01T00:00:00+14:00"}
    ),
]


@pytest.mark.parametrize(
    "broken", BROKEN, ids=["v99", "cut", "no JSON", "no object", "null", "deep", "far off"]
)
def test_an_unreadable_message_becomes_a_dead_letter_and_delays_no_other(
    aws: FakeAws, broken: dict[str, Any]
) -> None:
    handle = Handle()
    assert run(handle, record(1), broken, record(2)) == []
    assert handle.batches == [["event-1", "event-2"]]
    (letter,) = aws.sent
    assert letter["MessageBody"] == broken["body"]


def test_a_dead_letter_has_its_consumer_reason_and_failure_times(aws: FakeAws) -> None:
    run(Handle(), BROKEN[0])
    (letter,) = aws.sent
    assert letter["QueueUrl"] == "https://queues.example/dlq"
    assert {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()} == {
        "consumer": "accounting.on_task_event",
        "reason": "UnreadableEvent: no contract for Task.Created v99",
        "first_failed_at": "2026-11-22T11:59:00.000Z",
        "last_failed_at": "2026-11-22T12:00:00.000Z",
    }
    assert {each["DataType"] for each in letter["MessageAttributes"].values()} == {"String"}


def test_the_handler_is_not_called_without_readable_messages(aws: FakeAws) -> None:
    handle = Handle()
    assert run(handle, BROKEN[0]) == []
    assert handle.batches == []


@pytest.mark.parametrize(("receives", "given_up"), [(1, False), (2, False), (3, True), (4, True)])
def test_a_failed_message_becomes_a_dead_letter_on_its_last_receive(
    aws: FakeAws, receives: int, given_up: bool
) -> None:
    handle = Handle(answers={"event-1": OSError("the tables are unreachable")})
    assert run(handle, record(1, receives=receives)) == ([] if given_up else ["message-1"])
    assert len(aws.sent) == len(aws.published) == int(given_up)


def test_consumer_failed_is_published(aws: FakeAws) -> None:
    run(Handle(answers={"event-1": OSError("the tables are unreachable")}), record(1, receives=3))
    (entry,) = aws.published
    assert (entry["EventBusName"], entry["Source"]) == ("ates-dev", "ates.consumers")
    assert entry["DetailType"] == "Consumer.Failed"
    envelope, event = read_envelope(json.loads(entry["Detail"]))
    assert (envelope.causation_id, envelope.correlation_id) == ("event-1", "test-correlation")
    assert event == ConsumerFailed(
        consumer="accounting.on_task_event",
        message_id="message-1",
        event_id="event-1",
        failed_event_name="Task.Completed",
        reason="OSError: the tables are unreachable",
        first_failed_at=datetime(2026, 11, 22, 11, 59, tzinfo=UTC),
        last_failed_at=NOON,
    )


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutEvents")


@pytest.mark.parametrize("error", [THROTTLED, EndpointConnectionError(endpoint_url="https://sqs")])
def test_a_message_stays_while_the_dead_letter_queue_is_unreachable(aws: FakeAws, error: Exception) -> None:
    aws.queue_error = error
    assert run(Handle(), record(1), BROKEN[0]) == ["message-9"]
    assert aws.published == []


@pytest.mark.parametrize("error", [THROTTLED, None])
def test_a_message_becomes_a_dead_letter_even_if_the_bus_is_down(
    aws: FakeAws, error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    aws.bus_error, aws.refused = error, error is None
    assert run(Handle(), BROKEN[0]) == []
    assert len(aws.sent) == 1
    assert "Consumer.Failed was not published" in caplog.text


def reason_of(aws: FakeAws, text: str) -> str:
    run(Handle(answers={"event-1": OSError(text)}), record(1, receives=3))
    reason: str = aws.sent[-1]["MessageAttributes"]["reason"]["StringValue"]
    _, event = read_envelope(json.loads(aws.published[-1]["Detail"]))
    assert isinstance(event, ConsumerFailed)
    assert event.reason == reason
    return reason


def test_a_reason_fits_into_an_attribute_and_an_event(aws: FakeAws) -> None:
    assert reason_of(aws, "a\nb\x00c\u2028d") == "OSError: a b c d"
    assert len(reason_of(aws, "x" * 9999)) == MAX_REASON
    assert reason_of(aws, "") == "OSError: "


@pytest.mark.parametrize(
    "text",
    [
        "Address <ann.lee+x@ates.example> is blocked",
        'no "ann@ates.example", sorry',
        "ann@ates.example",
        "(ann@x)",
    ],
)
def test_no_reason_holds_an_e_mail_address(aws: FakeAws, text: str) -> None:
    reason = reason_of(aws, text)
    assert "ann" not in reason
    assert "@" not in reason
    assert "(address)" in reason


def test_sqs_accepts_a_dead_letter() -> None:
    """By moto: SQS accepts the attributes and holds the message."""
    client.cache_clear()
    with mock_aws():
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="dlq")["QueueUrl"]
        boto3.client("events").create_event_bus(Name="ates-dev")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DEAD_LETTER_QUEUE_URL", url)
            assert run(Handle(), BROKEN[0]) == []
        (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        assert message["Body"] == BROKEN[0]["body"]
        assert set(message["MessageAttributes"]) == {
            "consumer",
            "reason",
            "first_failed_at",
            "last_failed_at",
        }
    client.cache_clear()


def test_an_invocation_writes_one_log_line(aws: FakeAws, caplog: pytest.LogCaptureFixture) -> None:
    run(Handle(), record(1), record(2))
    (line,) = caplog.records
    logged = vars(line)
    assert (logged["correlation_id"], logged["messages"], logged["failed"]) == ("test-correlation", 2, 0)


# Jobs


def job(body: Any) -> dict[str, Any]:
    return {**record(1), "body": json.dumps(body)}


def test_a_job_is_read_as_it_was_sent() -> None:
    found = read_job(lambda each: int(each["n"]))(job({"correlation_id": "request-1", "job": {"n": "7"}}))
    assert found == Received(
        "message-1", "message-1", datetime(2026, 11, 22, 11, 58, 20, tzinfo=UTC), "request-1", 7
    )


@pytest.mark.parametrize(
    "body", [{}, [], None, {"job": {"n": 1}}, {"correlation_id": "r", "job": {"n": "x"}}]
)
def test_an_unreadable_job_becomes_a_dead_letter(aws: FakeAws, body: Any) -> None:
    handler = consumer(
        SPEC, read_job(lambda each: int(each["n"])), lambda _messages, _context: {}, FakeClock()
    )
    assert handler({"Records": [job(body)]}, None) == {"batchItemFailures": []}
    assert len(aws.sent) == 1


def test_a_batch_is_deduplicated_by_event() -> None:
    event = TaskCreated(task_id="t", title="x")
    came = [
        received(event, event_id="event-1", message_id="a"),
        received(event, event_id="event-2", message_id="b"),
        received(event, event_id="event-1", message_id="c"),
    ]
    assert [message.event_id for message in distinct(came)] == ["event-1", "event-2"]
