"""Accounting's rows and tables."""

from shared.records import IDEMPOTENCY, INBOX, JOURNAL, RECEIPTS
from shared.tables import Index, Row, Spread, Table

BALANCES = Spread("balances", 4)
"""A balance's partition of the indexes, `close_shard`, is drawn again at every write of it."""
DAY_TOTALS = Spread("day_totals", 8)
"""Every posting adds to a row of its first account's shard, and so waits for others of that shard."""


class Account(Row):
    """The replica of an account; `version` is auth's.

    `name_key` is absent in rows written before the order by name existed.
    """

    account_id: str
    name: str
    role: str
    status: str
    version: int
    listing_shard: int
    name_key: str | None = None


class ListedAccount(Row):
    """An account in the list by account_id."""

    listing_shard: int
    account_id: str
    name: str
    role: str
    status: str


class AccountByName(Row):
    """An account in the list by name."""

    listing_shard: int
    name_key: str
    account_id: str
    name: str
    role: str
    status: str


class Price(Row):
    """The two prices of a task, in cents; drawn once.

    `booked_event_id` is the event that was booked in the same transaction and so has no mark; absent if none
    was, in rows of releases until 2026-11-26, and in restored ones.
    """

    task_id: str
    fee: int
    reward: int
    drawn_at: str
    booked_event_id: str | None = None


class Entry(Row):
    """A ledger entry, immutable. Rows of earlier releases also have `account_day`, which nothing reads."""

    account_id: str
    entry_number: int
    entry_id: str
    kind: str
    debit_account: str
    credit_account: str
    amount: int
    currency: str
    balance_after: int
    business_day: str
    posted_at: str
    source_occurred_at: str
    prev_hash: str
    hash: str
    source_event_id: str | None = None
    task_id: str | None = None
    title: str | None = None
    jira_id: str | None = None
    corrects_entry_id: str | None = None
    corrected_by: str | None = None
    reason: str | None = None


class EntryPlace(Row):
    """An entry's key, by entry_id; only the release of 2026-11-26 reads it."""

    entry_id: str
    account_id: str
    entry_number: int


class EntryCorrection(Row):
    """A correction, in the sparse index of an account's corrections."""

    account_id: str
    corrects_entry_id: str
    entry_id: str
    entry_number: int
    corrected_by: str
    reason: str
    posted_at: str


class Balance(Row):
    """The end of an account's ledger; every posting and every close is conditional on it.

    `balance_key` only serves an index; older rows get it at their next write, at the latest their next
    close. `open_days` has the sums of the days after `closed_through`, as `ledger.open_days` reads them; it
    is absent as long as these days have rows.
    """

    account_id: str
    balance: int
    last_entry_number: int
    last_hash: str
    closed_through: str
    close_shard: int
    balance_key: str | None = None
    open_days: str | None = None


class AccountByBalance(Row):
    """An account in the index by balance."""

    close_shard: int
    balance_key: str
    account_id: str
    balance: int


class OpenAccount(Row):
    """An account in the index by `closed_through`."""

    close_shard: int
    closed_through: str
    account_id: str


class AccountDay(Row):
    """The sums of an account's entries of one business day, and the number of the last of them.

    A row is written when its day is closed; until then the sums are in the balance.
    """

    account_id: str
    business_day: str
    fees: int = 0
    rewards: int = 0
    fee_corrections: int = 0
    reward_corrections: int = 0
    payouts: int = 0
    entry_count: int = 0
    last_entry_number: int = 0


class DayTotal(Row):
    """One shard's part of the company's sums of a business day."""

    shard: int
    business_day: str
    fees: int = 0
    rewards: int = 0
    fee_corrections: int = 0
    reward_corrections: int = 0
    payouts: int = 0
    entry_count: int = 0
    accounts_closed: int = 0


class Close(Row):
    """The close of all accounts through a business day; `finished_at` is set once none is open."""

    business_day: str
    started_at: str
    finished_at: str | None = None


TABLES = (
    Table(
        "accounts",
        Account,
        "account_id",
        indexes=(
            Index("by_name", AccountByName, "listing_shard", "name_key"),
            Index("by_shard", ListedAccount, "listing_shard", "account_id"),
        ),
    ),
    Table("prices", Price, "task_id", guarded=True),
    Table(
        "entries",
        Entry,
        "account_id",
        "entry_number",
        indexes=(Index("by_corrected", EntryCorrection, "account_id", "corrects_entry_id"),),
        retired=(Index("by_entry_id", EntryPlace, "entry_id", "entry_number"),),
    ),
    Table(
        "balances",
        Balance,
        "account_id",
        indexes=(
            Index("by_balance", AccountByBalance, "close_shard", "balance_key"),
            Index("by_closed_through", OpenAccount, "close_shard", "closed_through"),
        ),
        guarded=True,
        spread=BALANCES,
    ),
    Table("account_days", AccountDay, "account_id", "business_day", guarded=True),
    Table("day_totals", DayTotal, "shard", "business_day", spread=DAY_TOTALS),
    Table("closes", Close, "business_day"),
    INBOX,
    IDEMPOTENCY,
    JOURNAL,
    RECEIPTS,
)
