"""Reads that several use cases share: an account's balance and audit log, and the company's days."""

from dataclasses import dataclass, fields

from functions.accounting.domain import (
    CLOSE_SHARDS,
    TOTAL_SHARDS,
    Account,
    AccountDay,
    Balance,
    Close,
    DayTotal,
    Entry,
    EntryOfDay,
    NotFound,
    OpenAccount,
    account_day,
    earned,
)
from shared.clock import LAST_DAY, next_day, previous_day
from shared.store import Store

MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What an account has, and what it earned on `business_day`; in cents."""

    balance: int
    earned_today: int
    business_day: str


@dataclass(frozen=True, slots=True)
class CloseView:
    """A business day's close: the company's sums, the row that its start wrote, and whether it goes on."""

    total: DayTotal
    close: Close | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class EntriesView:
    """A page of an audit log, newest first."""

    entries: list[Entry]
    next_position: int | None


def balance_of(account_id: str, today: str, store: Store) -> BalanceView:
    """An account without entries has nothing and earned nothing."""
    balance = store.get(Balance, account_id=account_id)
    day = store.get(AccountDay, account_id=account_id, business_day=today)
    return BalanceView(balance.balance if balance else 0, earned(day) if day else 0, today)


def entries_of(account_id: str, day: str | None, limit: int, after: str | None, store: Store) -> EntriesView:
    """Of all days from the table itself, of one day from its index; `after` is an entry's number."""
    below = None if after is None else int(after)
    found: list[Entry]
    if day is None:
        found = store.query(Entry, account_id, below=below, limit=limit + 1, newest_first=True)
    else:
        of_day = account_day(account_id, day)
        found = [*store.query(EntryOfDay, of_day, below=below, limit=limit + 1, newest_first=True)]
    entries = found[:limit]
    return EntriesView(entries, entries[-1].entry_number if len(found) > limit else None)


def known_name(account_id: str, store: Store) -> str:
    """An account's name, or its id until the name has come here; raises NotFound."""
    account = store.get(Account, account_id=account_id)
    if account is not None:
        return account.name
    if store.get(Balance, account_id=account_id) is None:
        raise NotFound(f"there is no account {account_id!r}")
    return account_id


def days_between(first: str, last: str) -> list[str]:
    """Both included, newest first."""
    days = [first]
    while days[-1] < last:
        days.append(next_day(days[-1]))
    return days[::-1]


def company_days(first: str, last: str, store: Store) -> list[DayTotal]:
    """The company's sums of every day from first to last, newest first; shard -1 stands for all of them."""
    totals = {day: DayTotal(-1, day) for day in days_between(first, last)}
    for shard in range(TOTAL_SHARDS):
        for part in store.query(DayTotal, shard, above=previous_day(first), through=last, limit=MAX_DAYS):
            totals[part.business_day] = _plus(totals[part.business_day], part)
    return list(totals.values())


def _plus(total: DayTotal, part: DayTotal) -> DayTotal:
    names = [field.name for field in fields(DayTotal) if field.name not in ("shard", "business_day")]
    sums = {name: getattr(total, name) + getattr(part, name) for name in names}
    return DayTotal(-1, total.business_day, **sums)


def closes(first: str, last: str, store: Store) -> list[CloseView]:
    """The days from first to last of which the close has begun, newest first."""
    keys = [{"business_day": day} for day in days_between(first, last)]
    rows = {row.business_day: row for row in store.get_many(Close, keys)}
    first_open = first_open_day(store)
    return [
        CloseView(total, rows.get(total.business_day), first_open <= total.business_day)
        for total in company_days(first, last, store)
        if total.accounts_closed or total.business_day in rows
    ]


def first_open_day(store: Store) -> str:
    """The earliest day on which any account is still open; LAST_DAY when there is no account."""
    ends = [
        row.closed_through
        for shard in range(CLOSE_SHARDS)
        for row in store.query(OpenAccount, shard, limit=1)
    ]
    return next_day(min(ends)) if ends else LAST_DAY
