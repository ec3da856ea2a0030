"""The queue side of every consumer; messages that can't be processed go to the dead-letter queue."""

import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.bus import BusDown, BusEntry, EventBridge
from shared.clients import client
from shared.clock import Clock, rfc3339, system_clock
from shared.context import Context
from shared.frozen import Frozen
from shared.ids import new_id
from shared.messages import Failed, Received
from shared.settings import journal_form, required, settings
from shared.spec import UseCase
from shared.telemetry import invocation_log, logger, write_figures

P = TypeVar("P")
Read = Callable[[dict[str, Any]], Received[P]]
"""Turns an SQS record into a message; raises ValueError, KeyError or TypeError if it can't be read."""

Handle = Callable[[Sequence[Received[P]], Context], Failed]
"""Handles a batch; the context is the batch's, from which each message's is made."""
MAX_REASON = 500
MAX_IDENTIFIER = 128
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;]+@[^\s@<>\"'(),:;]+")

Response = dict[str, list[dict[str, str]]]


class GivenUp(Frozen):
    """Why a message was given up, and when it failed."""

    reason: str
    first_failed_at: datetime
    last_failed_at: datetime


def consumer(
    spec: UseCase,
    read: Read[P],
    handle: Handle[P],
    clock: Clock = system_clock,
    randomness: random.Random | None = None,
) -> Callable[..., Response]:
    """The Lambda handler of a use case that is fed by a queue.

    A message that can't be read, or failed on its last receive, goes to the dead-letter queue and is
    acknowledged; other failed messages stay in their queue.
    """

    drawn_from = randomness or random.SystemRandom()

    def handler(event: dict[str, Any], _lambda_context: Any) -> Response:
        records = {record["messageId"]: record for record in event["Records"]}
        messages, unreadable = read_all(records.values(), read)
        context = Context(clock, drawn_from, batch_correlation(messages), form=journal_form())
        failed = {**unreadable, **handle_apart(messages, lambda some: handle(some, context))}
        again = [
            message_id
            for message_id, cause in failed.items()
            if not _give_up(spec, records[message_id], cause, message_id in unreadable, clock)
        ]
        counts = {"messages": len(messages), "failed": len(failed), "again": len(again)}
        invocation_log(context.correlation_id, "consumed", **counts)
        write_figures(context.figures)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}

    return handler


def read_all(
    records: Iterable[dict[str, Any]], read: Read[P]
) -> tuple[list[Received[P]], dict[str, Exception]]:
    """The messages that can be read, and by message_id why the others can't."""
    messages: list[Received[P]] = []
    unreadable: dict[str, Exception] = {}
    for record in records:
        try:
            messages.append(read(record))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            unreadable[record["messageId"]] = error
    return messages, unreadable


def handle_apart(
    messages: Sequence[Received[P]], handle: Callable[[Sequence[Received[P]]], Failed]
) -> Failed:
    """Handle a batch; if it fails as a whole, handle each message alone, so that one can't block others."""
    if not messages:
        return {}
    try:
        return handle(messages)
    except Exception as error:
        if len(messages) == 1:
            return {messages[0].message_id: error}
    failed: dict[str, Exception] = {}
    for message in messages:
        failed.update(handle_apart([message], handle))
    return failed


def _give_up(spec: UseCase, record: dict[str, Any], cause: Exception, unreadable: bool, clock: Clock) -> bool:
    """Move a message to the dead-letter queue, if unreadable or at its last try; False if it stays."""
    receives = int(record["attributes"].get("ApproximateReceiveCount", "1"))
    if not unreadable and receives < int(required("MAX_RECEIVES")):
        logger().warning("will be tried again", exc_info=cause, extra={"receives": receives})
        return False
    given_up = GivenUp(
        reason=_reason(cause),
        first_failed_at=_instant(record["attributes"].get("ApproximateFirstReceiveTimestamp"), clock),
        last_failed_at=clock(),
    )
    try:
        _send_to_dead_letters(spec, record, given_up)
    except Exception as error:  # the message is not lost: SQS itself moves it after its last receive
        logger().exception("could not reach the dead-letter queue", exc_info=error)
        return False
    logger().error("given up", exc_info=cause, extra={"message_id": record["messageId"]})
    _publish_failure(spec, record, given_up)
    return True


def _send_to_dead_letters(spec: UseCase, record: dict[str, Any], given_up: GivenUp) -> None:
    attributes = {
        "consumer": spec.consumer,
        "reason": given_up.reason,
        "first_failed_at": rfc3339(given_up.first_failed_at),
        "last_failed_at": rfc3339(given_up.last_failed_at),
    }
    client("sqs").send_message(
        QueueUrl=required("DEAD_LETTER_QUEUE_URL"),
        MessageBody=record["body"],
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )


def _publish_failure(spec: UseCase, record: dict[str, Any], given_up: GivenUp) -> None:
    """Publish Consumer.Failed if possible; the message is in the dead-letter queue anyway."""
    try:
        (taken,) = EventBridge(settings().bus_name).put([failure_entry(spec.consumer, record, given_up)])
        if not taken:
            raise BusDown("the bus refused the event")
    except BusDown as error:
        logger().warning("Consumer.Failed was not published", exc_info=error)


def failure_entry(consumer_name: str, record: dict[str, Any], given_up: GivenUp) -> BusEntry:
    """Consumer.Failed v1, as defined in events/consumers.py (a test compares them)."""
    about = _event_in(record)
    data = {
        "consumer": consumer_name,
        "message_id": record["messageId"],
        "event_id": about.get("event_id"),
        "failed_event_name": about.get("event_name"),
        "reason": given_up.reason,
        "first_failed_at": rfc3339(given_up.first_failed_at),
        "last_failed_at": rfc3339(given_up.last_failed_at),
    }
    envelope = {
        "event_id": new_id(given_up.last_failed_at, random.SystemRandom()),
        "event_name": "Consumer.Failed",
        "event_version": 1,
        "occurred_at": rfc3339(given_up.last_failed_at),
        "producer": "consumers",
        "correlation_id": about.get("correlation_id") or record["messageId"],
        "causation_id": about.get("event_id"),
        "data": {name: value for name, value in data.items() if value is not None},
    }
    return BusEntry("consumers", "Consumer.Failed", json.dumps(envelope))


def _event_in(record: dict[str, Any]) -> dict[str, str]:
    """The event's identifiers, as far as a possibly broken message has them."""
    try:
        detail = json.loads(record["body"])["detail"]
        names = ("event_id", "event_name", "correlation_id")
        return {name: detail[name] for name in names if _is_identifier(detail.get(name))}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_IDENTIFIER and value.isprintable()


def _reason(cause: Exception) -> str:
    """An exception's text without control characters, which SQS refuses in attributes.

    E-mail addresses are replaced, because no event may hold one.
    """
    text = f"{type(cause).__name__}: {cause}"
    printable = "".join(character if character.isprintable() else " " for character in text)
    return _ADDRESS.sub("(address)", printable)[:MAX_REASON]


def _instant(milliseconds: str | None, clock: Clock) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) // 1000, UTC) if milliseconds else clock()


def batch_correlation(messages: Iterable[Received[Any]]) -> str:
    """The correlation ids of all messages in one text."""
    return ",".join(sorted({message.correlation_id for message in messages}))


def read_event(read_envelope: Callable[[Any], tuple[Any, P]]) -> Read[P]:
    """Read events as a bus rule delivers them, with the given reader of envelopes."""

    def read(record: dict[str, Any]) -> Received[P]:
        envelope, event = read_envelope(json.loads(record["body"])["detail"])
        return Received(
            message_id=record["messageId"],
            event_id=envelope.event_id,
            occurred_at=envelope.occurred_at,
            correlation_id=envelope.correlation_id,
            payload=event,
        )

    return read


def read_job(parse: Callable[[Any], P]) -> Read[P]:
    """Read jobs as `shared.work_queue` sends them."""

    def read(record: dict[str, Any]) -> Received[P]:
        body = json.loads(record["body"])
        return Received(
            message_id=record["messageId"],
            event_id=record["messageId"],
            occurred_at=datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) // 1000, UTC),
            correlation_id=str(body["correlation_id"]),
            payload=parse(body["job"]),
        )

    return read
