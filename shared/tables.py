"""Tables as pynamodb models: the one place where keys, indexes, streams and expiry are written down.

A model's `Meta.table_name` is the logical name ("tasks"); infra and `DynamoStore` put the prefix of
stage and service before it.
"""

from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from shared.layout import Layout
from shared.records import ConsumedEvent, JournalRecord, StoredAnswer, UnpublishedEvent


@dataclass(frozen=True, slots=True)
class Binding:
    """Rows of `kind` are kept in this model's table, or are read from this index of it.

    In a guarded table stands a sentinel: `shared.guards` says why.
    """

    kind: type[Any]
    model: type[Model]
    index: str | None = None
    guarded: bool = False

    @property
    def layout(self) -> Layout:
        partition_key, sort_key = key_names(self.model, self.index)
        table = self.model.Meta.table_name
        return Layout(self.kind, table, partition_key, sort_key, self.index, self.guarded)


def key_names(model: type[Model], index: str | None = None) -> tuple[str, str | None]:
    """The partition key and the sort key (if any) of a model or of one of its indexes."""
    attributes = model._indexes[index].Meta.attributes if index else model.get_attributes()
    partition = next(name for name, attribute in attributes.items() if attribute.is_hash_key)
    sort = next((name for name, attribute in attributes.items() if attribute.is_range_key), None)
    return partition, sort


class UnpublishedIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Sparse: holds an event only until it is published."""

    class Meta:
        index_name = "unpublished"
        projection = KeysOnlyProjection()

    unpublished_shard = NumberAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)


class JournalTable(Model):
    """A service's journal; its stream feeds the relay."""

    class Meta:
        table_name = "journal"
        stream_view_type = "NEW_IMAGE"

    bucket = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)
    event_name = UnicodeAttribute()
    event_version = NumberAttribute()
    producer = UnicodeAttribute()
    occurred_at = UnicodeAttribute()
    event = UnicodeAttribute()
    subject_id = UnicodeAttribute(null=True)
    unpublished_shard = NumberAttribute(null=True)
    published_at = UnicodeAttribute(null=True)

    unpublished = UnpublishedIndex()


class InboxTable(Model):
    class Meta:
        table_name = "inbox"

    mark = UnicodeAttribute(hash_key=True)
    consumed_at = UnicodeAttribute()


class IdempotencyTable(Model):
    class Meta:
        table_name = "idempotency"

    request = UnicodeAttribute(hash_key=True)
    body_hash = UnicodeAttribute()
    status = NumberAttribute()
    answer = UnicodeAttribute()
    expires_at = TTLAttribute()


def journal_bindings(model: type[Model] = JournalTable) -> tuple[Binding, ...]:
    """The bindings of a service that publishes events."""
    return Binding(JournalRecord, model), Binding(UnpublishedEvent, model, "unpublished")


INBOX = Binding(ConsumedEvent, InboxTable, guarded=True)
IDEMPOTENCY = Binding(StoredAnswer, IdempotencyTable)
