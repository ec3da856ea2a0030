"""Whom to pay what for a business day: the payouts that its close has booked, by account_id.

A payout is the last entry of its account's day, for nothing is posted to a closed day. So the sums of the
account's day, which say whether there is one, also say under which number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.accounting.domain import PAYOUT, AccountDay, Entry, ListedAccount
from functions.accounting.views import by_account_id
from shared.paging import MAX_EXAMINED, Examined, examine
from shared.store import Store


@dataclass(frozen=True, slots=True)
class Payout:
    """An account and the entry that paid it out."""

    account: ListedAccount
    entry: Entry


def list_payouts(day: str, limit: int, after: str | None, store: Store) -> Examined[Payout]:
    """Looks at `limit` accounts at a time, until one of them was paid or 500 were looked at.

    `after` is the account_id of the last account of the page before.
    """
    position, examined = after, 0
    while True:
        listed = examine(by_account_id(store), _account_id, position, limit=limit)
        position, examined = listed.next_position, examined + len(listed.found)
        found = _payouts(day, listed.found, store)
        if found or position is None or examined >= MAX_EXAMINED:
            return Examined(found, position)


def _payouts(day: str, accounts: Sequence[ListedAccount], store: Store) -> list[Payout]:
    keys = [{"account_id": account.account_id, "business_day": day} for account in accounts]
    paid = [row for row in store.get_many(AccountDay, keys) if row.payouts]
    places = [_last_entry(row) for row in paid]
    entries = {entry.account_id: entry for entry in store.get_many(Entry, places) if entry.kind == PAYOUT}
    return [
        Payout(account, entries[account.account_id]) for account in accounts if account.account_id in entries
    ]


def _last_entry(day: AccountDay) -> Mapping[str, str | int]:
    return {"account_id": day.account_id, "entry_number": day.last_entry_number}


def _account_id(row: ListedAccount) -> str:
    return row.account_id
