"""Tell the sender of reports an account's e-mail address: the one synchronous call between services."""

from functions.auth.domain import UnknownAccount
from functions.auth.lookup import existing
from functions.auth.rows import Account
from shared.store import Store


def get_email(account_id: str, store: Store) -> Account:
    """The account, whatever its status: what was earned is reported.

    Raises UnknownAccount, also where the address is lost; RowsLost when whoever asks has to wait.
    """
    if not account_id:
        raise UnknownAccount("nobody is asked for")
    account = existing(account_id, store)
    if not account.email:
        raise UnknownAccount("its address is lost")
    return account
