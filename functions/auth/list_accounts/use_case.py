"""Accounts, newest first: this order never changes, so paging is stable."""

from collections.abc import Iterator, Sequence

from functions.auth.domain import LISTING_SHARDS
from functions.auth.rows import Account, ListedAccount
from shared.frozen import Frozen
from shared.paging import MAX_EXAMINED, Examined, examine, newest_first
from shared.store import Store, chunks
from shared.text import folded

ACCOUNTS_AT_ONCE = 100


class Filter(Frozen):
    """`q` is a part of the name or of the e-mail address; None does not filter."""

    q: str | None = None
    role: str | None = None
    status: str | None = None
    accepted: bool | None = None

    def fits(self, account: Account) -> bool:
        part = folded(self.q or "")
        return (
            (part in folded(account.name) or part in folded(account.email))
            and self.role in (None, account.role)
            and self.status in (None, account.status)
            and self.accepted in (None, account.invited_at is None)
        )


EVERYBODY = Filter()


class AccountsPage(Frozen):
    accounts: list[Account]
    next_position: str | None


def list_accounts(wanted: Filter, limit: int, after: str | None, store: Store) -> AccountsPage:
    """`after` is the listing_key of the last account examined for the previous page.

    The index has only keys, so the accounts themselves are read to be filtered: at most 500, and no more
    once the page is full.
    """
    listed = _listed(limit if wanted == EVERYBODY else MAX_EXAMINED, after, store)
    found: list[Account] = []
    for account in _accounts(listed.found, store):
        if wanted.fits(account):
            found.append(account)
        if len(found) == limit:
            is_last = account.listing_key == listed.found[-1].listing_key
            return AccountsPage(found, listed.next_position if is_last else account.listing_key)
    return AccountsPage(found, listed.next_position)


def _listed(limit: int, after: str | None, store: Store) -> Examined[ListedAccount]:
    return examine(
        [newest_first(store, ListedAccount, shard) for shard in range(LISTING_SHARDS)],
        lambda row: row.listing_key,
        after,
        limit=limit,
        descending=True,
    )


def _accounts(listed: Sequence[ListedAccount], store: Store) -> Iterator[Account]:
    """The current accounts, in the list's order, read in batches as they are needed."""
    for part in chunks(listed, ACCOUNTS_AT_ONCE):
        found = store.get_many(Account, [{"account_id": row.account_id} for row in part])
        yield from sorted(found, key=lambda account: account.listing_key, reverse=True)
