"""Show the caller's own account."""

from contextlib import suppress

from functions.auth.following import note
from functions.auth.lookup import existing
from functions.auth.rows import Account
from shared.store import Store, StoreError, changed


def get_me(account_id: str, store: Store) -> Account:
    """The current account; raises UnknownAccount.

    A caller with a token has accepted the invitation: the first call stores that, if it can.
    """
    account = existing(account_id, store)
    accepted = changed(account, invited_at=None)
    with suppress(StoreError):
        note(account, accepted, store)
    return accepted
