"""Rebuilds accounting's tables from an older or incomplete copy of them and accounting's own events.

Published rows are restored exactly: the same ids, numbers, prices and hashes. What is derived from entries
(balances, sums of days) is computed again, so tables may be copied at different instants. A missing payout is
rebuilt from its close, a missing close from its payout. If anything else is missing, all of it is named and
nothing is restored.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from events.accounting import AccountDayClosed, LedgerEntryPosted, TaskPriced
from events.envelope import Envelope, read_envelope
from functions.accounting.day_closes import (
    KnownClose,
    faults,
    known_close,
    missing_closes,
    payout_event,
    repeat_context,
    with_missing_payouts,
)
from functions.accounting.ledger import (
    ASSIGNMENT_FEE,
    CHARGED_MARK,
    CORRECTED_MARK,
    KINDS,
    PAID_MARK,
    PAYOUT,
    PRICED_MARK,
    SUMS,
    balance_key,
    new_balance,
    verify_chain,
)
from functions.accounting.rows import DAY_TOTALS, AccountDay, Balance, DayTotal, Entry, Price
from shared.clock import previous_day, rfc3339
from shared.journal import EventDocument
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.restoring import CannotRestore, Tables, documents, published_record, with_published

Closes = Mapping[str, Sequence[KnownClose]]
"""By account_id, the closes that are known."""

MAX_NAMED = 50
"""Faults named in an error; the rest are counted."""


Consumed = Collection[tuple[str, int | str]]
"""What other services consumed: entries by (account_id, entry_number), closes by (account_id, day)."""


def restored(
    tables: Tables, published: Iterable[EventDocument], consumed: Consumed = frozenset()
) -> dict[type[Any], list[Any]]:
    """All rows; `published` are accounting's own events, in any order, repeated or not.

    Events of rebuilt rows are to be published, except those that others consumed: these had another
    event_id, so they would be counted twice. Raises CannotRestore.
    """
    journal = with_published(tables, published, None)
    events = [read_envelope(document) for document in documents(journal)]
    drawn = [
        Price(event.task_id, event.assignment_fee, event.completion_reward, rfc3339(envelope.occurred_at))
        for envelope, event in events
        if isinstance(event, TaskPriced)
    ]
    posted = [event for _, event in events if isinstance(event, LedgerEntryPosted)]
    by_account, closes, rebuilt = _ledger(_entries(tables[Entry], posted), _closes(events), consumed)
    entries = [entry for account_id in sorted(by_account) for entry in by_account[account_id]]
    prices = _prices(tables[Price], drawn, entries)
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: [*journal, *rebuilt],
        Entry: entries,
        ConsumedEvent: [*_marks(entries), *_marks_of_prices(prices)],
        Price: prices,
        Balance: _balances(tables[Balance], by_account, closes),
        AccountDay: [day for own in by_account.values() for day in _days(own)],
        DayTotal: _totals(entries, closes),
    }


def entry_of(event: LedgerEntryPosted) -> Entry:
    """The row exactly as its event has it."""
    values = {field.name: getattr(event, field.name) for field in fields(Entry)}
    times = {name: rfc3339(values[name]) for name in ("posted_at", "source_occurred_at")}
    return Entry(**{**values, **times})


def _entries(rows: Iterable[Entry], events: Iterable[LedgerEntryPosted]) -> list[Entry]:
    """Entries copied or published; raises CannotRestore if the two differ."""
    entries = {(row.account_id, row.entry_number): row for row in rows}
    for event in events:
        entry = entry_of(event)
        key = (entry.account_id, entry.entry_number)
        if entries.setdefault(key, entry) != entry:
            raise CannotRestore(f"account {key[0]}: entry {key[1]} is not what was published")
    return [entries[key] for key in sorted(entries)]


def _closes(events: Iterable[tuple[Envelope, Any]]) -> Closes:
    closes: dict[str, list[KnownClose]] = defaultdict(list)
    for envelope, event in events:
        if isinstance(event, AccountDayClosed):
            closes[event.account_id].append(known_close(envelope, event))
    return closes


def _ledger(
    known: Iterable[Entry], closes: Closes, consumed: Consumed
) -> tuple[dict[str, list[Entry]], Closes, list[JournalRecord]]:
    """Each account's entries in order and its closes, rebuilt ones included, and the events of these.

    Raises CannotRestore, naming all that is missing, broken or contradictory.
    """
    accounts: dict[str, list[Entry]] = defaultdict(list)
    for entry in known:
        accounts[entry.account_id].append(entry)
    ledger: dict[str, list[Entry]] = {}
    all_closes: dict[str, Sequence[KnownClose]] = {}
    rebuilt: list[JournalRecord] = []
    wrong: list[str] = []
    for account_id in sorted({*accounts, *closes}):
        own, published = accounts.get(account_id, []), closes.get(account_id, ())
        whole, missing = with_missing_payouts(own, published), list(missing_closes(own, published))
        wrong += [f"account {account_id}: entry {fault}" for fault in verify_chain(account_id, whole)]
        wrong += [f"{each.where} {fault}" for each, fault in faults(whole, published)]
        rebuilt += _events_of_rebuilt(own, whole, published, missing, consumed)
        ledger[account_id], all_closes[account_id] = whole, [*published, *missing]
    if wrong:
        more = f"; and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
        raise CannotRestore("; ".join(wrong[:MAX_NAMED]) + more)
    return ledger, all_closes, rebuilt


def _events_of_rebuilt(
    known: Sequence[Entry],
    whole: Sequence[Entry],
    published: Iterable[KnownClose],
    missing: Iterable[KnownClose],
    consumed: Consumed,
) -> Iterator[JournalRecord]:
    """The events of rebuilt payouts and closes."""
    there = {entry.entry_id for entry in known}
    by_payout = {each.event.payout_entry_id: each for each in published}
    for entry in whole:
        if entry.entry_id not in there:
            event = payout_event(entry, by_payout[entry.entry_id])
            yield _record(event, (entry.account_id, entry.entry_number) in consumed)
    for each in missing:
        context = repeat_context(each.where, each)
        event = context.envelope(each.event, context.now())
        yield _record(event, (each.event.account_id, each.event.business_day) in consumed)


def _record(event: EventDocument, is_consumed: bool) -> JournalRecord:
    """A consumed event counts as published when it occurred: the real time is not known."""
    record = published_record(event, None)
    return record if is_consumed else replace(record, published_at=None)


def _marks(entries: Iterable[Entry]) -> Iterable[ConsumedEvent]:
    """The marks of consumed source events, of corrected entries, and of payouts."""
    for entry in entries:
        if entry.source_event_id is not None:
            yield ConsumedEvent(mark_of(CHARGED_MARK, entry.source_event_id), entry.posted_at)
        if entry.corrects_entry_id is not None:
            yield ConsumedEvent(mark_of(CORRECTED_MARK, entry.corrects_entry_id), entry.posted_at)
        if entry.kind == PAYOUT:
            yield ConsumedEvent(mark_of(PAID_MARK, entry.entry_id), entry.posted_at)


def _marks_of_prices(prices: Iterable[Price]) -> Iterable[ConsumedEvent]:
    for price in prices:
        yield ConsumedEvent(mark_of(PRICED_MARK, price.task_id), price.drawn_at)


def _prices(rows: Iterable[Price], drawn: Iterable[Price], entries: Iterable[Entry]) -> list[Price]:
    """Prices are never drawn again. Raises CannotRestore if a booked task's price is unknown or differs.

    None names an event: a copied price may be newer than the entries. What was booked has a mark instead.
    """
    prices = {price.task_id: replace(price, booked_event_id=None) for price in rows}
    prices |= {price.task_id: price for price in drawn}
    for entry in entries:
        if entry.source_event_id is None or entry.task_id is None:
            continue
        price = prices.get(entry.task_id)
        if price is None:
            raise CannotRestore(f"task {entry.task_id} was booked, but its prices were never published")
        if entry.amount != (price.fee if entry.kind == ASSIGNMENT_FEE else price.reward):
            raise CannotRestore(f"task {entry.task_id}: entry {entry.entry_id} is not of its price")
    return list(prices.values())


def _balances(rows: Iterable[Balance], accounts: Mapping[str, list[Entry]], closes: Closes) -> list[Balance]:
    """Balances after the last entry; days closed without an event may be open again."""
    before = {row.account_id: row for row in rows}
    return [
        _balance(
            account_id, before.get(account_id), accounts.get(account_id, ()), _closed_days(closes, account_id)
        )
        for account_id in sorted({*before, *accounts})
        if account_id in before or accounts[account_id]
    ]


def _closed_days(closes: Closes, account_id: str) -> set[str]:
    return {close.event.business_day for close in closes.get(account_id, ())}


def _balance(
    account_id: str, row: Balance | None, entries: Sequence[Entry], closed_days: Collection[str]
) -> Balance:
    base = row or new_balance(account_id, min(entry.business_day for entry in entries))
    last = entries[-1] if entries else None
    first = new_balance(account_id, base.closed_through)
    amount = last.balance_after if last else 0
    return Balance(
        account_id=account_id,
        balance=amount,
        last_entry_number=last.entry_number if last else 0,
        last_hash=last.hash if last else first.last_hash,
        closed_through=_closed_through(base.closed_through, entries, max(closed_days, default="")),
        close_shard=base.close_shard,
        balance_key=balance_key(amount, account_id),
    )


def _closed_through(copied: str, entries: Iterable[Entry], published: str) -> str:
    """The copy's value, but before any day with entries that is later than the last published close."""
    still_open = min(
        (entry.business_day for entry in entries if entry.business_day > published), default=None
    )
    return max(published, copied if still_open is None else min(copied, previous_day(still_open)))


def _days(entries: Sequence[Entry]) -> list[AccountDay]:
    days: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        days[entry.business_day].append(entry)
    return [
        AccountDay(own[0].account_id, day, **_sums(own), last_entry_number=own[-1].entry_number)
        for day, own in days.items()
    ]


def _totals(entries: Iterable[Entry], closes: Closes) -> list[DayTotal]:
    shard_of = DAY_TOTALS.default.of
    booked: dict[tuple[int, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        booked[shard_of(entry.account_id), entry.business_day].append(entry)
    closed = Counter(
        (shard_of(account_id), day) for account_id in closes for day in _closed_days(closes, account_id)
    )
    return [
        DayTotal(shard, day, **_sums(booked[shard, day]), accounts_closed=closed[shard, day])
        for shard, day in sorted({*booked, *closed})
    ]


def _sums(entries: Iterable[Entry]) -> dict[str, int]:
    sums = dict.fromkeys((*SUMS, "entry_count"), 0)
    for entry in entries:
        sums[KINDS[entry.kind].column] += entry.amount
        sums["entry_count"] += 1
    return sums
