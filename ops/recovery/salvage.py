"""What can still be read from the tables of a service before they are rewritten.

The present journal has what neither the copy nor the archive has: events that are younger, and events that
were never published. From other tables only rows that follow from no event are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from events.envelope import UnreadableEvent, read_envelope
from functions.accounting.rows import Close
from functions.auth.rows import AddressClaim
from ops.recovery import table_io
from ops.stage import journal, tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.journal import events_in
from shared.records import JournalRecord, Receipt, StoredAnswer, Watermark
from shared.restoring import Tables, documents

# Rows that follow from no event, by their key; the present row wins over the copied one.
CARRIED = {
    StoredAnswer: "request",
    Close: "business_day",
    AddressClaim: "email",
    Receipt: "receipt_id",
    Watermark: "bucket",
}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The readable rows by kind; `unreadable` describes the others."""

    rows: Tables
    unreadable: tuple[str, ...]


def read(aws: Aws, service: str) -> Salvaged:
    rows: dict[type[Any], list[Any]] = {}
    unreadable: list[str] = []
    for kind in _kinds(service):
        rows[kind] = []
        for item in _items(aws, service, kind):
            try:
                rows[kind].append(_checked(tables.row_of(kind, item)))
            except (tables.UnreadableRow, UnreadableEvent, ValueError, TypeError) as reason:
                unreadable.append(f"{kind.__name__}: {reason}")
    return Salvaged(rows, tuple(unreadable))


def joined(copied: Tables, left: Tables) -> Tables:
    """The copied rows, plus the events journaled since, plus the present rows that follow from no event.

    An event in both is taken from the copy, and counts as published if either says so.
    """
    known: dict[str, JournalRecord] = {record.event_id: record for record in copied[JournalRecord]}
    events = {event["event_id"] for event in documents(known.values())}
    for record in left.get(JournalRecord, ()):
        # An earlier restore may have written the events of one record apart.
        if record.event_id not in known and events.issuperset(_event_ids(record)):
            continue
        before = known.setdefault(record.event_id, record)
        if record.published_at is not None:
            published_at = before.published_at or record.published_at
            known[record.event_id] = replace(before, unpublished_shard=None, published_at=published_at)
    carried = {kind: _younger(kind, copied, left) for kind in CARRIED if kind in copied}
    return {**copied, **carried, JournalRecord: list(known.values())}


def _event_ids(record: JournalRecord) -> list[str]:
    return [event["event_id"] for event in events_in(record)]


def _younger(kind: type[Any], copied: Tables, left: Tables) -> list[Any]:
    key = CARRIED[kind]
    return list({getattr(row, key): row for row in (*copied[kind], *left.get(kind, ()))}.values())


def _kinds(service: str) -> list[type[Any]]:
    """Rows of tables with a single kind, and receipts; others follow from events or are kept elsewhere."""
    found = [table.row for table in tables.of(service) if not table.others]
    return [*found, Receipt, Watermark]


def _items(aws: Aws, service: str, kind: type[Any]) -> Iterator[dict[str, Any]]:
    """None if the table is gone."""
    try:
        for item in tables.items_of(aws, service, kind):
            if kind not in (Receipt, Watermark) or table_io.fits(kind, item):
                yield item
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise


def _checked(row: Any) -> Any:
    """Raises ValueError for a journal record that no contract can read, or whose id is another event's."""
    if isinstance(row, JournalRecord):
        first, *_ = [read_envelope(event)[0].event_id for event in journal.documents(row)]
        if first != row.event_id:
            raise ValueError(f"the record of event {row.event_id} holds event {first}")
    return row
