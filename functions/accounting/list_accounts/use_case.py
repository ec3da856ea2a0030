"""Lists accounts with their balances by account_id, name or balance; postings change only the last order."""

from collections.abc import Callable, Sequence

from functions.accounting.ledger import LISTING_SHARDS, ZERO_BALANCE_KEY
from functions.accounting.rows import (
    BALANCES,
    Account,
    AccountByBalance,
    AccountByName,
    Balance,
    ListedAccount,
)
from functions.accounting.views import ListedBalance, Order, by_account_id
from shared.frozen import Frozen
from shared.paging import Examined, Read, examine, oldest_first
from shared.store import Store
from shared.text import folded


class Wanted(Frozen):
    """`q` is a part of the name."""

    order: Order = "account_id"
    q: str | None = None
    in_minus: bool = False


def list_accounts(wanted: Wanted, limit: int, after: str | None, store: Store) -> Examined[ListedBalance]:
    """`after` is the position of the previous page's end; an account is listed once its replica is here.

    A filter on what the index lacks (names by balance, balances otherwise) is applied to the page that was
    read, so that page may be short.
    """
    if wanted.order == "balance":
        return _by_balance(wanted, limit, after, store)
    return _by_account(wanted, limit, after, store)


def _by_balance(wanted: Wanted, limit: int, after: str | None, store: Store) -> Examined[ListedBalance]:
    below = ZERO_BALANCE_KEY if wanted.in_minus else None
    listed = examine(
        [oldest_first(store, AccountByBalance, shard, below) for shard in store.shards(BALANCES).all],
        lambda row: row.balance_key,
        after,
        limit=limit,
    )
    fits, keys = _name_test(wanted.q), [{"account_id": row.account_id} for row in listed.found]
    accounts = {account.account_id: account for account in store.get_many(Account, keys)}
    found = [
        ListedBalance(account, row.balance)
        for row in listed.found
        if (account := accounts.get(row.account_id)) is not None and fits(account.name)
    ]
    return Examined(found, listed.next_position)


def _by_account(wanted: Wanted, limit: int, after: str | None, store: Store) -> Examined[ListedBalance]:
    fits = _name_test(wanted.q)
    listed: Examined[ListedAccount | AccountByName] = examine(
        _by_name(store) if wanted.order == "name" else by_account_id(store),
        _position,
        after,
        limit=limit,
        fits=(lambda row: fits(row.name)) if wanted.q else None,
    )
    keys = [{"account_id": account.account_id} for account in listed.found]
    balances = {row.account_id: row.balance for row in store.get_many(Balance, keys)}
    all_found = [ListedBalance(account, balances.get(account.account_id, 0)) for account in listed.found]
    found = [each for each in all_found if each.balance < 0 or not wanted.in_minus]
    return Examined(found, listed.next_position)


def _name_test(q: str | None) -> Callable[[str], bool]:
    part = folded(q or "")
    return lambda name: part in folded(name)


def _position(row: ListedAccount | AccountByName) -> str:
    return row.name_key if isinstance(row, AccountByName) else row.account_id


def _by_name(store: Store) -> Sequence[Read[AccountByName]]:
    return [oldest_first(store, AccountByName, shard) for shard in range(LISTING_SHARDS)]
