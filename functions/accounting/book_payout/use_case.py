"""Books a closed day's payout that is missing in the ledger; without it the account can't be closed again.

Id and amount are those of the `Account.DayClosed` in the service's own journal.
"""

import json

from events.accounting import AccountDayClosed
from events.envelope import read_envelope
from functions.accounting.day_closes import KnownClose, known_close, payout_posted, repeat_context
from functions.accounting.ledger import LedgerBroken, NotFound, net
from functions.accounting.posting import MAX_TRIES, actions_for, back_off
from functions.accounting.rows import AccountDay, Balance, Entry, EntryPlace
from shared.context import Context, bucket_of
from shared.records import JournalRecord
from shared.store import ConditionFailed, Store

PAGE = 400


def book_payout(event_id: str, occurred_at: str, store: Store, context: Context) -> Entry | None:
    """Return the new entry, or None if the payout is booked already.

    The arguments name an `Account.DayClosed` of the journal. Raises NotFound, LedgerBroken if the day did
    not end with the published amount, or ConditionFailed if the account kept changing.
    """
    close = _published_close(event_id, occurred_at, store)
    for attempt in range(MAX_TRIES):
        before = store.get(Balance, account_id=close.event.account_id)
        if before is None:
            raise NotFound(f"there is no account {close.event.account_id!r}")
        if close.event.payout_entry_id is None or _is_booked(close, store):
            return None
        _check_unpaid(close, before, store)
        posted = payout_posted(close, before)
        event_context = repeat_context(posted.entries[0].entry_id, close)
        try:
            # The event's id is derived from the payout's, so a second booking is refused.
            store.transact(actions_for(before, posted, [event_context], store))
            return posted.entries[0]
        except ConditionFailed as refusal:
            trouble = refusal
        back_off(store, context.randomness, attempt)
    raise trouble


def _published_close(event_id: str, occurred_at: str, store: Store) -> KnownClose:
    record = store.get(JournalRecord, bucket=bucket_of(event_id, occurred_at), event_id=event_id)
    if record is not None:
        envelope, event = read_envelope(json.loads(record.event))
        if isinstance(event, AccountDayClosed):
            return known_close(envelope, event)
    raise NotFound(f"the journal has no Account.DayClosed {event_id} of {occurred_at}")


def _is_booked(close: KnownClose, store: Store) -> bool:
    """Look under the published number first, then by entry_id in the index."""
    event = close.event
    entry = store.get(Entry, account_id=event.account_id, entry_number=event.last_entry_number or 0)
    if entry is not None and entry.entry_id == event.payout_entry_id:
        return True
    return bool(store.query(EntryPlace, str(event.payout_entry_id), limit=1))


def _check_unpaid(close: KnownClose, balance: Balance, store: Store) -> None:
    event = close.event
    ended_with = balance.balance - sum(map(net, _later_days(event, store)))
    if balance.closed_through < event.business_day or ended_with != event.paid_out:
        raise LedgerBroken(
            f"{close.where} says that {event.paid_out} was paid out; the account is closed through"
            f" {balance.closed_through} and ended that day with {ended_with}"
        )


def _later_days(event: AccountDayClosed, store: Store) -> list[AccountDay]:
    days: list[AccountDay] = []
    above = event.business_day
    while True:
        page = store.query(AccountDay, event.account_id, above=above, limit=PAGE)
        days += page
        if len(page) < PAGE:
            return days
        above = page[-1].business_day
