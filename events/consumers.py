"""Published, without a journal, by any consumer that gives up a message; so it may be lost."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.envelope import Event, Identifier, Instant, published

PRODUCER = "consumers"


@published
class ConsumerFailed(Event):
    """A message went to its dead-letter queue."""

    event_name: ClassVar[str] = "Consumer.Failed"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    consumer: Identifier
    message_id: Identifier
    event_id: Identifier | None = None
    failed_event_name: Identifier | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    first_failed_at: Instant
    last_failed_at: Instant
