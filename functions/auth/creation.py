"""How an account comes to be, alike for the bootstrap and for an invite."""

from collections.abc import Sequence

from events.auth import AccountCreated
from functions.auth.domain import ACTIVE_ADMINS, Account, Counter, NewAccount, account_of, is_active_admin
from functions.auth.identity import IdentityProvider
from shared.idempotency import Remember, forget
from shared.scope import Scope
from shared.store import Action, Add, ConditionFailed, Insert, Store


def find_or_create(
    new: NewAccount,
    store: Store,
    scope: Scope,
    identity: IdentityProvider,
    *,
    invited: bool,
    remember: Remember[Account] = forget,
) -> tuple[Account, bool]:
    """The account with this e-mail address, and whether it was created now.

    The user comes first, for it has the account_id. Repeating a call finishes what a crash left half
    done. An account that is there stays as it is, whatever else was asked for.
    """
    account_id, user_is_new = identity.ensure_user(new.email, new.name, invited=invited)
    if (found := store.get(Account, account_id=account_id)) is not None:
        return found, False
    if invited and not user_is_new:
        identity.invite_again(new.email)
    return _insert(account_of(account_id, new, scope.now()), store, scope, remember)


def _insert(
    account: Account, store: Store, scope: Scope, remember: Remember[Account]
) -> tuple[Account, bool]:
    try:
        store.transact(_insertion(account, scope, remember))
    except ConditionFailed:
        # Another call may have created it meanwhile.
        if (found := store.get(Account, account_id=account.account_id)) is not None:
            return found, False
        raise
    return account, True


def _insertion(account: Account, scope: Scope, remember: Remember[Account]) -> Sequence[Action]:
    event = AccountCreated.model_validate(account, from_attributes=True)
    counted = [Add(Counter, {"counter": ACTIVE_ADMINS}, {"amount": 1})] if is_active_admin(account) else []
    return [
        Insert(account),
        scope.record(event, occurred_at=scope.now(), subject_id=account.account_id),
        *counted,
        *remember(account),
    ]
