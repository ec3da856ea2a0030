"""What all restores share: tables as rows by kind, and published events as journal records."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.context import bucket_of
from shared.records import JournalRecord

OWN_OVERLAP = timedelta(minutes=15)
"""An event archived at most this long before a copy began may be missing from the copy."""

OTHERS_OVERLAP = timedelta(days=14)
"""Other services' events may have waited in a queue this long, so the copy may lack their effects."""

Tables = Mapping[type[Any], Sequence[Any]]
"""The rows of a service's tables by their kind, without those of indexes."""

EventDocument = Mapping[str, Any]
"""An event as its JSON document, with the fields in their original order."""


class CannotRestore(Exception):
    """The events contradict each other or the tables: nothing is written, an operator must look."""


def published_record(envelope: EventDocument, subject_id: str | None) -> JournalRecord:
    """The journal record of a published event; the real `published_at` is not known."""
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
    """The journal with the published events; `subject` is the field of the data that gives `subject_id`."""
    journal = {record.event_id: record for record in records}
    for envelope in envelopes:
        subject_id = None if subject is None else envelope["data"].get(subject)
        journal[envelope["event_id"]] = published_record(envelope, subject_id)
    return list(journal.values())


def documents(records: Iterable[JournalRecord]) -> list[EventDocument]:
    """The events of a journal, in the order in which they occurred."""
    found = [json.loads(record.event) for record in records]
    return sorted(found, key=lambda envelope: (envelope["occurred_at"], envelope["event_id"]))
