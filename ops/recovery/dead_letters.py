"""The messages of a dead-letter queue: looked at without taking them, redriven, deleted."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ops.stage import consumers, in_flight
from ops.stage.aws import Aws
from ops.stage.consumers import Consumer
from shared.clients import error_code
from shared.clock import parse_rfc3339, rfc3339

MAX_LETTERS = 10_000
BATCH = 10
# A command that is killed while it looks at them leaves them hidden this long.
HIDDEN_SECONDS = 120
NOT_HELD = ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue")
CRASHED = "moved by SQS: every receive ended without an answer (a crash, or a timeout)"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a consumer gave up. Times in RFC 3339: of the move, if SQS itself moved it."""

    message_id: str
    reason: str
    first_failed_at: str
    last_failed_at: str
    event: str
    event_id: str | None
    correlation_id: str | None
    body: str
    receipt: str

    def json(self, now: datetime) -> dict[str, Any]:
        """`age_seconds` since the first failure."""
        document = {name: value for name, value in asdict(self).items() if name != "receipt"}
        return {
            **document,
            "age_seconds": int((now - parse_rfc3339(self.first_failed_at)).total_seconds()),
        }


def peek(aws: Aws, consumer: Consumer) -> list[DeadLetter]:
    """Oldest first, at most MAX_LETTERS; none is taken."""
    with reserved(aws, consumer) as letters:
        return letters


@contextmanager
def reserved(aws: Aws, consumer: Consumer) -> Iterator[list[DeadLetter]]:
    """All messages, hidden from other readers; those not deleted become visible again at the end."""
    url, letters = consumers.url(aws, consumer.dead_letters), dict[str, DeadLetter]()
    there = min(in_flight.depths(aws, [url])[0].visible, MAX_LETTERS)
    try:
        for _ in range(MAX_LETTERS if there else 0):
            found = _receive(aws, url)
            letters |= {letter.message_id: letter for letter in found}
            if not found or len(letters) >= there:
                break
        yield sorted(letters.values(), key=lambda each: (each.first_failed_at, each.message_id))
    finally:
        for letter in letters.values():
            _let_go(aws, url, letter)


def redrive(aws: Aws, consumer: Consumer, letter: DeadLetter) -> None:
    """Sends, then deletes: a crash in between delivers it twice, rather than never."""
    aws.queues.send_message(QueueUrl=consumers.url(aws, consumer.queue), MessageBody=letter.body)
    delete(aws, consumer, letter)


def delete(aws: Aws, consumer: Consumer, letter: DeadLetter) -> None:
    aws.queues.delete_message(
        QueueUrl=consumers.url(aws, consumer.dead_letters), ReceiptHandle=letter.receipt
    )


def _receive(aws: Aws, url: str) -> Sequence[DeadLetter]:
    answer = aws.queues.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=2,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    return [_letter(message) for message in answer.get("Messages", [])]


def _let_go(aws: Aws, url: str, letter: DeadLetter) -> None:
    """Ignores messages that are deleted or visible already."""
    try:
        aws.queues.change_message_visibility(QueueUrl=url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)
    except ClientError as refused:
        if error_code(refused).rpartition(".")[2] not in NOT_HELD:
            raise


def _letter(message: Any) -> DeadLetter:
    said = {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}
    about = event_in(message["Body"])
    sent = rfc3339(datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) // 1000, UTC))
    return DeadLetter(
        message_id=message["MessageId"],
        reason=said.get("reason", CRASHED),
        first_failed_at=said.get("first_failed_at", sent),
        last_failed_at=said.get("last_failed_at", sent),
        event=" ".join(str(about[name]) for name in ("event_name", "event_version") if name in about) or "?",
        event_id=_text(about.get("event_id")),
        correlation_id=_text(about.get("correlation_id")),
        body=message["Body"],
        receipt=message["ReceiptHandle"],
    )


def event_in(body: str) -> dict[str, Any]:
    """The event in a message that may be broken; empty if there is none, as in a job."""
    try:
        document = json.loads(body)
        detail = document.get("detail", document)
        return detail if isinstance(detail, dict) else {}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
