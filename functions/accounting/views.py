"""Reads that several use cases share: an account's balance and audit log, and the company's days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Literal

from functions.accounting.account_days import day_of, joined
from functions.accounting.ledger import (
    CORRECTIONS,
    LISTING_SHARDS,
    NotFound,
    earned,
)
from functions.accounting.rows import (
    BALANCES,
    DAY_TOTALS,
    Account,
    AccountByName,
    AccountDay,
    Balance,
    Close,
    DayTotal,
    Entry,
    EntryCorrection,
    ListedAccount,
    OpenAccount,
)
from shared.clock import LAST_DAY, next_day, previous_day
from shared.days import MAX_DAYS, DayRange
from shared.frozen import Frozen
from shared.paging import MAX_EXAMINED, NUMBER, Read, oldest_first
from shared.store import Store

ENTRIES_POSITION = rf"{NUMBER}(#{NUMBER})?"
"""What follows the `#` is only in positions of one day's entries."""
CORRECTIONS_READ = 200
"""Per query; few pages of an audit log have more."""

Names = Mapping[str, str]
"""By account_id."""


Order = Literal["account_id", "name", "balance"]


class ListedBalance(Frozen):
    """An account in a list, with its balance in cents."""

    account: Account | ListedAccount | AccountByName
    balance: int


class BalanceView(Frozen):
    """An account's balance, and what it earned on `business_day`, in cents."""

    balance: int
    earned_today: int
    business_day: str


class CloseView(Frozen):
    """A business day's close: the company's sums, the row written at its start, and whether it runs."""

    total: DayTotal
    close: Close | None
    is_running: bool


class EntriesView(Frozen):
    """A page of an audit log, newest first.

    `corrections` are by the corrected entry's id; `names` are those of the admins who made them.
    """

    entries: list[Entry]
    next_position: str | None
    corrections: Mapping[str, EntryCorrection]
    names: Names


def balance_of(account_id: str, today: str, store: Store) -> BalanceView:
    """Zeros for an account without entries."""
    balance = store.get(Balance, account_id=account_id)
    day = day_of(account_id, balance, today, store)
    return BalanceView(balance.balance if balance else 0, earned(day) if day else 0, today)


def entries_of(account_id: str, day: str | None, limit: int, after: str | None, store: Store) -> EntriesView:
    """Of all days, or of one; `after` is a position that an earlier page ended with."""
    if day is None:
        entries, next_position = _entries_of_all_days(account_id, limit, after, store)
    else:
        entries, next_position = _entries_of_day(account_id, day, limit, after, store)
    corrections = _corrections_of(account_id, entries, store)
    admins = [entry.corrected_by for entry in entries] + [each.corrected_by for each in corrections.values()]
    names = names_of([account_id for account_id in admins if account_id is not None], store)
    return EntriesView(entries, next_position, corrections, names)


EntriesPage = tuple[list[Entry], str | None]
"""With the next page's position."""


def _entries_of_all_days(account_id: str, limit: int, after: str | None, store: Store) -> EntriesPage:
    below = None if after is None else int(after.partition("#")[0])
    found = store.query(Entry, account_id, below=below, limit=limit + 1, newest_first=True)
    return found[:limit], str(found[limit - 1].entry_number) if len(found) > limit else None


def _entries_of_day(account_id: str, day: str, limit: int, after: str | None, store: Store) -> EntriesPage:
    """A day's entries are next to each other, but for those of another day that were posted around midnight.

    A position is the number of the last entry that was examined and how many of the day are left below it.
    """
    sums = day_of(account_id, store.get(Balance, account_id=account_id), day, store)
    if sums is None:
        return [], None
    number, _, rest = (after or "").partition("#")
    below = int(number) if number else sums.last_entry_number + 1
    left = min(int(rest), sums.entry_count) if rest else sums.entry_count
    found: list[Entry] = []
    for _ in range(MAX_EXAMINED // limit):
        page = store.query(Entry, account_id, below=below, limit=limit, newest_first=True)
        found += [entry for entry in page if entry.business_day == day]
        if len(found) >= min(limit, left) or len(page) < limit:
            break
        below = page[-1].entry_number
    entries = found[:limit]
    left -= len(entries)
    last = entries[-1].entry_number if len(entries) == limit else below
    has_more = left > 0 and (len(found) > limit or len(page) == limit)
    return entries, f"{last}#{left}" if has_more else None


def _corrections_of(account_id: str, entries: Iterable[Entry], store: Store) -> dict[str, EntryCorrection]:
    """By corrected entry_id; ids of neighbouring entries are close, so one range query finds them."""
    ids = sorted(entry.entry_id for entry in entries if entry.kind in CORRECTIONS)
    if not ids:
        return {}
    found: list[EntryCorrection] = []
    above = ids[0][:-1]  # sorts before the id itself, because `above` is exclusive
    while True:
        page = store.query(EntryCorrection, account_id, above=above, through=ids[-1], limit=CORRECTIONS_READ)
        found += page
        if len(page) < CORRECTIONS_READ:
            return {each.corrects_entry_id: each for each in found if each.corrects_entry_id in ids}
        above = page[-1].corrects_entry_id


def names_of(account_ids: Sequence[str], store: Store) -> Names:
    """Each account's name, or its id if there is no replica yet."""
    accounts = store.get_many(Account, [{"account_id": each} for each in dict.fromkeys(account_ids)])
    return {**{each: each for each in account_ids}, **{each.account_id: each.name for each in accounts}}


def known_name(account_id: str, store: Store) -> str:
    """An account's name, or its id if there is no replica yet; raises NotFound."""
    account = store.get(Account, account_id=account_id)
    if account is not None:
        return account.name
    if store.get(Balance, account_id=account_id) is None:
        raise NotFound(f"there is no account {account_id!r}")
    return account_id


def days_of(account_id: str, asked: DayRange, store: Store) -> list[AccountDay]:
    """An account's sums of every day, newest first, days without entries included."""
    days = {day: AccountDay(account_id, day) for day in asked.days()}
    balance = store.get(Balance, account_id=account_id)
    before = previous_day(asked.first)
    rows = store.query(AccountDay, account_id, above=before, through=asked.last, limit=MAX_DAYS)
    found = {day.business_day: day for day in joined(balance, rows)}
    return [found.get(day, empty) for day, empty in days.items()]


def by_account_id(store: Store) -> list[Read[ListedAccount]]:
    """Readers of all accounts, one per shard."""
    return [oldest_first(store, ListedAccount, shard) for shard in range(LISTING_SHARDS)]


def company_days(asked: DayRange, store: Store) -> list[DayTotal]:
    """The company's sums of every day, newest first; shard -1 stands for all of them."""
    totals = {day: DayTotal(-1, day) for day in asked.days()}
    before = previous_day(asked.first)
    for shard in store.shards(DAY_TOTALS).all:
        for part in store.query(DayTotal, shard, above=before, through=asked.last, limit=MAX_DAYS):
            totals[part.business_day] = _plus(totals[part.business_day], part)
    return list(totals.values())


def _plus(total: DayTotal, part: DayTotal) -> DayTotal:
    names = [field.name for field in fields(DayTotal) if field.name not in ("shard", "business_day")]
    sums = {name: getattr(total, name) + getattr(part, name) for name in names}
    return DayTotal(-1, total.business_day, **sums)


def closes(asked: DayRange, store: Store) -> list[CloseView]:
    """The days whose close has started, newest first."""
    keys = [{"business_day": day} for day in asked.days()]
    rows = {row.business_day: row for row in store.get_many(Close, keys)}
    first_open = first_open_day(store)
    return [
        CloseView(total, rows.get(total.business_day), first_open <= total.business_day)
        for total in company_days(asked, store)
        if total.accounts_closed or total.business_day in rows
    ]


def close_of(day: str, store: Store) -> CloseView:
    """Raises NotFound if the day's close has not started."""
    found = closes(DayRange(day, day), store)
    if not found:
        raise NotFound(f"{day} has not been closed")
    return found[0]


def first_open_day(store: Store) -> str:
    """The earliest day on which any account is open; LAST_DAY if there is no account."""
    ends = [
        row.closed_through
        for shard in store.shards(BALANCES).all
        for row in store.query(OpenAccount, shard, limit=1)
    ]
    return next_day(min(ends)) if ends else LAST_DAY
