"""An admin changes an account's role or name, deactivates or reactivates it."""

from collections.abc import Sequence
from datetime import datetime

from events.auth import (
    AccountDeactivated,
    AccountReactivated,
    AccountRenamed,
    AccountRoleChanged,
    AccountState,
)
from functions.auth.domain import ACTIVE_ADMINS, Change, LastAdmin, is_active, is_active_admin, steps
from functions.auth.following import follow_if_possible
from functions.auth.identity import IdentityProvider
from functions.auth.lookup import existing
from functions.auth.rows import Account, Counter
from shared.authority import checks_beside
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Action, Add, ConditionFailed, Put, Store, Unavailable

MAX_TRIES = 8


def change_account(
    account_id: str,
    change: Change,
    store: Store,
    context: Context,
    identity: IdentityProvider,
    remember: Remember[Account] = forget,
) -> Account:
    """The account after the change, even if nothing had to be changed.

    Raises UnknownAccount, LastAdmin or AuthorityNotConfirmed. The user pool is updated at once if possible,
    else by the event.
    """
    account = _change(account_id, change, store, context, remember)
    return follow_if_possible(account, store, identity)


def _change(
    account_id: str, change: Change, store: Store, context: Context, remember: Remember[Account]
) -> Account:
    for _ in range(MAX_TRIES):
        before = existing(account_id, store)
        now = context.now()
        if not (made := list(steps(before, change, now))):
            return before
        _, after = made[-1]
        own = [
            Put(after, expected={"version": before.version, "invited_at": before.invited_at}),
            *_count(before, after, store),
            *_journal(made, now, context),
        ]
        try:
            store.transact([*own, *checks_beside(before, remember(after))])
        except ConditionFailed as refusal:
            if max(refusal.failed) >= len(own):
                raise
            continue
        return after
    raise Unavailable("the account kept changing")


def _count(before: Account, after: Account, store: Store) -> list[Action]:
    """The update of the number of active admins; raises LastAdmin, also if the last two leave at once."""
    difference = is_active_admin(after) - is_active_admin(before)
    if difference == 0:
        return []
    key = {"counter": ACTIVE_ADMINS}
    if difference > 0:
        return [Add(Counter, key, {"amount": difference})]
    counter = store.get(Counter, counter=ACTIVE_ADMINS)
    if counter is None or counter.amount <= 1:
        raise LastAdmin("the last active admin can be neither demoted nor deactivated")
    return [Add(Counter, key, {"amount": difference}, expected={"amount": counter.amount})]


def _journal(made: Sequence[tuple[str, Account]], now: datetime, context: Context) -> Sequence[Action]:
    """One event for each aspect, in the order of the versions."""
    events = [_event(aspect, account) for aspect, account in made]
    return context.record(*events, occurred_at=now, subject_id=made[0][1].account_id)


def _event(aspect: str, account: Account) -> AccountState:
    reactivated_or_not = AccountReactivated if is_active(account) else AccountDeactivated
    kinds = {"name": AccountRenamed, "role": AccountRoleChanged, "status": reactivated_or_not}
    return kinds[aspect].model_validate(account, from_attributes=True)
