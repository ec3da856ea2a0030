"""Updates users of the identity provider from the accounts' rows, which decide all but passwords."""

from functions.auth.domain import (
    AddressOccupied,
    IdentityProviderDown,
    User,
    UserMissing,
    address_changes,
    is_active,
    noted,
)
from functions.auth.identity import IdentityProvider
from functions.auth.lookup import existing
from functions.auth.rows import DIFFERS, MATCHES, MISSING, Account
from shared.store import Add, ConditionFailed, Store, StoreError, Unavailable, changed

MAX_TRIES = 8
NOTED = ("identity", "invited_at")


def follow(account_id: str, store: Store, identity: IdentityProvider) -> Account:
    """Update the user to the row's latest state; may be repeated, and run concurrently.

    The row is read again afterwards, and the user updated again if it has changed: so the last call sets
    the latest state. A missing user can't sign in, so that is stored on the row and is no error. Raises
    UnknownAccount or IdentityProviderDown.
    """
    account = existing(account_id, store)
    for _ in range(MAX_TRIES):
        found = _update_identity(account, identity)
        followed, account = account, existing(account_id, store)
        if account.version == followed.version:
            return note(account, noted(account, *found), store)
    raise Unavailable("the account kept changing")


def follow_if_possible(account: Account, store: Store, identity: IdentityProvider) -> Account:
    """Follow at once; if that fails, the account's event does it later.

    Returns the given account, with how its user was found.
    """
    try:
        followed = follow(account.account_id, store, identity)
    except (IdentityProviderDown, StoreError):
        return account
    return changed(account, identity=followed.identity, invited_at=followed.invited_at)


def note(account: Account, found: Account, store: Store) -> Account:
    """Store on the row how its user was found, and change nothing else of it.

    If the row changed meanwhile, it is skipped: it will be followed anyway.
    """
    values = {name: getattr(found, name) for name in NOTED if getattr(found, name) != getattr(account, name)}
    if not values:
        return account
    expected = {"version": account.version, "invited_at": account.invited_at}
    try:
        store.transact([Add(Account, {"account_id": account.account_id}, values=values, expected=expected)])
    except ConditionFailed:
        return account
    return found


def _update_identity(account: Account, identity: IdentityProvider) -> tuple[str, User | None]:
    """Disable first, enable last, when the role is set.

    Disable also a user who is disabled already: after a crash the sign-out may be missing.
    """
    try:
        if not is_active(account):
            identity.ensure_enabled(account.account_id, False)
        user = identity.user(account.account_id)
        return (MISSING if user is None else _update_user(account, user, identity)), user
    except UserMissing:
        return MISSING, None


def _update_user(account: Account, user: User, identity: IdentityProvider) -> str:
    if user.groups != {account.role}:
        identity.ensure_role(account.account_id, account.role)
    found = _update_attributes(account, user, identity)
    if is_active(account) and not user.enabled:
        identity.ensure_enabled(account.account_id, True)
    return found


def _update_attributes(account: Account, user: User, identity: IdentityProvider) -> str:
    """If another user has the address, that is left to the operator; everything else is set."""
    name = {"name": account.name} if user.name != account.name else {}
    address = address_changes(account, user)
    try:
        if name or address:
            identity.ensure_attributes(account.account_id, name | address)
    except AddressOccupied:
        if name:
            identity.ensure_attributes(account.account_id, name)
        return DIFFERS
    return MATCHES
