"""What all restores share: tables as rows by kind, and published events as journal records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.ids import instant_of
from shared.journal import SHARDS, EventDocument, bucket_of, events_in, rewritten, text_of
from shared.outbox import MILLISECOND, SETTLE_AFTER, has_passed, watermark
from shared.records import JournalRecord, Receipt, Watermark

OWN_OVERLAP = timedelta(minutes=15)
"""An event archived at most this long before a copy began may be missing from the copy."""

OTHERS_OVERLAP = timedelta(days=14)
"""Other services' events may have waited in a queue this long, so the copy may lack their effects."""

Tables = Mapping[type[Any], Sequence[Any]]
"""The rows of a service's tables by their kind, without those of indexes."""


class CannotRestore(Exception):
    """The events contradict each other or the tables: nothing is written, an operator must look."""


def published_record(envelope: EventDocument, subject_id: str | None) -> JournalRecord:
    """The journal record of a published event; the real `published_at` is not known."""
    return JournalRecord(
        bucket=bucket_of(envelope["event_id"], envelope["occurred_at"]),
        event_id=envelope["event_id"],
        event=f"[{text_of(envelope)}]",
        subject_id=subject_id,
        published_at=envelope["occurred_at"],
    )


def with_published(
    tables: Tables, published: Iterable[EventDocument], subject: str | None
) -> list[JournalRecord]:
    """The journal with the published events; `subject` is the field of the data that gives `subject_id`.

    A record counts as published if all of its events are known to be, by a receipt or the watermark too.
    """
    events = {envelope["event_id"]: envelope for envelope in published}
    accepted = {event_id for row in tables.get(Receipt, ()) for event_id in row.event_ids} | events.keys()
    marks = tables.get(Watermark, ())
    journal = []
    for record in tables[JournalRecord]:
        own = events_in(record)
        told = [events.pop(each["event_id"], each) for each in own]
        known = record if told == own else rewritten(record, told)
        is_published = accepted.issuperset(each["event_id"] for each in told) or _is_settled(record, marks)
        journal.append(_published(known, told) if is_published else known)
    for envelope in events.values():
        subject_id = None if subject is None else envelope["data"].get(subject)
        journal.append(published_record(envelope, subject_id))
    return journal


def _is_settled(record: JournalRecord, marks: Iterable[Watermark]) -> bool:
    """Records of the first form say themselves whether they are published."""
    return record.event_name is None and any(has_passed(mark, record) for mark in marks)


def _published(record: JournalRecord, told: Sequence[EventDocument]) -> JournalRecord:
    published_at = record.published_at or told[0]["occurred_at"]
    return replace(record, unpublished_shard=None, published_at=published_at)


def watermark_of(rows: Tables, now: datetime) -> Watermark:
    """The watermark of restored rows: before the first record whose events may be unpublished."""
    waiting = [
        instant_of(record.event_id) - MILLISECOND
        for record in rows[JournalRecord]
        if record.published_at is None and record.unpublished_shard is None
    ]
    shards = max((row.shards for row in rows.get(Watermark, ())), default=SHARDS)
    return watermark(min([*waiting, now - SETTLE_AFTER]), shards)


def documents(records: Iterable[JournalRecord]) -> list[EventDocument]:
    """The events of a journal, in the order in which they occurred."""
    found = [event for record in records for event in events_in(record)]
    return sorted(found, key=lambda envelope: (envelope["occurred_at"], envelope["event_id"]))
