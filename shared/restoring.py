"""What all restoring has in common: tables as rows by kind, and published events as rows of the journal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.context import bucket_of
from shared.records import JournalRecord

OWN_OVERLAP = timedelta(minutes=15)
"""How long before a copy began an own event may have been archived whose row it has not."""

OTHERS_OVERLAP = timedelta(days=14)
"""Others' events may have waited in a queue for as long as it keeps them: what came of them is not copied."""

Tables = Mapping[type[Any], Sequence[Any]]
"""The rows of a service's tables by their kind; of indexes there are none."""

EventDocument = Mapping[str, Any]
"""An event as its JSON document, the fields in their first order."""


class CannotRestore(Exception):
    """The events contradict each other or the tables: somebody has to look before anything is written."""


def published_record(envelope: EventDocument, subject_id: str | None) -> JournalRecord:
    """The journal's row of an event that the bus has had; when it was published is not known any more."""
    return JournalRecord(
        bucket=bucket_of(envelope["event_id"], envelope["occurred_at"]),
        event_id=envelope["event_id"],
        event_name=envelope["event_name"],
        event_version=envelope["event_version"],
        producer=envelope["producer"],
        occurred_at=envelope["occurred_at"],
        event=json.dumps(envelope, separators=(",", ":"), ensure_ascii=False),
        subject_id=subject_id,
        published_at=envelope["occurred_at"],
    )


def with_published(
    records: Iterable[JournalRecord], envelopes: Iterable[EventDocument], subject: str | None
) -> list[JournalRecord]:
    """The journal with what was published; `subject` is the field of the data that a history is read by."""
    journal = {record.event_id: record for record in records}
    for envelope in envelopes:
        subject_id = None if subject is None else envelope["data"].get(subject)
        journal[envelope["event_id"]] = published_record(envelope, subject_id)
    return list(journal.values())


def documents(records: Iterable[JournalRecord]) -> list[EventDocument]:
    """The events of a journal, in the order in which they occurred."""
    found = [json.loads(record.event) for record in records]
    return sorted(found, key=lambda envelope: (envelope["occurred_at"], envelope["event_id"]))
