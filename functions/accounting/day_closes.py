"""Closed days against the ledger: a close and its payout were one transaction, so each tells of the other.

A payout that only its `Account.DayClosed` tells of is rebuilt, and so is a close that only its payout tells
of. Anything else that does not fit is a fault.
"""

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from shared.ids import derived_id
from shared.records import JournalRecord


@dataclass(frozen=True, slots=True)
class DayTold:
    """An `Account.DayClosed`, when it occurred and what it belongs to."""

    event: AccountDayClosed
    occurred_at: str
    correlation_id: str

    @property
    def where(self) -> str:
        return f"account {self.event.account_id}: the close of {self.event.business_day}"


def told_by(envelope: Envelope, event: AccountDayClosed) -> DayTold:
    return DayTold(event, rfc3339(envelope.occurred_at), envelope.correlation_id)


@dataclass(frozen=True, slots=True)
class Again(Context):
    """To write again what occurred before: its event has the same id whenever that is done."""

    about: str = ""

    def new_id(self) -> str:
        return derived_id(self.clock(), self.about)


def again(about: str, told: DayTold) -> Again:
    instant = parse_rfc3339(told.occurred_at)
    return Again(lambda: instant, random.SystemRandom(), told.correlation_id, about=about)


def payout_posted(told: DayTold, before: Balance) -> Posted:
    """The payout as it was posted, after `before`: the row and its hash follow from the close.

    A payout's `posted_at` is the close's `occurred_at`. Raises LedgerBroken.
    """
    event = told.event
    draft = Draft(str(event.payout_entry_id), PAYOUT, event.paid_out, event.business_day, told.occurred_at)
    still_open = replace(before, closed_through=previous_day(event.business_day))
    posted = post(still_open, [draft], told.occurred_at)
    return replace(posted, balance=replace(posted.balance, closed_through=before.closed_through))


def payout_record(entry: Entry, told: DayTold) -> JournalRecord:
    """The event of a payout that is booked again, still to be published."""
    context = again(entry.entry_id, told)
    record: JournalRecord = context.record(entry_posted(entry), occurred_at=context.now()).row
    return record


def with_payouts(entries: Sequence[Entry], closes: Iterable[DayTold]) -> list[Entry]:
    """An account's entries in order, with each payout that only its close tells of.

    It has the number that was told, or, where another entry took that number, the next one. Only the
    amount with which its day ended can be paid.
    """
    found, there = list(entries), {entry.entry_id for entry in entries}
    for told in _in_order(closes):
        event = told.event
        if (
            event.payout_entry_id in (None, *there)
            or _end_balance(found, event.business_day) != event.paid_out
        ):
            continue
        numbers = {entry.entry_number: entry for entry in found}
        number = event.last_entry_number or 0
        before = found[-1] if number in numbers else numbers.get(number - 1)
        if before is not None:
            found += payout_posted(told, balance_after(before)).entries
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


def untold(entries: Sequence[Entry], closes: Iterable[DayTold]) -> Iterator[DayTold]:
    """The closes that only a payout tells of, of an account's entries."""
    told, by_day = {each.event.business_day for each in closes}, _by_day(entries)
    for payout in entries:
        if payout.kind == PAYOUT and payout.business_day not in told:
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
            yield DayTold(event, payout.posted_at, payout.entry_id)


def faults(entries: Sequence[Entry], closes: Iterable[DayTold]) -> Iterator[tuple[DayTold, str]]:
    """The closes that don't fit, and in what, of an account's entries in order and its closes."""
    by_day, balance = _by_day(entries), 0
    days = deque(sorted(by_day))
    for told in _in_order(closes):
        while days and days[0] <= told.event.business_day:
            balance += sum(map(signed, by_day[days.popleft()]))
        said, found = _said(told.event), _found(told.event, by_day[told.event.business_day], balance)
        differing = [f"{name} {said[name]}, not {found[name]}" for name in said if said[name] != found[name]]
        if differing:
            yield told, f"tells {'; '.join(differing)}"


def _in_order(closes: Iterable[DayTold]) -> list[DayTold]:
    return sorted(closes, key=lambda each: each.event.business_day)


def _by_day(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_day: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.business_day].append(entry)
    return by_day


def _said(event: AccountDayClosed) -> Mapping[str, Any]:
    return {
        "payout": (event.payout_entry_id, event.paid_out) if event.payout_entry_id else None,
        "entries": event.entry_count,
        "last entry": event.last_entry_number,
        "earned": event.earned,
        "carried over": event.carried_over,
    }


def _found(event: AccountDayClosed, of_day: Sequence[Entry], balance: int) -> Mapping[str, Any]:
    """A payout may have another number than was told: its own was taken."""
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
