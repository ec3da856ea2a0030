"""Names of accounts, from this service's replica."""

from collections.abc import Iterable, Mapping

from functions.tracking.rows import Account
from shared.store import Store

Names = Mapping[str, str]
"""By account_id; an account that this service has not heard of yet goes by its id."""


def names_of(account_ids: Iterable[str | None], store: Store) -> Names:
    """An unknown creator has no name; a restored task may also hold an empty one."""
    wanted = sorted({account_id for account_id in account_ids if account_id})
    found = store.get_many(Account, [{"account_id": account_id} for account_id in wanted])
    return {account_id: account_id for account_id in wanted} | {row.account_id: row.name for row in found}
