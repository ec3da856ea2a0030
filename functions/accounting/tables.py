"""Accounting's tables; nobody else's."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from functions.accounting.domain import (
    Account,
    AccountByBalance,
    AccountByName,
    AccountDay,
    Balance,
    Close,
    DayTotal,
    Entry,
    EntryCorrection,
    EntryOfDay,
    EntryPlace,
    ListedAccount,
    OpenAccount,
    Price,
)
from shared.tables import IDEMPOTENCY, INBOX, Binding, journal_bindings


class ByShard(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For the list of accounts."""

    class Meta:
        index_name = "by_shard"
        projection = IncludeProjection(["name", "role", "status"])

    listing_shard = NumberAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class ByName(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_name"
        projection = IncludeProjection(["name", "role", "status"])

    listing_shard = NumberAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class AccountTable(Model):
    class Meta:
        table_name = "accounts"

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()
    listing_shard = NumberAttribute()
    name_key = UnicodeAttribute(null=True)

    by_shard = ByShard()
    by_name = ByName()


class PriceTable(Model):
    class Meta:
        table_name = "prices"

    task_id = UnicodeAttribute(hash_key=True)
    fee = NumberAttribute()
    reward = NumberAttribute()
    drawn_at = UnicodeAttribute()


class ByDay(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For an account's audit log of one day."""

    class Meta:
        index_name = "by_day"
        projection = AllProjection()

    account_day = UnicodeAttribute(hash_key=True)
    entry_number = NumberAttribute(range_key=True)


class ByEntryId(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For corrections, which name an entry by its id."""

    class Meta:
        index_name = "by_entry_id"
        projection = KeysOnlyProjection()

    entry_id = UnicodeAttribute(hash_key=True)
    entry_number = NumberAttribute(range_key=True)


class ByCorrected(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Sparse: an account's corrections, by the entries that they correct."""

    class Meta:
        index_name = "by_corrected"
        projection = IncludeProjection(["entry_id", "corrected_by", "reason", "posted_at"])

    account_id = UnicodeAttribute(hash_key=True)
    corrects_entry_id = UnicodeAttribute(range_key=True)


class EntryTable(Model):
    class Meta:
        table_name = "entries"

    account_id = UnicodeAttribute(hash_key=True)
    entry_number = NumberAttribute(range_key=True)
    entry_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    debit_account = UnicodeAttribute()
    credit_account = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    balance_after = NumberAttribute()
    business_day = UnicodeAttribute()
    account_day = UnicodeAttribute()
    posted_at = UnicodeAttribute()
    source_occurred_at = UnicodeAttribute()
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()
    source_event_id = UnicodeAttribute(null=True)
    task_id = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    jira_id = UnicodeAttribute(null=True)
    corrects_entry_id = UnicodeAttribute(null=True)
    corrected_by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)

    by_day = ByDay()
    by_entry_id = ByEntryId()
    by_corrected = ByCorrected()


class ByClosedThrough(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For the accounts that are still open on a day."""

    class Meta:
        index_name = "by_closed_through"
        projection = KeysOnlyProjection()

    close_shard = NumberAttribute(hash_key=True)
    closed_through = UnicodeAttribute(range_key=True)


class ByBalance(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For the accounts in the minus, and the order of balances."""

    class Meta:
        index_name = "by_balance"
        projection = IncludeProjection(["balance"])

    close_shard = NumberAttribute(hash_key=True)
    balance_key = UnicodeAttribute(range_key=True)


class BalanceTable(Model):
    class Meta:
        table_name = "balances"

    account_id = UnicodeAttribute(hash_key=True)
    balance = NumberAttribute()
    last_entry_number = NumberAttribute()
    last_hash = UnicodeAttribute()
    closed_through = UnicodeAttribute()
    close_shard = NumberAttribute()
    balance_key = UnicodeAttribute(null=True)

    by_balance = ByBalance()
    by_closed_through = ByClosedThrough()


class AccountDayTable(Model):
    class Meta:
        table_name = "account_days"

    account_id = UnicodeAttribute(hash_key=True)
    business_day = UnicodeAttribute(range_key=True)
    fees = NumberAttribute()
    rewards = NumberAttribute()
    fee_corrections = NumberAttribute()
    reward_corrections = NumberAttribute()
    payouts = NumberAttribute()
    entry_count = NumberAttribute()
    last_entry_number = NumberAttribute()


class DayTotalTable(Model):
    class Meta:
        table_name = "day_totals"

    shard = NumberAttribute(hash_key=True)
    business_day = UnicodeAttribute(range_key=True)
    fees = NumberAttribute()
    rewards = NumberAttribute()
    fee_corrections = NumberAttribute()
    reward_corrections = NumberAttribute()
    payouts = NumberAttribute()
    entry_count = NumberAttribute()
    accounts_closed = NumberAttribute()


class CloseTable(Model):
    class Meta:
        table_name = "closes"

    business_day = UnicodeAttribute(hash_key=True)
    started_at = UnicodeAttribute()
    finished_at = UnicodeAttribute(null=True)


TABLES: tuple[Binding, ...] = (
    Binding(Account, AccountTable),
    Binding(ListedAccount, AccountTable, "by_shard"),
    Binding(AccountByName, AccountTable, "by_name"),
    Binding(Price, PriceTable, guarded=True),
    Binding(Entry, EntryTable),
    Binding(EntryOfDay, EntryTable, "by_day"),
    Binding(EntryPlace, EntryTable, "by_entry_id"),
    Binding(EntryCorrection, EntryTable, "by_corrected"),
    Binding(Balance, BalanceTable, guarded=True),
    Binding(OpenAccount, BalanceTable, "by_closed_through"),
    Binding(AccountByBalance, BalanceTable, "by_balance"),
    Binding(AccountDay, AccountDayTable, guarded=True),
    Binding(DayTotal, DayTotalTable),
    Binding(Close, CloseTable),
    INBOX,
    IDEMPOTENCY,
    *journal_bindings(),
)
