"""Show the caller's own account."""

from contextlib import suppress

from functions.auth.following import note
from functions.auth.lookup import existing
from functions.auth.rows import Account
from shared.store import Store, StoreError, changed


def get_me(account_id: str, store: Store) -> Account:
    """The account as it is now, which a token may be 15 minutes behind; raises UnknownAccount.

    Who has a token has signed in: the first call says so on the row, if that can be written.
    """
    account = existing(account_id, store)
    came = changed(account, invited_at=None)
    with suppress(StoreError):
        note(account, came, store)
    return came
