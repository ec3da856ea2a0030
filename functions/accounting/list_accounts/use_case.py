"""All accounts with their balances, shard after shard: an order that stays the same while accounts come."""

from dataclasses import dataclass

from functions.accounting.domain import LISTING_SHARDS, Balance, ListedAccount
from shared.api import BadCursor, decode_cursor, encode_cursor
from shared.store import Store


@dataclass(frozen=True, slots=True)
class AccountsView:
    """A page of accounts; `balances` by account_id, without those that have none yet."""

    accounts: list[ListedAccount]
    balances: dict[str, Balance]
    next_cursor: str | None


def list_accounts(limit: int, cursor: str | None, store: Store) -> AccountsView:
    """Raises BadCursor."""
    found = _from(*_position(cursor), limit + 1, store)
    accounts = found[:limit]
    keys = [{"account_id": account.account_id} for account in accounts]
    balances = {balance.account_id: balance for balance in store.get_many(Balance, keys)}
    return AccountsView(accounts, balances, _cursor(accounts[-1]) if len(found) > limit else None)


def _from(shard: int, above: str | None, limit: int, store: Store) -> list[ListedAccount]:
    found = store.query(ListedAccount, shard, above=above, limit=limit)
    for following in range(shard + 1, LISTING_SHARDS):
        if len(found) < limit:
            found += store.query(ListedAccount, following, limit=limit - len(found))
    return found


def _cursor(account: ListedAccount) -> str:
    return encode_cursor(f"{account.listing_shard}#{account.account_id}")


def _position(cursor: str | None) -> tuple[int, str | None]:
    """The shard to begin with, and the last account of it that was listed."""
    if cursor is None:
        return 0, None
    shard, _, account_id = str(decode_cursor(cursor)).partition("#")
    if not (shard.isdecimal() and shard.isascii() and account_id):
        raise BadCursor("this cursor is not one of ours")
    return int(shard), account_id
