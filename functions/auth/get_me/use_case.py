"""Show the caller's own account."""

from functions.auth.domain import Account
from functions.auth.lookup import existing
from shared.store import Store


def get_me(account_id: str, store: Store) -> Account:
    """The account as it is now, which a token may be 15 minutes behind; raises UnknownAccount."""
    return existing(account_id, store)
