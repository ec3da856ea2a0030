"""An admin invites a person."""

from functions.auth.creation import find_or_create
from functions.auth.domain import AddressTaken, NewAccount
from functions.auth.following import follow_if_possible
from functions.auth.identity import IdentityProvider
from functions.auth.rows import Account
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Store


def invite_account(
    new: NewAccount,
    store: Store,
    context: Context,
    identity: IdentityProvider,
    remember: Remember[Account] = forget,
) -> Account:
    """Raises AddressTaken, AddressRefused or IdentityProviderDown; after the latter it may be repeated."""
    account, created = find_or_create(new, store, context, identity, invited=True, remember=remember)
    account = follow_if_possible(account, store, identity)
    if not created:
        raise AddressTaken("there is an account with this e-mail address")
    return account
