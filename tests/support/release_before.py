"""The journal as it was written, published and read before there were two forms of records.

Kept unchanged, to show that a rollback to that release loses nothing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.bus import Bus, BusEntry, calls
from shared.clock import rfc3339
from shared.context import Context, EventData
from shared.ids import last_id_of, shard_of
from shared.records import JournalRecord, UnpublishedEvent
from shared.store import Add, Insert, Store

JOURNAL_SHARDS = 8
SWEEP_AFTER = timedelta(minutes=2)
SWEEP_PAGE = 100


def record(work: Context, event: EventData, occurred_at: datetime, subject_id: str | None) -> Insert:
    envelope = work.envelope(event, occurred_at)
    shard = shard_of(envelope["event_id"], JOURNAL_SHARDS)
    return Insert(
        JournalRecord(
            bucket=f"{envelope['occurred_at'][:13]}#{shard:02d}",
            event_id=envelope["event_id"],
            event_name=event.event_name,
            event_version=event.event_version,
            producer=event.producer,
            occurred_at=envelope["occurred_at"],
            event=json.dumps(envelope, separators=(",", ":"), ensure_ascii=False),
            subject_id=subject_id,
            unpublished_shard=shard,
        )
    )


def publish(records: Sequence[JournalRecord], bus: Bus, store: Store, now: datetime) -> None:
    entries = [BusEntry(str(row.producer), str(row.event_name), row.event) for row in records]
    for positions in calls(entries):
        taken = bus.put([entries[position] for position in positions])
        accepted = [position for position, is_taken in zip(positions, taken, strict=True) if is_taken]
        store.transact([_mark(records[position], now) for position in accepted])


def sweep(store: Store, bus: Bus, now: datetime) -> None:
    limit = last_id_of(now - SWEEP_AFTER)
    for shard in range(JOURNAL_SHARDS):
        waiting = store.query(UnpublishedEvent, shard, through=limit, limit=SWEEP_PAGE)
        keys = [{"bucket": event.bucket, "event_id": event.event_id} for event in waiting]
        found = [row for row in store.get_many(JournalRecord, keys) if row.unpublished_shard is not None]
        publish(found, bus, store, now)


def documents(records: Iterable[JournalRecord]) -> list[dict[str, Any]]:
    found = [json.loads(row.event) for row in records]
    return sorted(found, key=lambda envelope: (envelope["occurred_at"], envelope["event_id"]))


def _mark(row: JournalRecord, now: datetime) -> Add:
    return Add(
        JournalRecord,
        {"bucket": row.bucket, "event_id": row.event_id},
        values={"unpublished_shard": None, "published_at": rfc3339(now)},
        expected={"event_id": row.event_id},
    )
