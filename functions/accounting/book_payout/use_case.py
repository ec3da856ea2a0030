"""Books a closed day's payout that is missing in the ledger; without it the account can't be closed again.

Id and amount are those of the `Account.DayClosed` in the service's own journal.
"""

from events.accounting import AccountDayClosed
from events.envelope import read_envelope
from functions.accounting.account_days import days_after
from functions.accounting.day_closes import KnownClose, known_close, payout_posted
from functions.accounting.ledger import PAID_MARK, LedgerBroken, NotFound, net
from functions.accounting.posting import MAX_TRIES, actions_for, back_off
from functions.accounting.rows import Balance, Entry
from shared.context import Context
from shared.frozen import Frozen
from shared.guards import get_guarded
from shared.journal import events_in
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.store import ConditionFailed, Insert, Store


class Place(Frozen):
    """Where an `Account.DayClosed` is: the key of its journal record, and its event_id."""

    bucket: str
    record_id: str
    event_id: str


def book_payout(place: Place, store: Store, context: Context) -> Entry | None:
    """Return the new entry, or None if the payout is booked already.

    Raises NotFound, LedgerBroken if the day did not end with the published amount, RowsLost, or
    ConditionFailed if the account kept changing.
    """
    close = _published_close(place, store)
    for attempt in range(MAX_TRIES):
        before = store.get(Balance, account_id=close.event.account_id)
        if before is None:
            raise NotFound(f"there is no account {close.event.account_id!r}")
        if close.event.payout_entry_id is None or _is_booked(close, store):
            return None
        _check_unpaid(close, before, store)
        posted = payout_posted(close, before)
        (entry,) = posted.entries
        # A second booking, meanwhile, meets the mark of the first.
        mark = ConsumedEvent(mark_of(PAID_MARK, entry.entry_id), entry.posted_at)
        actions = actions_for(before, posted, [context.within(close.correlation_id)], store)
        try:
            store.transact([Insert(mark), *actions])
            return entry
        except ConditionFailed as refusal:
            if 0 in refusal.failed:
                return None
            trouble = refusal
        back_off(store, context.randomness, attempt)
    raise trouble


def _published_close(place: Place, store: Store) -> KnownClose:
    record = store.get(JournalRecord, bucket=place.bucket, event_id=place.record_id)
    for document in events_in(record) if record else ():
        envelope, event = read_envelope(document)
        if envelope.event_id == place.event_id and isinstance(event, AccountDayClosed):
            return known_close(envelope, event)
    raise NotFound(f"the journal has no Account.DayClosed {place.event_id} in {place.bucket}")


def _is_booked(close: KnownClose, store: Store) -> bool:
    """Under the published number, or, as its mark says, under another one after a repair or a restore."""
    event = close.event
    entry = store.get(Entry, account_id=event.account_id, entry_number=event.last_entry_number or 0)
    if entry is not None and entry.entry_id == event.payout_entry_id:
        return True
    return bool(get_guarded(store, ConsumedEvent, [{"mark": mark_of(PAID_MARK, str(event.payout_entry_id))}]))


def _check_unpaid(close: KnownClose, balance: Balance, store: Store) -> None:
    event = close.event
    ended_with = balance.balance - sum(map(net, days_after(balance, event.business_day, store)))
    if balance.closed_through < event.business_day or ended_with != event.paid_out:
        raise LedgerBroken(
            f"{close.where} says that {event.paid_out} was paid out; the account is closed through"
            f" {balance.closed_through} and ended that day with {ended_with}"
        )
