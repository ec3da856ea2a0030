"""What a consumer receives from its queue, reports as failed, and sends to work queues."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.frozen import Frozen

P = TypeVar("P", covariant=True)


class Received(Frozen, Generic[P]):
    """A message that could be read.

    For an event, `event_id` and `occurred_at` are its envelope's; for a job, the queue's message id
    and the time at which it was sent.
    """

    message_id: str
    event_id: str
    occurred_at: datetime
    correlation_id: str
    payload: P


Failed = Mapping[str, Exception]
"""By message_id, why a message failed; all others are done."""

NONE_FAILED: Failed = {}


def distinct(messages: Iterable[Received[P]]) -> list[Received[P]]:
    """One message of each event: a batch may hold an event twice."""
    return list({message.event_id: message for message in messages}.values())


class NotSent(Exception):
    """The queue refused jobs in all tries; the caller's own message is retried."""


class WorkQueue(Protocol):
    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        """Send jobs (JSON objects); raises NotSent if any was refused."""
        ...
