"""Reads an account by its id."""

from functions.auth.domain import UnknownAccount
from functions.auth.rows import Account
from shared.guards import check_rows
from shared.store import Store


def existing(account_id: str, store: Store) -> Account:
    """Raises UnknownAccount, or RowsLost if the table has lost its rows."""
    account = store.get(Account, account_id=account_id)
    if account is None:
        check_rows(store, Account, "account_id")
        raise UnknownAccount("there is no such account")
    return account
