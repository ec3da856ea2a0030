"""Finds an account's entry by its id, without an index.

An entry's id has the time at which it was drawn: after the entry before was stored, and before its own was.
So times grow with the numbers, as far as the clocks of two hosts agree. Only a payout that a repair or a
restore has booked again may have a number too high for its time; so payouts lead to no other entry.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime

from functions.accounting.ledger import PAYOUT
from functions.accounting.rows import Balance, Entry
from shared.clock import CLOCKS_DIFFER_BY
from shared.ids import instant_of
from shared.store import Store

PAGE = 100
NEIGHBOURS = 4
"""Entries read at a step of the bisection: the first that is no payout counts."""
LATEST = datetime.max.replace(tzinfo=UTC)


def entry_with_id(account_id: str, entry_id: str, store: Store) -> Entry | None:
    """The account's entry with this id; None if it has none, and perhaps for a payout that was booked again.

    Reads about one row per bisection of the account's pages, then the entries of two minutes around the id.
    """
    balance = store.get(Balance, account_id=account_id)
    try:
        drawn = instant_of(entry_id)
        first, last = drawn - CLOCKS_DIFFER_BY, drawn + CLOCKS_DIFFER_BY
    except (OverflowError, ValueError):
        return None
    if balance is None:
        return None
    starts = range(PAGE + 1, balance.last_entry_number + 1, PAGE)
    above = PAGE * bisect_left(starts, first, key=lambda number: _instant_at(account_id, number, store))
    while page := store.query(Entry, account_id, above=above, limit=PAGE):
        for entry in page:
            if entry.entry_id == entry_id:
                return entry
        if any(instant > last for instant in _instants(page)):
            return None
        above = page[-1].entry_number
    return None


def _instant_at(account_id: str, number: int, store: Store) -> datetime:
    """When the entry of this number was drawn, or the next that is no payout; LATEST if none is near."""
    near = store.query(Entry, account_id, above=number - 1, limit=NEIGHBOURS)
    return next(iter(_instants(near)), LATEST)


def _instants(entries: Iterable[Entry]) -> list[datetime]:
    return [instant_of(entry.entry_id) for entry in entries if entry.kind != PAYOUT]
