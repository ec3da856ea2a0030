"""Compares closes with the ledger: a close and its payout were one transaction, so each implies the other.

A payout missing beside its `Account.DayClosed` is rebuilt, and so is a close missing beside its payout. Any
other difference is a fault.
"""

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from events.accounting import AccountDayClosed
from events.envelope import Envelope
from functions.accounting.ledger import (
    KINDS,
    PAYOUT,
    SUMS,
    Draft,
    Posted,
    balance_key,
    earned,
    new_balance,
    post,
    signed,
)
from functions.accounting.posting import entry_posted
from functions.accounting.rows import AccountDay, Balance, Entry
from shared.clock import parse_rfc3339, previous_day, rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.ids import derived_id
from shared.journal import EventDocument


class KnownClose(Frozen):
    """An `Account.DayClosed`, with its time and correlation id."""

    event: AccountDayClosed
    occurred_at: str
    correlation_id: str

    @property
    def where(self) -> str:
        return f"account {self.event.account_id}: the close of {self.event.business_day}"


def known_close(envelope: Envelope, event: AccountDayClosed) -> KnownClose:
    return KnownClose(event, rfc3339(envelope.occurred_at), envelope.correlation_id)


class RepeatContext(Context):
    """For writing a past event again: its id is derived from `about`, so it is always the same."""

    about: str = ""

    def new_id(self) -> str:
        return derived_id(self.clock(), self.about)


def repeat_context(about: str, close: KnownClose) -> RepeatContext:
    instant = parse_rfc3339(close.occurred_at)
    return RepeatContext(lambda: instant, random.SystemRandom(), close.correlation_id, about=about)


def payout_posted(close: KnownClose, before: Balance) -> Posted:
    """Post the payout of this close after `before`; row and hash are those of the original.

    A payout's `posted_at` is the close's `occurred_at`. Raises LedgerBroken.
    """
    event = close.event
    draft = Draft(str(event.payout_entry_id), PAYOUT, event.paid_out, event.business_day, close.occurred_at)
    still_open = replace(before, closed_through=previous_day(event.business_day))
    posted = post(still_open, [draft], close.occurred_at)
    after = replace(posted.balance, closed_through=before.closed_through, open_days=before.open_days)
    return replace(posted, balance=after)


def payout_event(entry: Entry, close: KnownClose) -> EventDocument:
    """The event of a rebuilt payout."""
    context = repeat_context(entry.entry_id, close)
    return context.envelope(entry_posted(entry), context.now())


def with_missing_payouts(entries: Sequence[Entry], closes: Iterable[KnownClose]) -> list[Entry]:
    """An account's entries in order, with the payouts that only closes name.

    A payout gets its published number, or the next one after the last entry if that is taken. It is added
    only if its amount is the balance at the end of its day.
    """
    found, booked = list(entries), {entry.entry_id for entry in entries}
    for close in _in_order(closes):
        event = close.event
        if (
            event.payout_entry_id in (None, *booked)
            or _end_balance(found, event.business_day) != event.paid_out
        ):
            continue
        numbers = {entry.entry_number: entry for entry in found}
        number = event.last_entry_number or 0
        before = found[-1] if number in numbers else numbers.get(number - 1)
        if before is not None:
            found += payout_posted(close, balance_after(before)).entries
            found.sort(key=lambda entry: entry.entry_number)
    return found


def balance_after(entry: Entry) -> Balance:
    first = new_balance(entry.account_id, entry.business_day)
    return replace(
        first,
        balance=entry.balance_after,
        last_entry_number=entry.entry_number,
        last_hash=entry.hash,
        balance_key=balance_key(entry.balance_after, entry.account_id),
    )


def missing_closes(entries: Sequence[Entry], closes: Iterable[KnownClose]) -> Iterator[KnownClose]:
    """The closes that are missing beside the payouts among an account's entries."""
    known, by_day = {each.event.business_day for each in closes}, _by_day(entries)
    for payout in entries:
        if payout.kind == PAYOUT and payout.business_day not in known:
            of_day = by_day[payout.business_day]
            event = AccountDayClosed(
                account_id=payout.account_id,
                business_day=payout.business_day,
                earned=_earned(of_day),
                paid_out=payout.amount,
                payout_entry_id=payout.entry_id,
                carried_over=0,
                currency=payout.currency,
                entry_count=len(of_day),
                last_entry_number=of_day[-1].entry_number,
            )
            yield KnownClose(event, payout.posted_at, payout.entry_id)


def faults(entries: Sequence[Entry], closes: Iterable[KnownClose]) -> Iterator[tuple[KnownClose, str]]:
    """The closes that differ from the account's entries (given in order), and how."""
    by_day, balance = _by_day(entries), 0
    days = deque(sorted(by_day))
    for close in _in_order(closes):
        while days and days[0] <= close.event.business_day:
            balance += sum(map(signed, by_day[days.popleft()]))
        claimed, found = _claimed(close.event), _found(close.event, by_day[close.event.business_day], balance)
        differing = [
            f"{name} {claimed[name]}, not {found[name]}" for name in claimed if claimed[name] != found[name]
        ]
        if differing:
            yield close, f"differs from the entries: {'; '.join(differing)}"


def _in_order(closes: Iterable[KnownClose]) -> list[KnownClose]:
    return sorted(closes, key=lambda each: each.event.business_day)


def _by_day(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_day: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.business_day].append(entry)
    return by_day


def _claimed(event: AccountDayClosed) -> Mapping[str, Any]:
    return {
        "payout": (event.payout_entry_id, event.paid_out) if event.payout_entry_id else None,
        "entries": event.entry_count,
        "last entry": event.last_entry_number,
        "earned": event.earned,
        "carried over": event.carried_over,
    }


def _found(event: AccountDayClosed, of_day: Sequence[Entry], balance: int) -> Mapping[str, Any]:
    """A rebuilt payout may have another number than was published."""
    payout = next((entry for entry in of_day if entry.kind == PAYOUT), None)
    moved = payout is not None and payout.entry_number != event.last_entry_number
    last = of_day[-1].entry_number if of_day else None
    return {
        "payout": (payout.entry_id, payout.amount) if payout else None,
        "entries": len(of_day),
        "last entry": event.last_entry_number if moved else last,
        "earned": _earned(of_day),
        "carried over": balance,
    }


def _end_balance(entries: Iterable[Entry], day: str) -> int:
    return sum(signed(entry) for entry in entries if entry.business_day <= day)


def _earned(of_day: Iterable[Entry]) -> int:
    sums = dict.fromkeys(SUMS, 0)
    for entry in of_day:
        sums[KINDS[entry.kind].column] += entry.amount
    return earned(AccountDay("", "", **sums))
