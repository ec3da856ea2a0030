"""Rows that services have in common: journal records, marks of consumed events, stored answers."""

from shared.tables import NEW_IMAGE, Index, Row, Table


class JournalRecord(Row):
    """One event of this service, kept for good; `unpublished_shard` is set until the bus has accepted it.

    `bucket` is the UTC hour of `occurred_at` and a shard, so that a time range can be read again
    without a hot key. `event` is the envelope as JSON. `subject_id` is the key of a history.
    """

    bucket: str
    event_id: str
    event_name: str
    event_version: int
    producer: str
    occurred_at: str
    event: str
    subject_id: str | None = None
    unpublished_shard: int | None = None
    published_at: str | None = None


class UnpublishedEvent(Row):
    """A record in the journal's sparse index of unpublished ones."""

    unpublished_shard: int
    event_id: str
    bucket: str


class ConsumedEvent(Row):
    """Marks that a consumer has processed an event; never expires.

    `mark` is the consumer's name and the event's id, joined by `#`.
    """

    mark: str
    consumed_at: str


class StoredAnswer(Row):
    """The first answer to a request with an Idempotency-Key; `expires_at` is in Unix seconds.

    `request` is the caller's account_id, the route and the key, joined by `#`.
    """

    request: str
    body_hash: str
    status: int
    answer: str
    expires_at: int


JOURNAL = Table(
    "journal",
    JournalRecord,
    "bucket",
    "event_id",
    indexes=(Index("unpublished", UnpublishedEvent, "unpublished_shard", "event_id"),),
    stream=NEW_IMAGE,
)
INBOX = Table("inbox", ConsumedEvent, "mark", guarded=True)
IDEMPOTENCY = Table("idempotency", StoredAnswer, "request", expires="expires_at")


def mark_of(consumer: str, event_id: str) -> str:
    return f"{consumer}#{event_id}"
