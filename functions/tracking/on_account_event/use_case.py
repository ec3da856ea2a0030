"""Keeps the replica of the accounts and the roster of eligible accounts.

An event that is not newer than the replica's version changes nothing. Replica and roster change in one
transaction, conditional on the version and on the accounts in the slots. The version is not enough: when a
slot becomes free, the last account moves into it, without a new version.
"""

from collections.abc import Sequence

from events.auth import AccountState
from functions.tracking.domain import HEAD_SLOT, LISTING_SHARDS, is_eligible
from functions.tracking.rows import Account, RosterHead, RosterSlot
from shared.ids import shard_of
from shared.messages import NONE_FAILED, Failed, Received
from shared.names import name_key
from shared.store import Action, Add, ConditionFailed, Insert, Put, Remove, Store, Unavailable, changed

MAX_TRIES = 16


class RosterMoved(Exception):
    """The roster changed between two reads."""


def on_account_event(messages: Sequence[Received[AccountState]], store: Store) -> Failed:
    """Apply only the highest version of each account."""
    newest: dict[str, AccountState] = {}
    for event in sorted((message.payload for message in messages), key=lambda event: event.version):
        newest[event.account_id] = event
    for event in newest.values():
        _apply(event, store)
    return NONE_FAILED


def _apply(event: AccountState, store: Store) -> None:
    for _ in range(MAX_TRIES):
        before = store.get(Account, account_id=event.account_id)
        if before is not None and before.version >= event.version:
            return
        try:
            store.transact(_change(before, event, store))
        except (ConditionFailed, RosterMoved):
            continue
        return
    raise Unavailable("the roster kept changing")


def _change(before: Account | None, event: AccountState, store: Store) -> list[Action]:
    after = _replica(before, event)
    slot = before.slot if before else None
    eligible = is_eligible(event.role, event.status)
    roster: list[Action] = []
    if eligible and slot is None:
        head = _head(store)
        after = _listed(changed(after, slot=head.size + 1))
        roster = _join(after, head)
    elif eligible and slot is not None:
        after = _listed(after)
        roster = [_seat(slot, after.account_id, after.name, expecting=after.account_id)]
    elif slot is not None:
        after = changed(after, slot=None)
        roster = _leave(after.account_id, slot, _head(store), store)
    return [Put(after, expected={"version": before.version if before else None}), *roster]


def _replica(before: Account | None, event: AccountState) -> Account:
    state = Account(event.account_id, event.name, event.role, event.status, event.version)
    if before is None:
        return state
    after = changed(state, slot=before.slot)
    return after if before.name_key is None else _listed(after)


def _listed(account: Account) -> Account:
    return changed(
        account,
        listing_shard=shard_of(account.account_id, LISTING_SHARDS),
        name_key=name_key(account.name, account.account_id),
    )


def _head(store: Store) -> RosterHead:
    return store.get(RosterHead, slot=HEAD_SLOT) or RosterHead(HEAD_SLOT, 0)


def _resized(head: RosterHead, difference: int) -> Put:
    """An empty roster may have no head; the first to join is conditional on the absence of slot 1."""
    expected = {} if head.size == 0 else {"size": head.size}
    return Put(changed(head, size=head.size + difference), expected=expected)


def _join(account: Account, head: RosterHead) -> list[Action]:
    return [_resized(head, 1), Insert(RosterSlot(head.size + 1, account.account_id, account.name))]


def _seat(slot: int, account_id: str, name: str, *, expecting: str) -> Put:
    return Put(RosterSlot(slot, account_id, name), expected={"account_id": expecting})


def _leave(account_id: str, slot: int, head: RosterHead, store: Store) -> list[Action]:
    """Move the last account into the free slot, in the roster and in its replica.

    Raises RosterMoved if the slot is beyond the roster's end: others left after the replica was read.
    """
    if slot > head.size:
        raise RosterMoved
    remove_last = Remove(RosterSlot, {"slot": head.size}, expected={"account_id": account_id})
    if slot == head.size:
        return [_resized(head, -1), remove_last]
    last = store.get(RosterSlot, slot=head.size)
    if last is None or last.account_id == account_id:
        raise RosterMoved
    return [
        _resized(head, -1),
        _seat(slot, last.account_id, last.name, expecting=account_id),
        Remove(RosterSlot, {"slot": head.size}, expected={"account_id": last.account_id}),
        Add(Account, {"account_id": last.account_id}, values={"slot": slot}, expected={"slot": head.size}),
    ]
