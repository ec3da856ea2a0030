"""What the records of a journal hold, and in which partition they are.

A record holds all events about one subject that one transaction wrote: a JSON list of their envelopes, which
is compressed if it would not fit into the kilobyte that DynamoDB bills as one unit. Records of the first form
hold one event each, the envelope itself.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from shared.clock import rfc3339
from shared.frozen import Frozen
from shared.ids import instant_of, shard_of
from shared.records import JournalRecord
from shared.store import Insert
from shared.text import deliverable

SHARDS = 8
MAX_SHARDS = 64
SENT_WITHIN = timedelta(minutes=10)
"""No transaction with a record older than this is sent, so that the sweep knows when a span is complete."""
MAX_EVENT_BYTES = 200_000
MAX_RECORD_BYTES = 300_000
MAX_PLAIN_BYTES = 900
"""With its keys, a longer text needs a second kilobyte."""

EventDocument = Mapping[str, Any]
"""An event as its JSON document, with the fields in their original order."""


class EventTooLarge(Exception):
    """The bus would refuse this event, so it is not written; a limit on its fields is missing."""


class JournalForm(Frozen):
    """How rows are written that have had another form; every form can be read.

    `per_event` is the journal's first form: a record for each event, in an index until it is published.
    `as_released`: other rows are written as the release of 2026-11-26 reads them.
    """

    shards: int = SHARDS
    per_event: bool = False
    as_released: bool = False


USUAL_FORM = JournalForm()


def records(
    envelopes: Sequence[EventDocument], subject_id: str | None, form: JournalForm
) -> list[JournalRecord]:
    """The records of a transaction's events about one subject, in order; raises EventTooLarge."""
    texts = [_text(envelope) for envelope in envelopes]
    if form.per_event:
        return [
            _first_form(envelope, text, subject_id) for envelope, text in zip(envelopes, texts, strict=True)
        ]
    return [_record(group, subject_id, form) for group in _groups(envelopes, texts)]


def inserts(envelopes: Sequence[EventDocument], subject_id: str | None, form: JournalForm) -> list[Insert]:
    """The actions that write the records; raises EventTooLarge."""
    return [
        Insert(record, not_after=None if form.per_event else instant_of(record.event_id) + SENT_WITHIN)
        for record in records(envelopes, subject_id, form)
    ]


class HoldsEvents(Protocol):
    """A record, or what an index has of it."""

    @property
    def event(self) -> str: ...


def events_in(record: HoldsEvents) -> list[EventDocument]:
    """The events of a record of any form, in the order in which they were written."""
    text = record.event
    if text[:1] not in "[{":
        text = zlib.decompress(base64.b64decode(text)).decode()
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


def written_at(record: JournalRecord) -> str:
    """When a record was written (RFC 3339); not for records of the first form."""
    return rfc3339(instant_of(record.event_id))


def rewritten(record: JournalRecord, events: Sequence[EventDocument]) -> JournalRecord:
    """The record with these events in place of its own."""
    texts = [text_of(event) for event in events]
    is_first_form = record.event.startswith("{")
    return replace(record, event=texts[0] if is_first_form else _compact(texts))


def text_of(envelope: EventDocument) -> str:
    """The text that is published."""
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=False)


def bucket_of(event_id: str, written: str, shards: int = SHARDS) -> str:
    """A record's partition: the UTC day of `written` (RFC 3339) and a shard, so that no key is hot."""
    return f"{written[:10]}#{shard_of(event_id, shards):02d}"


def buckets(day: date, shards: int) -> list[str]:
    """The partitions of a UTC day."""
    return [f"{day:%Y-%m-%d}#{shard:02d}" for shard in range(shards)]


def receipt_buckets(day: date, shards: int) -> list[str]:
    """The partitions that may hold receipts of a UTC day's records, if these are in so many shards."""
    return buckets(day, max(SHARDS, shards))


def day_in(bucket: str) -> str:
    """The UTC day of a partition."""
    return bucket.partition("#")[0]


def shard_in(bucket: str) -> int:
    """The shard of a partition."""
    return int(bucket.rpartition("#")[2])


def first_form_buckets(hour: datetime) -> list[str]:
    """The partitions of a UTC hour's records of the first form."""
    return [f"{hour:%Y-%m-%dT%H}#{shard:02d}" for shard in range(SHARDS)]


def _text(envelope: EventDocument) -> str:
    text = deliverable(text_of(envelope))
    if len(text.encode()) > MAX_EVENT_BYTES:
        raise EventTooLarge(envelope["event_name"])
    return text


def _groups(envelopes: Sequence[EventDocument], texts: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """The id and the text of each event, as many together as a record may hold."""
    group: list[tuple[str, str]] = []
    size = 0
    for envelope, text in zip(envelopes, texts, strict=True):
        length = len(text.encode())
        if group and size + length > MAX_RECORD_BYTES:
            yield group
            group, size = [], 0
        group.append((envelope["event_id"], text))
        size += length
    if group:
        yield group


def _record(group: Sequence[tuple[str, str]], subject_id: str | None, form: JournalForm) -> JournalRecord:
    event_id, _ = group[0]
    bucket = bucket_of(event_id, rfc3339(instant_of(event_id)), form.shards)
    return JournalRecord(bucket, event_id, _compact([text for _, text in group]), subject_id)


def _compact(texts: Sequence[str]) -> str:
    text = f"[{','.join(texts)}]"
    raw = text.encode()
    if len(raw) <= MAX_PLAIN_BYTES:
        return text
    return base64.b64encode(zlib.compress(raw)).decode()


def _first_form(envelope: EventDocument, text: str, subject_id: str | None) -> JournalRecord:
    return JournalRecord(
        bucket=f"{envelope['occurred_at'][:13]}#{shard_of(envelope['event_id'], SHARDS):02d}",
        event_id=envelope["event_id"],
        event=text,
        subject_id=subject_id,
        event_name=envelope["event_name"],
        event_version=envelope["event_version"],
        producer=envelope["producer"],
        occurred_at=envelope["occurred_at"],
        unpublished_shard=shard_of(envelope["event_id"], SHARDS),
    )
