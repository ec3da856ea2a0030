"""An admin sends an invitation again."""

from functions.auth.domain import ACTIVE, InvitationAccepted, NotInvitable, is_active
from functions.auth.following import follow, note
from functions.auth.identity import IdentityProvider
from functions.auth.rows import Account
from shared.authority import checks_beside
from shared.clock import rfc3339
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Add, ConditionFailed, Store, changed

DEACTIVATED_ACCOUNT = "the account is deactivated: reactivate it first"


def invite_again(
    account_id: str,
    store: Store,
    context: Context,
    identity: IdentityProvider,
    remember: Remember[Account] = forget,
) -> Account:
    """Raises UnknownAccount, NotInvitable, InvitationAccepted or IdentityProviderDown.

    The mail is sent before the row and the answer are written. After a crash between the two, the same
    request sends it again, because it is unknown whether it was sent.
    """
    account = _invitable(account_id, store, identity)
    now = context.now()
    if not identity.invite_again(account.email):
        raise _accepted(account, store)
    return _sent(changed(account, invited_at=rfc3339(now)), store, remember)


def _invitable(account_id: str, store: Store, identity: IdentityProvider) -> Account:
    """Follow first: the pool mails to an address, so the user must have the account's address."""
    account = follow(account_id, store, identity)
    user = identity.user(account_id)
    if user is None:
        raise NotInvitable("the user pool has no user of this account")
    if user.has_own_password:
        raise _accepted(account, store)
    if not is_active(account):
        raise NotInvitable(DEACTIVATED_ACCOUNT)
    if user.email != account.email:
        raise NotInvitable("the account's user has another e-mail address")
    return account


def _accepted(account: Account, store: Store) -> InvitationAccepted:
    note(account, changed(account, invited_at=None), store)
    return InvitationAccepted("the account's owner has signed in already")


def _sent(account: Account, store: Store, remember: Remember[Account]) -> Account:
    sent = Add(
        Account,
        {"account_id": account.account_id},
        values={"invited_at": account.invited_at},
        expected={"status": ACTIVE},
    )
    try:
        store.transact([sent, *checks_beside(account, remember(account))])
    except ConditionFailed as refusal:
        if 0 not in refusal.failed:
            raise
        raise NotInvitable(DEACTIVATED_ACCOUNT) from None
    return account
