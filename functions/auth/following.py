"""The identity provider follows the accounts' rows, which are the truth for name, role and status."""

from functions.auth.domain import Account, IdentityProviderDown, UnknownAccount, is_active
from functions.auth.identity import IdentityProvider
from shared.store import Store, StoreError, Unavailable

MAX_TRIES = 8


def follow(account_id: str, store: Store, identity: IdentityProvider) -> None:
    """Bring the user to the row's latest state; may be repeated, and run twice at once.

    Who brought an old state, because the row changed meanwhile, sees so afterwards and goes again: the
    last one to write has looked after everybody else. Raises UnknownAccount or IdentityProviderDown.
    """
    account = _present(account_id, store)
    for _ in range(MAX_TRIES):
        _bring(account, identity)
        brought, account = account, _present(account_id, store)
        if account.version == brought.version:
            return
    raise Unavailable("the account kept changing")


def follow_if_possible(account_id: str, store: Store, identity: IdentityProvider) -> None:
    """Follow at once rather than when the event comes round, which makes good whatever fails here."""
    try:
        follow(account_id, store, identity)
    except (IdentityProviderDown, StoreError):
        return


def _present(account_id: str, store: Store) -> Account:
    account = store.get(Account, account_id=account_id)
    if account is None:
        raise UnknownAccount("there is no such account")
    return account


def _bring(account: Account, identity: IdentityProvider) -> None:
    """Who loses access loses it first; who gets it back gets it with the role of now."""
    if not is_active(account):
        identity.ensure_enabled(account.email, False)
    identity.ensure_role(account.email, account.role)
    identity.ensure_name(account.email, account.name)
    if is_active(account):
        identity.ensure_enabled(account.email, True)
