"""All accounts, newest first: an order in which nobody ever moves, so that paging is stable."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.auth.domain import LISTING_SHARDS, Account, ListedAccount
from shared.paging import Read, examine
from shared.store import Store


@dataclass(frozen=True, slots=True)
class AccountsPage:
    accounts: list[Account]
    next_position: str | None


def list_accounts(limit: int, after: str | None, store: Store) -> AccountsPage:
    """`after` is the listing_key of the last account of the page before."""
    listed = examine(
        [_newest(shard, store) for shard in range(LISTING_SHARDS)],
        lambda row: row.listing_key,
        after,
        limit=limit,
        descending=True,
    )
    return AccountsPage(_accounts(listed.found, store), listed.next_position)


def _newest(shard: int, store: Store) -> Read[ListedAccount]:
    def read(below: str | None, limit: int) -> Sequence[ListedAccount]:
        return store.query(ListedAccount, shard, below=below, limit=limit, newest_first=True)

    return read


def _accounts(page: list[ListedAccount], store: Store) -> list[Account]:
    """The accounts as they are now, in the page's order."""
    found = store.get_many(Account, [{"account_id": row.account_id} for row in page])
    return sorted(found, key=lambda account: account.listing_key, reverse=True)
