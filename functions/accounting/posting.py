"""The actions of a posting: balance, entries, their events and the sums of their days."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta

from events.accounting import AccountDayClosed, LedgerEntryPosted
from functions.accounting.ledger import KINDS, SUMS, Posted
from functions.accounting.rows import BALANCES, DAY_TOTALS, AccountDay, Balance, DayTotal, Entry
from shared.clock import parse_rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.journal import EventDocument, inserts
from shared.store import Action, Add, Insert, Put, Store

MAX_TRIES = 8
"""Tries of a write whose account changed meanwhile."""
MAX_WAIT_SECONDS = 0.3


class Posting(Frozen):
    """What is added to an account after the balance `before`; `contexts` are its entries', in order."""

    before: Balance | None
    posted: Posted
    contexts: Sequence[Context]

    @property
    def account_id(self) -> str:
        return self.posted.balance.account_id

    @property
    def envelopes(self) -> list[EventDocument]:
        return [
            context.envelope(entry_posted(entry), parse_rfc3339(entry.posted_at))
            for entry, context in zip(self.posted.entries, self.contexts, strict=True)
        ]


class DayClosed(Frozen):
    """The close of a day, to be journaled with its payout."""

    event: AccountDayClosed
    occurred_at: datetime
    context: Context

    @property
    def envelope(self) -> EventDocument:
        return self.context.envelope(self.event, self.occurred_at)


def actions_for(
    before: Balance | None,
    posted: Posted,
    contexts: Sequence[Context],
    store: Store,
    close: DayClosed | None = None,
) -> list[Action]:
    """All changes of one account's posting except inbox marks."""
    return joint_actions([Posting(before, posted, contexts)], store, close)


def joint_actions(
    postings: Sequence[Posting],
    store: Store,
    close: DayClosed | None = None,
    first_told: Sequence[EventDocument] = (),
) -> list[Action]:
    """All changes of postings to different accounts except inbox marks; a close is the only posting.

    One action per account, and at most four per entry, three where its balance has the sums of its day; a
    close may take two more. The events share a record, after those of `first_told`, and the company's sums a
    row per day: its shard is that of the first account.
    """
    entries = [entry for posting in postings for entry in posting.posted.entries]
    told = [*first_told, *(envelope for posting in postings for envelope in posting.envelopes)]
    form = close.context.form if close else postings[0].contexts[0].form
    closed_day = close.event.business_day if close else None
    return [
        *(balance_action(posting.before, posting.posted.balance, store) for posting in postings),
        *(Insert(entry) for entry in entries),
        *inserts([*told, *([close.envelope] if close else ())], None, form),
        *(action for each in postings for action in _account_days(each.posted)),
        *_day_totals(postings[0].account_id, entries, closed_day, store),
    ]


def balance_action(before: Balance | None, after: Balance, store: Store) -> Action:
    """Write the balance, conditional on the one that it was computed from."""
    row = replace(after, close_shard=store.shards(BALANCES).of(after.account_id))
    if before is None:
        return Insert(row)
    names = ("last_entry_number", "balance", "closed_through")
    return Put(row, expected={name: getattr(before, name) for name in names})


def entry_posted(entry: Entry) -> LedgerEntryPosted:
    """The event, with the whole row."""
    names = LedgerEntryPosted.model_fields
    values = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name in names}
    return LedgerEntryPosted(**values)


def _account_days(posted: Posted) -> list[Action]:
    """A closed day's row in place of any from before; additions to rows of days that the balance lacks."""
    if posted.closed_day is not None:
        return [Put(posted.closed_day)]
    balance = posted.balance
    entries = [entry for entry in posted.entries if not _has_day(balance, entry.business_day)]
    return [
        Add(
            AccountDay,
            {"account_id": balance.account_id, "business_day": day},
            _sums(of_day),
            {"last_entry_number": of_day[-1].entry_number},
        )
        for day, of_day in _by_day(entries).items()
    ]


def _has_day(balance: Balance, day: str) -> bool:
    return balance.open_days is not None and day > balance.closed_through


def _day_totals(
    account_id: str, entries: Sequence[Entry], closed_day: str | None, store: Store
) -> list[Action]:
    by_day, shard = _by_day(entries), store.shards(DAY_TOTALS).of(account_id)
    days = sorted({*by_day, *([closed_day] if closed_day else [])})
    return [
        Add(
            DayTotal,
            {"shard": shard, "business_day": day},
            {**_sums(by_day.get(day, ())), "accounts_closed": int(day == closed_day)},
        )
        for day in days
    ]


def _by_day(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    days: dict[str, list[Entry]] = {}
    for entry in entries:
        days.setdefault(entry.business_day, []).append(entry)
    return days


def _sums(entries: Sequence[Entry]) -> dict[str, int]:
    """What entries add to all columns of a day, zeros included, so that a row always has every column."""
    sums = dict.fromkeys(SUMS, 0)
    for entry in entries:
        sums[KINDS[entry.kind].column] += entry.amount
    return {**sums, "entry_count": len(entries)}


def count_posted(entries: Sequence[Entry], context: Context) -> None:
    """Count written entries, and measure how long after their events they were posted."""
    if entries:
        context.count("EntriesPosted", len(entries))
    for entry in entries:
        if entry.source_event_id is not None:
            lag = parse_rfc3339(entry.posted_at) - parse_rfc3339(entry.source_occurred_at)
            context.measure("EventToEntryLag", max(0, lag // timedelta(milliseconds=1)))


def back_off(store: Store, randomness: random.Random, attempt: int) -> None:
    """Wait for the account's other writers; the jitter keeps several from meeting again."""
    store.wait(randomness.uniform(0, min(MAX_WAIT_SECONDS, 0.01 * 2**attempt)))
