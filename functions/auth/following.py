"""The identity provider follows the accounts' rows, which are the truth for everything but passwords."""

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
    """Bring the user to the row's latest state; may be repeated, and run twice at once.

    Who brought an old state, because the row changed meanwhile, sees so afterwards and goes again: the
    last one to write has looked after everybody else. A user who is not there can't sign in, so that is
    noted on the row and is no failure. Raises UnknownAccount or IdentityProviderDown.
    """
    account = existing(account_id, store)
    for _ in range(MAX_TRIES):
        found = _bring(account, identity)
        brought, account = account, existing(account_id, store)
        if account.version == brought.version:
            return note(account, noted(account, *found), store)
    raise Unavailable("the account kept changing")


def follow_if_possible(account: Account, store: Store, identity: IdentityProvider) -> Account:
    """Follow at once rather than when the event comes round, which makes good whatever fails here.

    The account as it was given, with how its user was found.
    """
    try:
        followed = follow(account.account_id, store, identity)
    except (IdentityProviderDown, StoreError):
        return account
    return changed(account, identity=followed.identity, invited_at=followed.invited_at)


def note(account: Account, found: Account, store: Store) -> Account:
    """Keep on the row how its user was found, and leave all else of it as it is by now.

    A row that changes meanwhile is looked at again anyway.
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


def _bring(account: Account, identity: IdentityProvider) -> tuple[str, User | None]:
    """Who loses access loses it first; who gets it back gets it with the role of now.

    A deactivation is always made, also of one who is disabled: after a crash the sign-out may be missing.
    """
    try:
        if not is_active(account):
            identity.ensure_enabled(account.account_id, False)
        user = identity.user(account.account_id)
        return (MISSING if user is None else _bring_user(account, user, identity)), user
    except UserMissing:
        return MISSING, None


def _bring_user(account: Account, user: User, identity: IdentityProvider) -> str:
    if user.groups != {account.role}:
        identity.ensure_role(account.account_id, account.role)
    found = _bring_attributes(account, user, identity)
    if is_active(account) and not user.enabled:
        identity.ensure_enabled(account.account_id, True)
    return found


def _bring_attributes(account: Account, user: User, identity: IdentityProvider) -> str:
    """An address that another user has is left to the operator; everything else is brought all the same."""
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
