"""Fakes: a clock that is set, seeded randomness, a queue, a bus."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from events.envelope import Event
from shared.bus import BusEntry
from shared.clock import rfc3339
from shared.context import Context
from shared.guards import sentinels
from shared.journal import EventDocument
from shared.memory_store import MemoryStore
from shared.messages import Received
from shared.records import JournalRecord
from shared.restoring import documents
from shared.store import Put
from shared.tables import Table

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

P = TypeVar("P")


@dataclass
class FakeClock:
    """Changes only when it is moved."""

    instant: datetime = NOON

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **timedelta_fields: float) -> None:
        self.instant += timedelta(**timedelta_fields)


def context(
    clock: FakeClock | None = None, seed: int = 1, correlation_id: str = "test-correlation"
) -> Context:
    return Context(clock or FakeClock(), random.Random(seed), correlation_id)


def memory_store(tables: Sequence[Table]) -> MemoryStore:
    """A store with these tables, empty except for their sentinels; it doesn't wait between tries."""
    store = MemoryStore(tables)
    store.wait = lambda _seconds: None
    if guards := sentinels(tables):
        store.transact([Put(row) for row in guards])
    return store


def received(event: P, *, event_id: str, occurred_at: datetime = NOON, message_id: str = "") -> Received[P]:
    """An event as a consumer gets it."""
    return Received(message_id or f"message-{event_id}", event_id, occurred_at, "test-correlation", event)


def journal(store: MemoryStore, name: str | None = None) -> list[EventDocument]:
    """The events of a service's journal, oldest first; those of one name if it is given."""
    found = documents(store.rows(JournalRecord))
    events = sorted(found, key=lambda event: str(event["event_id"]))
    return [event for event in events if name is None or event["event_name"] == name]


@dataclass
class FakeQueue:
    """A work queue that remembers its jobs."""

    jobs: list[dict[str, Any]] = field(default_factory=list)

    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        self.jobs.extend(jobs)


@dataclass
class FakeBus:
    """Accepts everything, unless `refusals` names refusals of the next entries."""

    taken: list[BusEntry] = field(default_factory=list)
    refusals: list[bool] = field(default_factory=list)

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        results = [not (self.refusals.pop(0) if self.refusals else False) for _ in entries]
        self.taken += [entry for entry, accepted in zip(entries, results, strict=True) if accepted]
        return results


def envelope_of(event: Event, *, event_id: str = "event-1", occurred_at: datetime = NOON) -> dict[str, Any]:
    """An envelope as it is on the bus."""
    return {
        "event_id": event_id,
        "event_name": event.event_name,
        "event_version": event.event_version,
        "occurred_at": rfc3339(occurred_at),
        "producer": event.producer,
        "correlation_id": "test-correlation",
        "causation_id": None,
        "data": event.model_dump(mode="json", exclude_none=True),
    }
