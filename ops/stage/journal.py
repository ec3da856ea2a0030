"""Reads events from a service's journal."""

import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from events.envelope import Envelope
from ops.stage import tables
from ops.stage.aws import Aws
from shared import outbox
from shared.clock import CLOCKS_DIFFER_BY, parse_rfc3339, rfc3339, system_clock
from shared.ids import last_id_of
from shared.journal import (
    MAX_SHARDS,
    SHARDS,
    EventDocument,
    buckets,
    events_in,
    first_form_buckets,
    written_at,
)
from shared.records import JournalRecord, Watermark

MAX_SPAN = timedelta(hours=47)
THREADS = 8
LONG_SPAN = timedelta(days=31)
"""A day may have 64 partitions, and 8 more an hour in the first form: for more days the table is scanned."""
OVERLAP = timedelta(hours=1)
"""More than an event's id may be older than the event."""
LONGEST_LOOK = timedelta(hours=24)
"""How far back events without a receipt are looked for, while the bus is down or the watermark is lost."""


def everything(aws: Aws, service: str) -> Iterator[EventDocument]:
    """All events that a service has ever journaled, unordered; raises UnreadableRow."""
    for record in tables.rows(aws, service, JournalRecord):
        yield from documents(record)


def readable(aws: Aws, service: str) -> Iterator[EventDocument]:
    """All events of the records that can be read, unordered."""
    for item in tables.items_of(aws, service, JournalRecord):
        with suppress(tables.UnreadableRow):
            yield from documents(tables.row_of(JournalRecord, item))


def within(aws: Aws, service: str, begin: datetime, end: datetime) -> list[EventDocument]:
    """Events that occurred or were journaled within the span, unordered; raises UnreadableRow."""
    first, last = rfc3339(begin), rfc3339(end)
    return [
        event
        for record in _of_days(aws, service, begin, end)
        for event in documents(record)
        if first <= event["occurred_at"] <= last or first <= _journaled_at(record, event) <= last
    ]


def _of_days(aws: Aws, service: str, begin: datetime, end: datetime) -> Iterator[JournalRecord]:
    """At least the records of these days."""
    if end - begin > LONG_SPAN:
        yield from tables.rows(aws, service, JournalRecord)
        return
    names = [*_buckets(begin, end + OVERLAP, MAX_SHARDS), *_first_form_buckets(begin, end)]
    above = last_id_of(begin - OVERLAP)
    with ThreadPoolExecutor(THREADS) as pool:
        for records in pool.map(lambda bucket: list(_bucket(aws, service, bucket, above)), names):
            yield from records


def since(aws: Aws, service: str, event_name: str, begin: datetime, end: datetime) -> Iterator[Envelope]:
    """Events of this name, unordered; reads at most two days."""
    for event in within(aws, service, begin, min(end, begin + MAX_SPAN)):
        if event["event_name"] == event_name:
            yield envelope_of(event)


def without_receipt(aws: Aws, service: str, now: datetime | None = None) -> Iterator[EventDocument]:
    """Events that no sweep has looked at yet, and that the bus may not have accepted."""
    mark, table = watermark(aws, service), aws.target.name(service, "journal")
    after = max(parse_rfc3339(mark.looked_through), (now or system_clock()) - LONGEST_LOOK)
    end = now or system_clock()
    events = [
        event
        for bucket in _buckets(after, end, mark.shards)
        for row in partition(aws, table, bucket, last_id_of(after))
        if "published_at" not in row and "unpublished_shard" not in row
        for event in documents(tables.row_of(JournalRecord, row))
    ]
    if events:
        receipts = _buckets(after, end, max(SHARDS, mark.shards))
        accepted = set(_accepted(aws, service, receipts, after - CLOCKS_DIFFER_BY))
        yield from (event for event in events if event["event_id"] not in accepted)


def _accepted(aws: Aws, service: str, buckets: Iterable[str], after: datetime) -> Iterator[str]:
    """Events that have a receipt."""
    table = aws.target.name(service, "receipts")
    for bucket in buckets:
        for row in partition(aws, table, bucket, last_id_of(after)):
            yield from row["event_ids"]


def documents(record: JournalRecord) -> list[EventDocument]:
    """The events of a record; raises UnreadableRow."""
    try:
        found = events_in(record)
    except (ValueError, zlib.error) as error:
        raise tables.UnreadableRow(f"journal record {record.event_id} cannot be read: {error}") from error
    if not all(isinstance(each, dict) for each in found):
        raise tables.UnreadableRow(f"journal record {record.event_id} holds no events")
    return found


def envelope_of(event: EventDocument) -> Envelope:
    """Raises UnreadableRow."""
    try:
        return Envelope.model_validate(event)
    except ValidationError as error:
        raise tables.UnreadableRow(
            f"event {event.get('event_id')} in the journal of {event.get('producer')} is not an event:"
            f" {error.error_count()} errors"
        ) from error


def watermark(aws: Aws, service: str) -> Watermark:
    """How far the sweep came; if that is lost, the beginning of everything."""
    key = {name: tables.typed(value) for name, value in outbox.WATERMARK.items()}
    answer = aws.dynamodb.get_item(
        TableName=aws.target.name(service, "receipts"), Key=key, ConsistentRead=True
    )
    if "Item" not in answer:
        return outbox.watermark(outbox.SINCE)
    return tables.row_of(Watermark, {name: tables.plain(value) for name, value in answer["Item"].items()})


def _buckets(begin: datetime, end: datetime, shards: int) -> Iterator[str]:
    """The journal's partitions between two instants."""
    day = begin.astimezone(UTC).date()
    while day <= end.astimezone(UTC).date():
        yield from buckets(day, shards)
        day += timedelta(days=1)


def _first_form_buckets(begin: datetime, end: datetime) -> Iterator[str]:
    hour = begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield from first_form_buckets(hour)
        hour += timedelta(hours=1)


def _bucket(aws: Aws, service: str, bucket: str, above: str) -> Iterator[JournalRecord]:
    for row in partition(aws, aws.target.name(service, "journal"), bucket, above):
        yield tables.row_of(JournalRecord, row)


def _journaled_at(record: JournalRecord, event: EventDocument) -> str:
    """An event that repairs something occurred long before it was journaled."""
    occurred_at: str = event["occurred_at"]
    return occurred_at if record.event_name else written_at(record)


def partition(aws: Aws, table: str, bucket: str, above: str) -> Iterator[dict[str, Any]]:
    """The rows of a partition of a journal, or of its receipts, with a sort key above the one given."""
    sort_key = "receipt_id" if table.endswith("receipts") else "event_id"
    pages = aws.dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#bucket = :bucket AND #key > :above",
        ExpressionAttributeNames={"#bucket": "bucket", "#key": sort_key},
        ExpressionAttributeValues={":bucket": {"S": bucket}, ":above": {"S": above}},
    )
    for page in pages:
        for item in page["Items"]:
            yield {name: tables.plain(value) for name, value in item.items()}


def named(events: Iterable[EventDocument], names: Iterable[str]) -> Iterator[EventDocument]:
    """The events of these names."""
    wanted = frozenset(names)
    return (event for event in events if event["event_name"] in wanted)
