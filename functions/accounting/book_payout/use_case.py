"""Books the payout of a closed day that the ledger lacks; without it the account can't be closed any more.

Only what the service's own journal tells is booked, with the id and the amount that were published.
"""

import json

from events.accounting import AccountDayClosed
from events.envelope import read_envelope
from functions.accounting.day_closes import DayTold, again, payout_posted, told_by
from functions.accounting.ledger import LedgerBroken, NotFound, net
from functions.accounting.posting import MAX_TRIES, actions_for, back_off
from functions.accounting.rows import AccountDay, Balance, Entry, EntryPlace
from shared.context import Context, bucket_of
from shared.records import JournalRecord
from shared.store import ConditionFailed, Store

PAGE = 400


def book_payout(event_id: str, occurred_at: str, store: Store, context: Context) -> Entry | None:
    """The new entry, or None where the payout is booked.

    The arguments name an `Account.DayClosed` of the journal. Raises NotFound, LedgerBroken when the day
    did not end with the amount that was told, or ConditionFailed when others kept getting ahead.
    """
    told = _told(event_id, occurred_at, store)
    for attempt in range(MAX_TRIES):
        before = store.get(Balance, account_id=told.event.account_id)
        if before is None:
            raise NotFound(f"there is no account {told.event.account_id!r}")
        if told.event.payout_entry_id is None or _is_booked(told, store):
            return None
        _check_unpaid(told, before, store)
        posted = payout_posted(told, before)
        told_context = again(posted.entries[0].entry_id, told)
        try:
            # The event's id follows from the payout's, so that of two of these one is refused.
            store.transact(actions_for(before, posted, [told_context]))
            return posted.entries[0]
        except ConditionFailed as refusal:
            trouble = refusal
        back_off(store, context.randomness, attempt)
    raise trouble


def _told(event_id: str, occurred_at: str, store: Store) -> DayTold:
    record = store.get(JournalRecord, bucket=bucket_of(event_id, occurred_at), event_id=event_id)
    if record is not None:
        envelope, event = read_envelope(json.loads(record.event))
        if isinstance(event, AccountDayClosed):
            return told_by(envelope, event)
    raise NotFound(f"the journal has no Account.DayClosed {event_id} of {occurred_at}")


def _is_booked(told: DayTold, store: Store) -> bool:
    """Under the number that was told, or by the index under another."""
    event = told.event
    entry = store.get(Entry, account_id=event.account_id, entry_number=event.last_entry_number or 0)
    if entry is not None and entry.entry_id == event.payout_entry_id:
        return True
    return bool(store.query(EntryPlace, str(event.payout_entry_id), limit=1))


def _check_unpaid(told: DayTold, balance: Balance, store: Store) -> None:
    event = told.event
    ended_with = balance.balance - sum(map(net, _later_days(event, store)))
    if balance.closed_through < event.business_day or ended_with != event.paid_out:
        raise LedgerBroken(
            f"{told.where} tells a payout of {event.paid_out}; the account is closed through"
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
