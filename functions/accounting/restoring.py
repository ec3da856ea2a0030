"""Accounting's tables written again from an older or half-taken copy of them and its own events.

What was published is taken row for row: the same ids, numbers, prices and hashes. What is derived from
entries (balances, sums of days) is worked out again, so it does not matter at which instant each table was
copied. A payout and its close tell of each other, so one of them that is missing is rebuilt as it was.
Nothing is invented: what else is missing stops it, and all of it is named.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from events.accounting import AccountDayClosed, LedgerEntryPosted, TaskPriced
from events.envelope import Envelope, read_envelope
from functions.accounting.day_closes import (
    DayTold,
    again,
    faults,
    payout_record,
    told_by,
    untold,
    with_payouts,
)
from functions.accounting.ledger import (
    ASSIGNMENT_FEE,
    CHARGED_MARK,
    CORRECTED_MARK,
    KINDS,
    SUMS,
    account_day,
    balance_key,
    new_balance,
    total_shard,
    verify_chain,
)
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry, Price
from shared.clock import previous_day, rfc3339
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.restoring import CannotRestore, EventDocument, Tables, documents, with_published

Closes = Mapping[str, Sequence[DayTold]]
"""By account_id, the closes that are known."""

MAX_NAMED = 50
"""Of what is missing or does not fit; how much more there is, is said."""


Heard = Collection[tuple[str, int | str]]
"""Whose entries others have, by account_id and entry number, and whose closes, by account_id and day."""


def restored(
    tables: Tables, published: Iterable[EventDocument], heard: Heard = frozenset()
) -> dict[type[Any], list[Any]]:
    """All rows; `published` are accounting's own events, any number of times and in any order.

    The event of what is rebuilt is published, unless others have heard of it: they did so by another
    event_id, and would count it again. Raises CannotRestore.
    """
    journal = with_published(tables[JournalRecord], list(published), None)
    events = [read_envelope(document) for document in documents(journal)]
    drawn = [
        Price(event.task_id, event.assignment_fee, event.completion_reward, rfc3339(envelope.occurred_at))
        for envelope, event in events
        if isinstance(event, TaskPriced)
    ]
    told = [event for _, event in events if isinstance(event, LedgerEntryPosted)]
    by_account, closes, rebuilt = _ledger(_entries(tables[Entry], told), _closes(events), heard)
    entries = [entry for account_id in sorted(by_account) for entry in by_account[account_id]]
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: [*journal, *rebuilt],
        Entry: entries,
        ConsumedEvent: list(_marks(entries)),
        Price: _prices(tables[Price], drawn, entries),
        Balance: _balances(tables[Balance], by_account, closes),
        AccountDay: [day for own in by_account.values() for day in _days(own)],
        DayTotal: _totals(entries, closes),
    }


def entry_of(event: LedgerEntryPosted) -> Entry:
    """The row that an event tells, exactly."""
    values = {
        field.name: getattr(event, field.name) for field in fields(Entry) if field.name != "account_day"
    }
    times = {name: rfc3339(values[name]) for name in ("posted_at", "source_occurred_at")}
    place = account_day(event.account_id, event.business_day)
    return Entry(**{**values, **times, "account_day": place})


def _entries(rows: Iterable[Entry], events: Iterable[LedgerEntryPosted]) -> list[Entry]:
    """Those of the copy and those published, which must be one where both are."""
    entries = {(row.account_id, row.entry_number): row for row in rows}
    for event in events:
        entry = entry_of(event)
        key = (entry.account_id, entry.entry_number)
        if entries.setdefault(key, entry) != entry:
            raise CannotRestore(f"account {key[0]}: entry {key[1]} is not what was published")
    return [entries[key] for key in sorted(entries)]


def _closes(events: Iterable[tuple[Envelope, Any]]) -> Closes:
    closes: dict[str, list[DayTold]] = defaultdict(list)
    for envelope, event in events:
        if isinstance(event, AccountDayClosed):
            closes[event.account_id].append(told_by(envelope, event))
    return closes


def _ledger(
    known: Iterable[Entry], closes: Closes, heard: Heard
) -> tuple[dict[str, list[Entry]], Closes, list[JournalRecord]]:
    """Each account's entries in order and its closes, with what was rebuilt, and the events of that.

    Raises CannotRestore with all that is missing, broken or contradictory.
    """
    accounts: dict[str, list[Entry]] = defaultdict(list)
    for entry in known:
        accounts[entry.account_id].append(entry)
    ledger: dict[str, list[Entry]] = {}
    all_closes: dict[str, Sequence[DayTold]] = {}
    rebuilt: list[JournalRecord] = []
    wrong: list[str] = []
    for account_id in sorted({*accounts, *closes}):
        own, told = accounts.get(account_id, []), closes.get(account_id, ())
        whole, found = with_payouts(own, told), list(untold(own, told))
        wrong += [f"account {account_id}: entry {fault}" for fault in verify_chain(account_id, whole)]
        wrong += [f"{each.where} {fault}" for each, fault in faults(whole, told)]
        rebuilt += _told_again(own, whole, told, found, heard)
        ledger[account_id], all_closes[account_id] = whole, [*told, *found]
    if wrong:
        more = f"; and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
        raise CannotRestore("; ".join(wrong[:MAX_NAMED]) + more)
    return ledger, all_closes, rebuilt


def _told_again(
    known: Sequence[Entry],
    whole: Sequence[Entry],
    told: Iterable[DayTold],
    found: Iterable[DayTold],
    heard: Heard,
) -> Iterator[JournalRecord]:
    """The events of what was rebuilt."""
    there = {entry.entry_id for entry in known}
    by_payout = {each.event.payout_entry_id: each for each in told}
    for entry in whole:
        if entry.entry_id not in there:
            record = payout_record(entry, by_payout[entry.entry_id])
            yield _as_heard(record, (entry.account_id, entry.entry_number) in heard)
    for each in found:
        context = again(each.where, each)
        record = context.record(each.event, occurred_at=context.now()).row
        yield _as_heard(record, (each.event.account_id, each.event.business_day) in heard)


def _as_heard(record: JournalRecord, is_heard: bool) -> JournalRecord:
    """When it was published is not known any more."""
    if not is_heard:
        return record
    return replace(record, unpublished_shard=None, published_at=record.occurred_at)


def _marks(entries: Iterable[Entry]) -> Iterable[ConsumedEvent]:
    """That an entry's source is consumed, or a corrected entry corrected."""
    for entry in entries:
        if entry.source_event_id is not None:
            yield ConsumedEvent(mark_of(CHARGED_MARK, entry.source_event_id), entry.posted_at)
        if entry.corrects_entry_id is not None:
            yield ConsumedEvent(mark_of(CORRECTED_MARK, entry.corrects_entry_id), entry.posted_at)


def _prices(rows: Iterable[Price], drawn: Iterable[Price], entries: Iterable[Entry]) -> list[Price]:
    """Never drawn again. Raises CannotRestore for a task that was booked at a price that nobody knows."""
    prices = {price.task_id: price for price in rows} | {price.task_id: price for price in drawn}
    for entry in entries:
        if entry.source_event_id is None or entry.task_id is None:
            continue
        price = prices.get(entry.task_id)
        if price is None:
            raise CannotRestore(f"task {entry.task_id} was booked, and its prices were never published")
        if entry.amount != (price.fee if entry.kind == ASSIGNMENT_FEE else price.reward):
            raise CannotRestore(f"task {entry.task_id}: entry {entry.entry_id} is not of its price")
    return list(prices.values())


def _balances(rows: Iterable[Balance], accounts: Mapping[str, list[Entry]], closes: Closes) -> list[Balance]:
    """After the last entry, closed as far as is known: a day passed over in silence may be open again."""
    before = {row.account_id: row for row in rows}
    return [
        _balance(
            account_id, before.get(account_id), accounts.get(account_id, ()), _days_told(closes, account_id)
        )
        for account_id in sorted({*before, *accounts})
        if account_id in before or accounts[account_id]
    ]


def _days_told(closes: Closes, account_id: str) -> set[str]:
    return {told.event.business_day for told in closes.get(account_id, ())}


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


def _closed_through(copied: str, entries: Iterable[Entry], told: str) -> str:
    """What the copy says, unless entries came later to days that nobody was told to be closed."""
    untold = min((entry.business_day for entry in entries if entry.business_day > told), default=None)
    return max(told, copied if untold is None else min(copied, previous_day(untold)))


def _days(entries: Sequence[Entry]) -> list[AccountDay]:
    days: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        days[entry.business_day].append(entry)
    return [
        AccountDay(own[0].account_id, day, **_sums(own), last_entry_number=own[-1].entry_number)
        for day, own in days.items()
    ]


def _totals(entries: Iterable[Entry], closes: Closes) -> list[DayTotal]:
    booked: dict[tuple[int, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        booked[total_shard(entry.account_id), entry.business_day].append(entry)
    closed = Counter(
        (total_shard(account_id), day) for account_id in closes for day in _days_told(closes, account_id)
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
