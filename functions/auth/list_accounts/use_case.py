"""All accounts, newest first: an order in which nobody ever moves, so that paging is stable."""

from dataclasses import dataclass

from functions.auth.domain import LISTING_SHARDS, Account, ListedAccount
from shared.api import BadCursor, decode_cursor, encode_cursor
from shared.store import Store


@dataclass(frozen=True, slots=True)
class AccountsPage:
    accounts: list[Account]
    next_cursor: str | None


def list_accounts(limit: int, cursor: str | None, store: Store) -> AccountsPage:
    """Raises BadCursor."""
    below = None if cursor is None else _position(cursor)
    listed = [row for shard in range(LISTING_SHARDS) for row in _newest(shard, below, limit + 1, store)]
    listed.sort(key=lambda row: row.listing_key, reverse=True)
    page = listed[:limit]
    more = len(listed) > limit
    return AccountsPage(_accounts(page, store), encode_cursor(page[-1].listing_key) if more else None)


def _newest(shard: int, below: str | None, limit: int, store: Store) -> list[ListedAccount]:
    return store.query(ListedAccount, shard, below=below, limit=limit, newest_first=True)


def _accounts(page: list[ListedAccount], store: Store) -> list[Account]:
    """The accounts as they are now, in the page's order."""
    found = store.get_many(Account, [{"account_id": row.account_id} for row in page])
    return sorted(found, key=lambda account: account.listing_key, reverse=True)


def _position(cursor: str) -> str:
    position = decode_cursor(cursor)
    if not isinstance(position, str):
        raise BadCursor("this cursor is not one of ours")
    return position
