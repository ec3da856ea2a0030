"""The auth service's tables, private to it."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from functions.auth.domain import Account, AddressClaim, Counter, ListedAccount, Reconciliation
from shared.tables import IDEMPOTENCY, Binding, journal_bindings


class ByShardIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All accounts by age, over a few shards."""

    class Meta:
        index_name = "by_shard"
        projection = KeysOnlyProjection()

    listing_shard = NumberAttribute(hash_key=True)
    listing_key = UnicodeAttribute(range_key=True)


class AccountTable(Model):
    class Meta:
        table_name = "accounts"

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    listing_shard = NumberAttribute()
    listing_key = UnicodeAttribute()
    identity = UnicodeAttribute(null=True)
    invited_at = UnicodeAttribute(null=True)

    by_shard = ByShardIndex()


class AddressTable(Model):
    class Meta:
        table_name = "addresses"

    email = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()


class CounterTable(Model):
    class Meta:
        table_name = "counters"

    counter = UnicodeAttribute(hash_key=True)
    amount = NumberAttribute()


class ReconciliationTable(Model):
    class Meta:
        table_name = "reconciliations"

    subject = UnicodeAttribute(hash_key=True)
    revision = NumberAttribute()
    phase = UnicodeAttribute()
    began_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    leased_until = UnicodeAttribute(null=True)
    shard = NumberAttribute()
    above = UnicodeAttribute(null=True)
    users_after = UnicodeAttribute(null=True)
    accounts = NumberAttribute()
    differing = NumberAttribute()
    missing = NumberAttribute()
    without_account = NumberAttribute()
    brought = NumberAttribute()
    is_overridden = BooleanAttribute()
    is_alarming = BooleanAttribute()
    named_differing: ListAttribute[str] = ListAttribute()
    named_missing: ListAttribute[str] = ListAttribute()
    named_without_account: ListAttribute[str] = ListAttribute()


TABLES: tuple[Binding, ...] = (
    Binding(Account, AccountTable, guarded=True),
    Binding(ListedAccount, AccountTable, "by_shard"),
    Binding(AddressClaim, AddressTable),
    Binding(Counter, CounterTable),
    Binding(Reconciliation, ReconciliationTable),
    *journal_bindings(),
    IDEMPOTENCY,
)
