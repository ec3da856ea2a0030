"""What a use case needs besides its tables: time, randomness, and the ids of its cause."""

import random
from dataclasses import field, replace
from datetime import datetime
from typing import Any, ClassVar, Protocol

from shared.clock import Clock, rfc3339, system_clock
from shared.frozen import Frozen
from shared.ids import new_id
from shared.journal import USUAL_FORM, JournalForm, inserts
from shared.settings import journal_form
from shared.store import Insert


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


class Context(Frozen):
    """One unit of work; `causation_id` is the event that caused it, if one did.

    `form` is how its events are journaled. `figures` are for metrics: of the whole invocation, and without
    anything personal.
    """

    clock: Clock
    randomness: random.Random
    correlation_id: str
    causation_id: str | None = None
    form: JournalForm = USUAL_FORM
    figures: list[Figure] = field(default_factory=list, compare=False, repr=False)

    def within(self, correlation_id: str, causation_id: str | None = None) -> "Context":
        """The same time and randomness, for work with another cause."""
        return replace(self, correlation_id=correlation_id, causation_id=causation_id)

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
        self, *events: EventData, occurred_at: datetime, subject_id: str | None = None
    ) -> list[Insert]:
        """Journals events about one subject, to be written in the transaction of the change itself.

        Their ids are in the order of the events.
        """
        ids = sorted(self.new_id() for _ in events)
        envelopes = [
            self.envelope(event, occurred_at, event_id) for event, event_id in zip(events, ids, strict=True)
        ]
        return inserts(envelopes, subject_id, self.form)

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
    return Context(system_clock, random.SystemRandom(), lambda_context.aws_request_id, form=journal_form())
