"""Tell the sender of reports an account's e-mail address: the one synchronous call between services."""

from functions.auth.domain import Account, UnknownAccount
from shared.store import Store


def get_email(account_id: str, store: Store) -> Account:
    """The account, whatever its status: what was earned is reported. Raises UnknownAccount."""
    account = store.get(Account, account_id=account_id) if account_id else None
    if account is None:
        raise UnknownAccount("there is no such account")
    return account
