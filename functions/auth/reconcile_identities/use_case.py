"""Compare all accounts with the user pool, and update the pool from the rows.

A reconciliation checks every account, then searches the pool for users without one. Only then, if not too
many differ, it changes users. It takes as many invocations as needed, and never creates or deletes a user.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.auth.domain import (
    BRINGING,
    DONE,
    IDENTITIES,
    LISTING_SHARDS,
    LOOKING,
    SEARCHING,
    STOPPED,
    BookmarkLost,
    UnknownAccount,
    User,
    identity_of,
    max_differing,
    noted,
)
from functions.auth.following import follow, note
from functions.auth.identity import IdentityProvider
from functions.auth.rows import (
    DIFFERS,
    MATCHES,
    MISSING,
    Account,
    AddressClaim,
    ListedAccount,
    Reconciliation,
)
from shared.clock import rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.store import ConditionFailed, Insert, Put, Store, changed

EVERY = timedelta(hours=1)
# Longer than an invocation may take, but short enough to continue soon after a crash.
LEASE = timedelta(seconds=90)
ACCOUNTS_AT_ONCE = 10
MAX_NAMED = 50


class Busy(Exception):
    """Another invocation is working on it."""


class Order(Frozen):
    """An operator's request: `begin` a new reconciliation, `override` the limit of its changes."""

    begin: bool = False
    override: bool = False


TICK = Order()


def reconcile_identities(
    store: Store,
    context: Context,
    identity: IdentityProvider,
    has_time: Callable[[], bool],
    order: Order = TICK,
) -> Reconciliation:
    """The reconciliation so far; a new one begins an hour after the last, or on request.

    Raises Busy, or IdentityProviderDown, after which the next call continues.
    """
    found = _lease(store, context.now(), order)
    while found.ended_at is None and has_time():
        found = _save(_step(found, store, identity), store, context.now())
    return (
        found
        if found.leased_until is None
        else _save(changed(found, leased_until=None), store, context.now())
    )


def _lease(store: Store, now: datetime, order: Order) -> Reconciliation:
    """The current reconciliation, leased; if it has ended and no new one is due, unchanged."""
    last = store.get(Reconciliation, subject=IDENTITIES)
    if last is not None and last.leased_until is not None and last.leased_until > rfc3339(now):
        raise Busy
    if last is None or order.begin or (last.ended_at and last.began_at <= rfc3339(now - EVERY)):
        return _new(last, store, now, order)
    if last.ended_at:
        return last
    return _save(changed(last, leased_until=rfc3339(now + LEASE)), store, now)


def _new(last: Reconciliation | None, store: Store, now: datetime, order: Order) -> Reconciliation:
    """The last one's alarm stays on until this one has ended otherwise."""
    new = Reconciliation(
        subject=IDENTITIES,
        revision=1 if last is None else last.revision + 1,
        phase=LOOKING,
        began_at=rfc3339(now),
        leased_until=rfc3339(now + LEASE),
        is_overridden=order.override,
        is_alarming=last is not None and last.is_alarming,
    )
    try:
        store.transact([Insert(new) if last is None else Put(new, expected={"revision": last.revision})])
    except ConditionFailed:
        raise Busy from None
    return new


def _save(found: Reconciliation, store: Store, now: datetime) -> Reconciliation:
    """Raises Busy if another invocation has taken over."""
    ended_at = rfc3339(now) if found.phase in (DONE, STOPPED) and not found.ended_at else found.ended_at
    saved = changed(found, revision=found.revision + 1, ended_at=ended_at)
    try:
        store.transact([Put(saved, expected={"revision": found.revision})])
    except ConditionFailed:
        raise Busy from None
    return saved


def _step(found: Reconciliation, store: Store, identity: IdentityProvider) -> Reconciliation:
    match found.phase:
        case "looking":
            return _check_accounts(found, store, identity)
        case "searching":
            return _search_users(found, store, identity)
        case _:
            return _update_users(found, store, identity)


def _check_accounts(found: Reconciliation, store: Store, identity: IdentityProvider) -> Reconciliation:
    """Check the next accounts, and store how their users were found."""
    accounts, after = _next_accounts(found, SEARCHING, store)
    _claim(accounts, store)
    identities = {account.account_id: _check_account(account, store, identity) for account in accounts}
    differing = [account_id for account_id, identity in identities.items() if identity == DIFFERS]
    missing = [account_id for account_id, identity in identities.items() if identity == MISSING]
    return changed(
        after,
        accounts=found.accounts + len(accounts),
        differing=found.differing + len(differing),
        missing=found.missing + len(missing),
        named_differing=_named(found.named_differing, differing),
        named_missing=_named(found.named_missing, missing),
    )


def _check_account(account: Account, store: Store, identity: IdentityProvider) -> str:
    """How the user was found; if the row changed meanwhile, its own event updates the user."""
    user = identity.user(account.account_id)
    found = identity_of(account, user)
    if found != MATCHES:
        now = store.get(Account, account_id=account.account_id)
        if now is None or now.version != account.version:
            return MATCHES
    note(account, _with_invitation(noted(account, found, user), user), store)
    return found


def _with_invitation(account: Account, user: User | None) -> Account:
    """If the user has never signed in and the row has no time of invitation, use that of creation.

    Old rows and restored rows lack the time.
    """
    is_waiting = user is not None and not user.has_own_password
    return changed(account, invited_at=account.invited_at or account.created_at) if is_waiting else account


def _claim(accounts: Sequence[Account], store: Store) -> None:
    """Add missing claims of old rows; of two rows with one address only one gets it."""
    wanted = {account.email: account.account_id for account in accounts if account.email}
    there = {claim.email for claim in store.get_many(AddressClaim, [{"email": email} for email in wanted])}
    for email, account_id in wanted.items():
        if email not in there:
            try:
                store.transact([Insert(AddressClaim(email, account_id))])
            except ConditionFailed:
                continue


def _search_users(found: Reconciliation, store: Store, identity: IdentityProvider) -> Reconciliation:
    """Search the next users; those without an account are only reported."""
    try:
        ids, after = identity.page_of_users(found.users_after)
    except BookmarkLost:
        return changed(found, users_after=None, without_account=0, named_without_account=[])
    known = {row.account_id for row in store.get_many(Account, [{"account_id": each} for each in ids])}
    strangers = [each for each in ids if each not in known]
    searched = changed(
        found,
        users_after=after,
        without_account=found.without_account + len(strangers),
        named_without_account=_named(found.named_without_account, strangers),
    )
    return searched if after else _decided(searched)


def _decided(found: Reconciliation) -> Reconciliation:
    too_many = found.differing > max_differing(found.accounts) and not found.is_overridden
    return changed(found, phase=STOPPED if too_many else BRINGING, is_alarming=too_many)


def _update_users(found: Reconciliation, store: Store, identity: IdentityProvider) -> Reconciliation:
    accounts, after = _next_accounts(found, DONE, store)
    brought = 0
    for account in accounts:
        if account.identity == DIFFERS:
            try:
                brought += follow(account.account_id, store, identity).identity == MATCHES
            except UnknownAccount:
                continue
    return changed(after, brought=found.brought + brought)


def _next_accounts(found: Reconciliation, then: str, store: Store) -> tuple[list[Account], Reconciliation]:
    """The next accounts, and the new position; after the last shard the next phase begins."""
    listed = store.query(ListedAccount, found.shard, above=found.above, limit=ACCOUNTS_AT_ONCE)
    if listed:
        keys = [{"account_id": row.account_id} for row in listed]
        return store.get_many(Account, keys), changed(found, above=listed[-1].listing_key)
    if found.shard + 1 < LISTING_SHARDS:
        return [], changed(found, shard=found.shard + 1, above=None)
    return [], changed(found, shard=0, above=None, phase=then)


def _named(names: list[str], more: list[str]) -> list[str]:
    return (names + more)[:MAX_NAMED]
