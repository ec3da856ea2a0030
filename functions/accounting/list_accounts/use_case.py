"""All accounts with their balances, by account_id: an order that stays the same while accounts come."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.accounting.domain import LISTING_SHARDS, Balance, ListedAccount
from shared.paging import Read, examine
from shared.store import Store


@dataclass(frozen=True, slots=True)
class AccountsView:
    """A page of accounts; `balances` by account_id, without those that have none yet."""

    accounts: list[ListedAccount]
    balances: dict[str, Balance]
    next_position: str | None


def list_accounts(limit: int, after: str | None, store: Store) -> AccountsView:
    """`after` is the account_id of the last account of the page before."""
    listed = examine(
        [_by_id(shard, store) for shard in range(LISTING_SHARDS)],
        lambda row: row.account_id,
        after,
        limit=limit,
    )
    keys = [{"account_id": account.account_id} for account in listed.found]
    balances = {balance.account_id: balance for balance in store.get_many(Balance, keys)}
    return AccountsView(listed.found, balances, listed.next_position)


def _by_id(shard: int, store: Store) -> Read[ListedAccount]:
    def read(above: str | None, limit: int) -> Sequence[ListedAccount]:
        return store.query(ListedAccount, shard, above=above, limit=limit)

    return read
