"""Lists the payouts of a business day, by account_id.

A payout is the last entry of its account's day, because nothing is posted to a closed day. So the account
day has its number.
"""

from collections.abc import Mapping, Sequence

from functions.accounting.ledger import PAYOUT
from functions.accounting.rows import AccountDay, Entry, ListedAccount
from functions.accounting.views import by_account_id
from shared.frozen import Frozen
from shared.paging import MAX_EXAMINED, Examined, examine
from shared.store import Store

MIN_READ = 50
"""The least number of accounts read at a time, so that small pages don't need many calls."""

Paid = tuple[ListedAccount, AccountDay]


class Payout(Frozen):
    """An account and the entry that paid it out."""

    account: ListedAccount
    entry: Entry


def list_payouts(day: str, limit: int, after: str | None, store: Store) -> Examined[Payout]:
    """Read accounts in batches until one has a payout or 500 were examined.

    `after` is the last account_id of the previous page.
    """
    position, examined = after, 0
    while True:
        listed = examine(by_account_id(store), _account_id, position, limit=max(limit, MIN_READ))
        position, examined = listed.next_position, examined + len(listed.found)
        paid = _paid(day, listed.found, store)
        if paid or position is None or examined >= MAX_EXAMINED:
            next_position = paid[limit - 1][0].account_id if len(paid) > limit else position
            return Examined(_payouts(paid[:limit], store), next_position)


def _paid(day: str, accounts: Sequence[ListedAccount], store: Store) -> list[Paid]:
    keys = [{"account_id": account.account_id, "business_day": day} for account in accounts]
    days = {row.account_id: row for row in store.get_many(AccountDay, keys) if row.payouts}
    return [(account, days[account.account_id]) for account in accounts if account.account_id in days]


def _payouts(paid: Sequence[Paid], store: Store) -> list[Payout]:
    found = store.get_many(Entry, [_last_entry(day) for _, day in paid])
    entries = {entry.account_id: entry for entry in found if entry.kind == PAYOUT}
    return [Payout(account, entries[day.account_id]) for account, day in paid if day.account_id in entries]


def _last_entry(day: AccountDay) -> Mapping[str, str | int]:
    return {"account_id": day.account_id, "entry_number": day.last_entry_number}


def _account_id(row: ListedAccount) -> str:
    return row.account_id
