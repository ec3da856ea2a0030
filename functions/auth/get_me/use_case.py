"""Show the caller's own account."""

from functions.auth.domain import Account, UnknownAccount
from shared.store import Store


def get_me(account_id: str, store: Store) -> Account:
    """The account as it is now, which a token may be 15 minutes behind; raises UnknownAccount."""
    account = store.get(Account, account_id=account_id)
    if account is None:
        raise UnknownAccount("there is no such account")
    return account
