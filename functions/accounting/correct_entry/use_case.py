"""Reverses a wrong entry by a new one, at most once: the ledger is append-only."""

from functions.accounting.account_days import begun
from functions.accounting.entry_lookup import entry_with_id
from functions.accounting.ledger import CORRECTED_MARK, AlreadyCorrected, NotFound, correction, post
from functions.accounting.posting import MAX_TRIES, actions_for, back_off, count_posted
from functions.accounting.rows import Balance, Entry
from shared.clock import business_day, rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.guards import RowsLost, sentinel_check
from shared.idempotency import Remember, forget
from shared.records import ConsumedEvent, mark_of
from shared.store import Action, ConditionFailed, Insert, Store


class Correction(Frozen):
    """Which entry of which account, by whom and why."""

    account_id: str
    entry_id: str
    corrected_by: str
    reason: str


_MARK, _GUARD = 0, 1
"""The positions, in the transaction, of the corrected entry's mark and the check of the marks' sentinel."""


def correct_entry(
    command: Correction, store: Store, context: Context, zone: str, remember: Remember[Entry] = forget
) -> Entry:
    """Raises NotFound, NotCorrectable, AlreadyCorrected, RowsLost, or ConditionFailed after all tries."""
    wrong = entry_with_id(command.account_id, command.entry_id, store)
    if wrong is None:
        raise NotFound(f"the account has no fee or reward {command.entry_id!r}")
    for attempt in range(MAX_TRIES):
        new, actions = _new_entry(command, wrong, store, context, zone)
        mark = Insert(ConsumedEvent(mark_of(CORRECTED_MARK, wrong.entry_id), new.posted_at))
        own = [mark, sentinel_check(ConsumedEvent, "mark"), *actions]
        try:
            store.transact([*own, *remember(new)])
            count_posted([new], context)
            return new
        except ConditionFailed as refusal:
            if _MARK in refusal.failed:
                raise AlreadyCorrected(f"entry {wrong.entry_id} has been corrected") from refusal
            if _GUARD in refusal.failed:
                raise RowsLost(ConsumedEvent) from refusal
            if max(refusal.failed) >= len(own):
                raise
            trouble = refusal
        back_off(store, context.randomness, attempt)
    raise trouble


def _new_entry(
    command: Correction, wrong: Entry, store: Store, context: Context, zone: str
) -> tuple[Entry, list[Action]]:
    """The correction, from the current balance, and the actions that write it."""
    before = store.get(Balance, account_id=command.account_id)
    if before is None:
        raise NotFound(f"there is no account {command.account_id!r}")
    now = context.now()
    day, at = business_day(now, zone), rfc3339(now)
    draft = correction(wrong, context.new_id(), day, at, command.corrected_by, command.reason)
    posted = post(begun(before, store, context.form), [draft], at)
    return posted.entries[0], actions_for(before, posted, [context], store)
