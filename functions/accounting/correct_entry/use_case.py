"""Takes a wrong entry back: the ledger is append-only, so by a new entry, and once at most."""

from dataclasses import dataclass

from functions.accounting.correct_entry.spec import SPEC
from functions.accounting.domain import (
    AlreadyCorrected,
    Balance,
    Entry,
    EntryPlace,
    NotFound,
    correction,
    post,
)
from functions.accounting.ledger import MAX_TRIES, actions_for, wait_for_turn
from shared.clock import business_day, rfc3339
from shared.idempotency import Remember, forget
from shared.records import ConsumedEvent, mark_of
from shared.scope import Scope
from shared.store import ConditionFailed, Insert, Store


@dataclass(frozen=True, slots=True)
class Correction:
    """Which entry of which account, by whom and why."""

    account_id: str
    entry_id: str
    corrected_by: str
    reason: str


def correct_entry(
    command: Correction, store: Store, scope: Scope, zone: str, remember: Remember[Entry] = forget
) -> Entry:
    """Raises NotFound, NotCorrectable, AlreadyCorrected; ConditionFailed when others kept getting ahead."""
    wrong = _entry(command, store)
    for attempt in range(MAX_TRIES):
        try:
            return _post(command, wrong, store, scope, zone, remember)
        except ConditionFailed as refusal:
            if refusal.failed != {_BALANCE}:
                _explain(refusal, command)
            trouble = refusal
        wait_for_turn(store, scope.randomness, attempt)
    raise trouble


_MARK, _BALANCE = 0, 1
"""Where these two stand in the transaction."""


def _explain(refusal: ConditionFailed, command: Correction) -> None:
    """A refusal of the remembered answer means that this very request is done; of the mark, another one."""
    if refusal.failed <= {_MARK, _BALANCE}:
        raise AlreadyCorrected(f"entry {command.entry_id} has been corrected") from refusal
    raise refusal


def _post(
    command: Correction, wrong: Entry, store: Store, scope: Scope, zone: str, remember: Remember[Entry]
) -> Entry:
    now = scope.now()
    before = store.get(Balance, account_id=command.account_id)
    if before is None:
        raise NotFound(f"there is no account {command.account_id!r}")
    day, at = business_day(now, zone), rfc3339(now)
    draft = correction(wrong, scope.new_id(), day, at, command.corrected_by, command.reason)
    posted = post(before, [draft], at)
    mark = Insert(ConsumedEvent(mark_of(SPEC.consumer, wrong.entry_id), at))
    new = posted.entries[0]
    store.transact([mark, *actions_for(before, posted, [scope]), *remember(new)])
    return new


def _entry(command: Correction, store: Store) -> Entry:
    """The entry that was wrong, by the table itself; raises NotFound, for another account's as well."""
    for place in store.query(EntryPlace, command.entry_id, limit=1):
        entry = store.get(Entry, account_id=place.account_id, entry_number=place.entry_number)
        if entry is not None and entry.account_id == command.account_id:
            return entry
    raise NotFound(f"the account has no entry {command.entry_id!r}")
