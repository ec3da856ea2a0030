"""What a use case needs besides its tables: time, randomness, and the ids of its cause."""

import json
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from shared.clock import Clock, rfc3339, system_clock
from shared.frozen import Frozen
from shared.ids import new_id, shard_of
from shared.records import JournalRecord
from shared.store import Insert
from shared.text import deliverable

JOURNAL_SHARDS = 8
MAX_EVENT_BYTES = 200_000


class EventTooLarge(Exception):
    """The bus would refuse this event, so it is not written; a limit on its fields is missing."""


class EventData(Protocol):
    """An event class, as far as the journal needs it."""

    event_name: ClassVar[str]
    event_version: ClassVar[int]
    producer: ClassVar[str]

    def model_dump(self, *, mode: str, exclude_none: bool) -> dict[str, Any]: ...


class Figure(Frozen):
    """A value of a metric; `unit` is one of CloudWatch's."""

    name: str
    value: int
    unit: str = "Count"


@dataclass(frozen=True, slots=True)
class Context:
    """One unit of work; `causation_id` is the event that caused it, if one did.

    `figures` are for metrics: of the whole invocation, and without anything personal.
    """

    clock: Clock
    randomness: random.Random
    correlation_id: str
    causation_id: str | None = None
    figures: list[Figure] = field(default_factory=list, compare=False, repr=False)

    def within(self, correlation_id: str, causation_id: str | None = None) -> "Context":
        """The same time and randomness, for work with another cause."""
        return Context(self.clock, self.randomness, correlation_id, causation_id, self.figures)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a metric. To be called once what is counted has been written."""
        self.figures.append(Figure(name, number))

    def measure(self, name: str, milliseconds: int) -> None:
        """Add a value to a metric of times."""
        self.figures.append(Figure(name, milliseconds, "Milliseconds"))

    def now(self) -> datetime:
        return self.clock()

    def new_id(self) -> str:
        return new_id(self.clock(), self.randomness)

    def record(
        self,
        event: EventData,
        *,
        occurred_at: datetime,
        subject_id: str | None = None,
        event_id: str | None = None,
    ) -> Insert:
        """The journal record of an event, to be written in the transaction of the change itself.

        Ids drawn in one millisecond are in no order: for several events of a subject that must be read in
        order, pass `event_id`.
        """
        envelope = self.envelope(event, occurred_at, event_id)
        return Insert(journal_record(event, envelope, subject_id))

    def envelope(
        self, event: EventData, occurred_at: datetime, event_id: str | None = None
    ) -> dict[str, Any]:
        return {
            "event_id": event_id or self.new_id(),
            "event_name": event.event_name,
            "event_version": event.event_version,
            "occurred_at": rfc3339(occurred_at),
            "producer": event.producer,
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            "data": event.model_dump(mode="json", exclude_none=True),
        }


def invocation(lambda_context: Any) -> Context:
    """The context of a function invoked by a schedule or by name."""
    return Context(system_clock, random.SystemRandom(), lambda_context.aws_request_id)


def journal_record(event: EventData, envelope: dict[str, Any], subject_id: str | None) -> JournalRecord:
    """The record holds the exact text that will be published. Raises EventTooLarge."""
    text = deliverable(json.dumps(envelope, separators=(",", ":"), ensure_ascii=False))
    if len(text.encode()) > MAX_EVENT_BYTES:
        raise EventTooLarge(event.event_name)
    return JournalRecord(
        bucket=bucket_of(envelope["event_id"], envelope["occurred_at"]),
        event_id=envelope["event_id"],
        event_name=event.event_name,
        event_version=event.event_version,
        producer=event.producer,
        occurred_at=envelope["occurred_at"],
        event=text,
        subject_id=subject_id,
        unpublished_shard=shard_of(envelope["event_id"], JOURNAL_SHARDS),
    )


def bucket_of(event_id: str, occurred_at: str) -> str:
    """An event's partition: hour and shard, so that a time range can be read without a hot key."""
    return f"{occurred_at[:13]}#{shard_of(event_id, JOURNAL_SHARDS):02d}"
