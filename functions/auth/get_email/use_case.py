"""Return an account's e-mail address to the sender of reports: the only synchronous call between services."""

from functions.auth.domain import UnknownAccount
from functions.auth.lookup import existing
from functions.auth.rows import Account
from shared.store import Store


def get_email(account_id: str, store: Store) -> Account:
    """The account, even a deactivated one: its reports are still sent.

    Raises UnknownAccount, also if the address is lost; RowsLost if the caller must retry later.
    """
    if not account_id:
        raise UnknownAccount("no account_id is given")
    account = existing(account_id, store)
    if not account.email:
        raise UnknownAccount("its address is lost")
    return account
