"""Creates accounts, for the bootstrap and for invites.

An address belongs to the account whose row claims it, whatever the user pool says.
"""

from collections.abc import Sequence

from events.auth import AccountCreated
from functions.auth.domain import (
    ACTIVE_ADMINS,
    AddressTaken,
    IdentityProviderDown,
    NewAccount,
    UserMissing,
    account_of,
    is_active_admin,
)
from functions.auth.following import follow, follow_if_possible
from functions.auth.identity import IdentityProvider
from functions.auth.rows import Account, AddressClaim, Counter
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Action, Add, ConditionFailed, Insert, Store


def find_or_create(
    new: NewAccount,
    store: Store,
    context: Context,
    identity: IdentityProvider,
    *,
    invited: bool,
    remember: Remember[Account] = forget,
) -> tuple[Account, bool]:
    """The account with this e-mail address, and whether it was created now.

    The user is created first, because its id is the account_id. A repeated call finishes what a crash left
    undone. An existing account is not changed. Raises AddressTaken if the address can't be assigned to the
    account.
    """
    if (found := _holder(new.email, store)) is not None:
        return found, False
    account_id, user_is_new, found = _user(new, store, identity, invited)
    if found is not None:
        return found, False
    now = context.now()
    mailed = invited and (user_is_new or identity.invite_again(new.email))
    return _insert(account_of(account_id, new, now, invited=mailed), store, context, identity, remember)


def _holder(email: str, store: Store) -> Account | None:
    claim = store.get(AddressClaim, email=email)
    return None if claim is None else store.get(Account, account_id=claim.account_id)


def _user(
    new: NewAccount, store: Store, identity: IdentityProvider, invited: bool
) -> tuple[str, bool, Account | None]:
    """The user with this address, whether it is new, and its account if there is one.

    If that account has another address, this one was set only in the pool: the user gets the account's
    address back, and this one becomes free.
    """
    for _ in range(2):
        account_id, is_new = identity.ensure_user(new.email, new.name, invited=invited)
        found = store.get(Account, account_id=account_id)
        if found is None or found.email == new.email:
            return account_id, is_new, found
        follow(account_id, store, identity)
    raise AddressTaken("the user of another account has this e-mail address")


def _insert(
    account: Account, store: Store, context: Context, identity: IdentityProvider, remember: Remember[Account]
) -> tuple[Account, bool]:
    try:
        store.transact(_insertion(account, context, remember))
    except ConditionFailed:
        # Another call may have created the account meanwhile.
        if (found := store.get(Account, account_id=account.account_id)) is not None:
            return found, False
        if store.get(AddressClaim, email=account.email) is not None:
            raise AddressTaken("there is an account with this e-mail address") from None
        _disable_user(account.account_id, store, identity)
        raise
    return account, True


def _disable_user(account_id: str, store: Store, identity: IdentityProvider) -> None:
    """Disable a user left without an account, if possible: the inviting caller has lost the right.

    The next invite of the address enables it. If another call has just written the row, follow that.
    """
    try:
        identity.ensure_enabled(account_id, False)
    except (IdentityProviderDown, UserMissing):
        return
    if (found := store.get(Account, account_id=account_id)) is not None:
        follow_if_possible(found, store, identity)


def _insertion(account: Account, context: Context, remember: Remember[Account]) -> Sequence[Action]:
    event = AccountCreated.model_validate(account, from_attributes=True)
    counted = [Add(Counter, {"counter": ACTIVE_ADMINS}, {"amount": 1})] if is_active_admin(account) else []
    return [
        Insert(account),
        Insert(AddressClaim(account.email, account.account_id)),
        *context.record(event, occurred_at=context.now(), subject_id=account.account_id),
        *counted,
        *remember(account),
    ]
