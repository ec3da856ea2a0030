"""Publishes journal records to the bus and marks the accepted ones; raises if any are left."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from shared.bus import Bus, BusEntry, calls
from shared.clock import rfc3339
from shared.context import JOURNAL_SHARDS
from shared.ids import last_id_of
from shared.records import JournalRecord, UnpublishedEvent
from shared.store import Add, ConditionFailed, Store, chunks

MAX_TRIES = 3
SWEEP_AFTER = timedelta(minutes=2)
SWEEP_PAGE = 100
MAX_MARKS = 100


class EventsLeft(Exception):
    """The bus did not accept all events; the rest stays unpublished in the journal."""


def publish(records: Sequence[JournalRecord], bus: Bus, store: Store, now: datetime) -> int:
    """Publish records and mark the accepted ones; only refused ones are retried.

    Returns how many were published; raises EventsLeft or BusDown if not all were.
    """
    entries = [BusEntry(record.producer, record.event_name, record.event) for record in records]
    left = 0
    for positions in calls(entries):
        accepted = put(positions, entries, bus)
        mark_published(store, [records[position] for position in accepted], now)
        left += len(positions) - len(accepted)
    if left:
        raise EventsLeft(f"{left} of {len(records)} events were refused {MAX_TRIES} times")
    return len(records)


def put(positions: Sequence[int], entries: Sequence[BusEntry], bus: Bus) -> list[int]:
    """Returns the positions that the bus accepted within the tries."""
    accepted: list[int] = []
    pending = list(positions)
    for _ in range(MAX_TRIES):
        results = bus.put([entries[position] for position in pending])
        accepted += [position for position, taken in zip(pending, results, strict=True) if taken]
        pending = [position for position, taken in zip(pending, results, strict=True) if not taken]
        if not pending:
            break
    return accepted


def mark_published(store: Store, records: Iterable[JournalRecord], now: datetime) -> None:
    """Remove records from the index of unpublished ones; missing records are skipped."""
    for group in chunks(list(records), MAX_MARKS):
        marks = [_mark(record, now) for record in group]
        while marks:
            try:
                store.transact(marks)
                break
            except ConditionFailed as refusal:
                marks = [mark for position, mark in enumerate(marks) if position not in refusal.failed]


def _mark(record: JournalRecord, now: datetime) -> Add:
    return Add(
        JournalRecord,
        {"bucket": record.bucket, "event_id": record.event_id},
        values={"unpublished_shard": None, "published_at": rfc3339(now)},
        expected={"event_id": record.event_id},
    )


def sweep(store: Store, bus: Bus, now: datetime, has_time: Callable[[], bool]) -> int:
    """Publish records that have waited more than two minutes; returns how many. Stops when time is up.

    Refused events don't stop the other shards; raises EventsLeft at the end, or BusDown at once.
    """
    published = 0
    refusals: list[EventsLeft] = []
    for shard in range(JOURNAL_SHARDS):
        try:
            published += _sweep_shard(shard, store, bus, now, has_time)
        except EventsLeft as refusal:
            refusals.append(refusal)
    if refusals:
        raise EventsLeft("; ".join(map(str, refusals)))
    return published


def _sweep_shard(shard: int, store: Store, bus: Bus, now: datetime, has_time: Callable[[], bool]) -> int:
    limit = last_id_of(now - SWEEP_AFTER)
    published = 0
    while has_time():
        waiting = store.query(UnpublishedEvent, shard, through=limit, limit=SWEEP_PAGE)
        records = _still_unpublished(store, waiting)
        published += publish(records, bus, store, now) if records else 0
        if len(waiting) < SWEEP_PAGE:
            break
    return published


def _still_unpublished(store: Store, waiting: Sequence[UnpublishedEvent]) -> list[JournalRecord]:
    """Read the records themselves, because the index lags."""
    keys = [{"bucket": event.bucket, "event_id": event.event_id} for event in waiting]
    return [record for record in store.get_many(JournalRecord, keys) if record.unpublished_shard is not None]
