"""Rows that services have in common: journal records, marks of consumed events, stored answers."""

from shared.tables import NEW_IMAGE, Index, Row, Table


class JournalRecord(Row):
    """Events of this service, kept for good; `shared.journal` says what `event` holds, and what `bucket` is.

    `event_id` is that of its first event, `subject_id` the key of a history. `published_at` is set in records
    that a restore wrote, if the bus has had all of their events. Only records of the first form have the
    fields after it; in these, `unpublished_shard` is set until the bus has accepted the event.
    """

    bucket: str
    event_id: str
    event: str
    subject_id: str | None = None
    published_at: str | None = None
    event_name: str | None = None
    event_version: int | None = None
    producer: str | None = None
    occurred_at: str | None = None
    unpublished_shard: int | None = None


class UnpublishedEvent(Row):
    """A record of the first form in the journal's sparse index of unpublished ones."""

    unpublished_shard: int
    event_id: str
    bucket: str


class Receipt(Row):
    """Events of one UTC day's records that the bus has accepted; `expires_at` is in Unix seconds.

    `bucket` is that day and a shard. Those of an earlier release are of one partition of the journal.
    """

    bucket: str
    receipt_id: str
    event_ids: list[str]
    expires_at: int


class Watermark(Row):
    """How far the journal was compared with the receipts; the only row of its kind.

    Every event of a record written until `settled_through` was published, if its shard was known or its day
    has ended (`shared.outbox.has_passed`). Until `looked_through`, records were compared once; one that was
    committed late may be missing. `shards` is the greatest number of shards that a sweep has known.
    """

    bucket: str
    receipt_id: str
    settled_through: str
    looked_through: str
    shards: int


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
RECEIPTS = Table(
    "receipts", Receipt, "bucket", "receipt_id", others=(Watermark,), expires="expires_at", guarded=True
)
INBOX = Table("inbox", ConsumedEvent, "mark", guarded=True)
IDEMPOTENCY = Table("idempotency", StoredAnswer, "request", expires="expires_at")


def mark_of(consumer: str, event_id: str) -> str:
    return f"{consumer}#{event_id}"
