"""Show an account to an admin."""

from functions.auth.lookup import existing
from functions.auth.rows import Account
from shared.store import Store


def get_account(account_id: str, store: Store) -> Account:
    """Raises UnknownAccount."""
    return existing(account_id, store)
