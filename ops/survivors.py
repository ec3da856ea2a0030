"""What can still be read of a service whose tables are lost or spoilt, before they are written anew.

A journal that is left knows what neither a copy nor the archive has: events younger than both, and those
that were never published. Of the other tables only what no event tells is carried over.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from events.envelope import UnreadableEvent, read_envelope
from functions.accounting.rows import Close
from functions.auth.rows import AddressClaim
from ops import tables
from ops.aws import Aws
from shared.records import JournalRecord, StoredAnswer
from shared.restoring import Tables

# Rows that no event tells of, with their keys: the younger one counts.
CARRIED = {StoredAnswer: "request", Close: "business_day", AddressClaim: "email"}


@dataclass(frozen=True, slots=True)
class Survivors:
    """`rows` by kind, of those that the service could have written; `unreadable` says what else was there."""

    rows: Tables
    unreadable: tuple[str, ...]


def of(aws: Aws, service: str) -> Survivors:
    rows: dict[type[Any], list[Any]] = {}
    unreadable: list[str] = []
    for kind in _kinds(service):
        rows[kind] = []
        for item in _items(aws, service, kind):
            try:
                rows[kind].append(_checked(tables.row_of(kind, item)))
            except (tables.UnreadableRow, UnreadableEvent, ValueError, TypeError) as reason:
                unreadable.append(f"{kind.__name__}: {reason}")
    return Survivors(rows, tuple(unreadable))


def joined(copied: Tables, left: Tables) -> Tables:
    """The copy's rows, with the events that were journaled since, and what no event tells of.

    An event that both have is as the copy says, and published if either knows that it was.
    """
    known = {record.event_id: record for record in copied[JournalRecord]}
    for record in left.get(JournalRecord, ()):
        before = known.get(record.event_id)
        if before is None:
            known[record.event_id] = record
        elif record.unpublished_shard is None:
            published_at = before.published_at or record.published_at
            known[record.event_id] = replace(before, unpublished_shard=None, published_at=published_at)
    carried = {kind: _younger(kind, copied, left) for kind in CARRIED if kind in copied}
    return {**copied, **carried, JournalRecord: list(known.values())}


def _younger(kind: type[Any], copied: Tables, left: Tables) -> list[Any]:
    key = CARRIED[kind]
    return list({getattr(row, key): row for row in (*copied[kind], *left.get(kind, ()))}.values())


def _kinds(service: str) -> list[type[Any]]:
    """Of tables with one kind of rows; what is in the others is told by events or kept elsewhere."""
    return [table.row for table in tables.of(service) if not table.others]


def _items(aws: Aws, service: str, kind: type[Any]) -> Iterator[dict[str, Any]]:
    """None of a table that is gone."""
    try:
        yield from tables.items_of(aws, service, kind)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _checked(row: Any) -> Any:
    """Of the journal only what its contract can read, under the id that it has itself."""
    if isinstance(row, JournalRecord):
        envelope, _ = read_envelope(json.loads(row.event))
        if str(envelope.event_id) != row.event_id:
            raise ValueError(f"event {row.event_id} says that it is {envelope.event_id}")
    return row
