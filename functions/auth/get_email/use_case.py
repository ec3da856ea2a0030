"""Tell the sender of reports an account's e-mail address: the one synchronous call between services."""

from functions.auth.domain import Account, UnknownAccount
from shared.store import Store


def get_email(account_id: str, store: Store) -> Account:
    """The account, whatever its status: what was earned is reported.

    Raises UnknownAccount, also where the address is lost.
    """
    account = store.get(Account, account_id=account_id) if account_id else None
    if account is None or not account.email:
        raise UnknownAccount("there is no such account, or no address of it")
    return account
