"""Accounting's tables from an older copy and its own events: the same rows, prices and hashes."""

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from events.accounting import LedgerEntryPosted
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import PAID_MARK, AlreadyCorrected
from functions.accounting.restoring import restored
from functions.accounting.rows import TABLES, AccountDay, Balance, DayTotal, Entry, Price
from shared.journal import EventDocument, events_in, rewritten
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.restoring import CannotRestore, documents
from shared.store import Put
from tests.accounting import support
from tests.accounting.support import TODAY, TOMORROW, YESTERDAY, ZONE, assigned, completed, created
from tests.support.fakes import NOON, FakeClock, context, memory_store

KINDS = [kind for table in TABLES for kind in table.rows]
Rows = dict[type[Any], list[Any]]


def copied(store: MemoryStore) -> Rows:
    return {kind: store.rows(kind) for kind in KINDS}


def as_restored(store: MemoryStore) -> Rows:
    """With a row for each day: a restored balance takes over sums again when it is written next."""
    balances = [replace(balance, open_days=None) for balance in store.rows(Balance)]
    days = support.sums_of_accounts(store.rows(AccountDay), store.rows(Balance))
    return {**copied(store), Balance: balances, AccountDay: days}


def published(store: MemoryStore) -> list[EventDocument]:
    """The events of a service, in the order of its journal."""
    return [event for record in store.rows(JournalRecord) for event in events_in(record)]


def comparable(rows: Rows) -> dict[str, list[str]]:
    """All rows, sorted; of the journal only the events, as a restore may spread them over records.

    Of the company's sums those of whole days: what was posted together is in one shard. An event that a price
    names is as good as marked.
    """
    views: dict[type[Any], Callable[[list[Any]], Sequence[Any]]] = {
        JournalRecord: documents,
        ConsumedEvent: lambda marks: without_payouts([*marks, *named(rows)]),
        DayTotal: support.sums_of_days,
        Price: lambda prices: [replace(price, booked_event_id=None) for price in prices],
    }
    bare = {kind: views.get(kind, list)(of_kind) for kind, of_kind in rows.items()}
    return {kind.__name__: sorted(map(repr, of_kind)) for kind, of_kind in bare.items()}


def named(rows: Rows) -> list[ConsumedEvent]:
    return support.marks_of_named(rows.get(Price, ()), rows.get(Entry, ()))


def without_payouts(marks: Sequence[ConsumedEvent]) -> list[ConsumedEvent]:
    """A restore marks every payout, a close none: only a payout that is booked later needs a mark."""
    return [row for row in marks if not row.mark.startswith(PAID_MARK)]


def begin() -> MemoryStore:
    store = support.ledger()
    support.joined(store, "ann")
    support.joined(store, "bob")
    support.consume(store, assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3"))
    return store


def add_history(store: MemoryStore) -> None:
    """A close, a correction, another day, a new account and a new task."""
    support.close(store, TODAY, "ann", "bob")
    wrong = support.entries(store, "bob")[0]
    clock = FakeClock(NOON + timedelta(hours=14))
    correct_entry(Correction("bob", wrong.entry_id, "eve", "by mistake"), store, context(clock, seed=7), ZONE)
    later = NOON + timedelta(days=1)
    support.consume(
        store, assigned("e4", "cid", "task-3", at=later), completed("e5", "bob", "task-2", at=later)
    )
    support.consume(store, assigned("e6", "ann", "task-4", at=later))
    support.close(store, TOMORROW, "ann", "bob", "cid", seed=9)


def test_an_older_copy_and_all_events_restore_the_tables() -> None:
    store = begin()
    copy = copied(store)
    add_history(store)
    assert comparable(restored(copy, published(store))) == comparable(as_restored(store))


def test_all_events_alone_restore_the_ledger() -> None:
    """Except replicas, which come from auth's events, and empty days that were closed."""
    store = begin()
    add_history(store)
    rows = restored({kind: [] for kind in KINDS}, published(store))
    found, wanted = comparable(rows), comparable(as_restored(store))
    for kind in (Entry, Price, AccountDay, DayTotal, ConsumedEvent):
        assert found[kind.__name__] == wanted[kind.__name__], kind
    balances = {row.account_id: row for row in rows[Balance]}
    for balance in as_restored(store)[Balance]:
        assert replace(balances[balance.account_id], closed_through="") == replace(balance, closed_through="")


@pytest.mark.parametrize("seed", range(8))
def test_a_copy_of_several_instants_and_repeated_events_restore_the_tables(seed: int) -> None:
    """Each table is of its own instant, the journal of the last."""
    randomness = random.Random(seed)
    store = begin()
    early = copied(store)
    add_history(store)
    late = copied(store)
    copy = {kind: (early, late)[randomness.randrange(2)][kind] for kind in KINDS}
    copy[JournalRecord] = late[JournalRecord]
    events = published(store) * 2
    randomness.shuffle(events)
    found = comparable(restored(copy, events))
    wanted = comparable(as_restored(store))
    for name in found.keys() - {"Account", "Balance", "Close", "StoredAnswer"}:
        assert found[name] == wanted[name], name


def test_restored_events_and_corrections_are_not_applied_again() -> None:
    store = begin()
    copy = copied(store)
    add_history(store)
    back = memory_store(TABLES)
    for rows in restored(copy, published(store)).values():
        for row in rows:
            back.transact([Put(row)])
    before = support.ledger_state(back)
    again = [assigned("e4", "cid", "task-3"), completed("e5", "bob", "task-2"), assigned("e1")]
    assert support.consume(back, *again) == {}
    wrong = support.entries(back, "bob")[0]
    with pytest.raises(AlreadyCorrected):
        correct_entry(Correction("bob", wrong.entry_id, "eve", "again"), back, context(), ZONE)
    support.close(back, TOMORROW, "ann", "bob", "cid")
    assert support.ledger_state(back) == before
    assert support.findings(back) == []


def test_a_restored_price_names_no_event_whose_entry_was_not_found() -> None:
    """The copy of the prices is newer than those of entries and journal; the event is delivered again."""
    store = begin()
    copy = copied(store)
    support.consume(store, assigned("e4", "cid", "task-3"))
    newer = {**copy, Price: store.rows(Price)}
    back = memory_store(TABLES)
    for rows in restored(newer, published(store)[:-2]).values():
        for row in rows:
            back.transact([Put(row)])
    assert support.entries(back, "cid") == []
    assert support.consume(back, assigned("e4", "cid", "task-3")) == {}
    assert [entry.source_event_id for entry in support.entries(back, "cid")] == ["e4"]


def test_an_empty_day_closed_in_the_copy_is_open_if_events_have_entries() -> None:
    """An older restore reopened it; the copy was taken before that."""
    store = support.ledger()
    support.joined(store, "ann", at=NOON - timedelta(days=1))
    opened = copied(store)
    support.close(store, TODAY, "ann")
    silent = copied(store)
    again = memory_store(TABLES)
    for of_kind in restored(opened, published(store)).values():
        for row in of_kind:
            again.transact([Put(row)])
    support.consume(again, assigned("e1"), completed("e2"))
    rows = restored(silent, published(again))
    assert {row.closed_through for row in silent[Balance]} == {TODAY}
    assert {row.closed_through for row in rows[Balance]} == {YESTERDAY}


def test_only_events_not_yet_published_are_published() -> None:
    store = support.ledger()
    support.consume(store, created("e0"), created("e4", "task-2"))
    support.consume(store, assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3"))
    prices, postings = (events_in(record) for record in store.rows(JournalRecord))
    assert [each["event_name"] for each in prices] == ["Task.Priced"] * 2
    assert waiting(restored(copied(store), prices)) == postings
    assert waiting(restored(copied(store), prices[1:])) == [*prices, *postings]


def waiting(rows: Rows) -> list[EventDocument]:
    """The events that are still to be published."""
    return [event for row in rows[JournalRecord] if row.published_at is None for event in events_in(row)]


def without_an_entry(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    lost = next(each for each in events if each["data"].get("entry_number") == 1)
    kept = lacking_events(rows[JournalRecord], lambda event: event == lost)
    return {**rows, Entry: [], JournalRecord: kept}, [each for each in events if each is not lost]


def lacking_events(
    records: Sequence[JournalRecord], is_lost: Callable[[EventDocument], bool]
) -> list[JournalRecord]:
    """The records with other events."""
    left = [(row, [each for each in events_in(row) if not is_lost(each)]) for row in records]
    return [rewritten(row, events) for row, events in left if events]


def with_another_entry(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    (first, *others) = rows[Entry]
    return {**rows, Entry: [replace(first, title="Another"), *others]}, events


def without_a_price(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    kept = lacking_events(rows[JournalRecord], lambda event: event["event_name"] == "Task.Priced")
    left = [each for each in events if each["event_name"] != "Task.Priced"]
    return {**rows, Price: [], JournalRecord: kept}, left


def with_another_price(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    rows, events = without_a_price(rows, events)
    return {**rows, Price: [Price("task-1", 1000, 2000, ""), Price("task-2", 1000, 2000, "")]}, events


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_an_entry, "entry 2: follows 0"),
        (with_another_entry, "is not what was published"),
        (without_a_price, "its prices were never published"),
        (with_another_price, "is not of its price"),
    ],
)
def test_rows_without_matching_events_are_not_restored(
    spoil: Callable[[Rows, list[Any]], tuple[Rows, list[Any]]], said: str
) -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"), completed("e2"))
    rows, events = spoil(copied(store), published(store))
    with pytest.raises(CannotRestore, match=said):
        restored(rows, events)


def test_the_event_holds_every_field_of_its_row() -> None:
    untold = {field.name for field in fields(Entry)} - set(LedgerEntryPosted.model_fields)
    assert untold == set()


def payout_of(store: MemoryStore, account_id: str = "ann") -> Entry:
    (found,) = [entry for entry in support.entries(store, account_id) if entry.kind == "payout"]
    return found


def lacking(events: list[EventDocument], *lost: Callable[[EventDocument], bool]) -> list[EventDocument]:
    left = [each for each in events if not any(matches(each) for matches in lost)]
    assert len(left) == len(events) - len(lost)
    return left


def of_entry(account_id: str, number: int) -> Callable[[EventDocument], bool]:
    def matches(event: EventDocument) -> bool:
        data = event["data"]
        return (data.get("account_id"), data.get("entry_number")) == (account_id, number)

    return matches


def of_close(account_id: str, day: str) -> Callable[[EventDocument], bool]:
    def matches(event: EventDocument) -> bool:
        data = event["data"]
        is_close = event["event_name"] == "Account.DayClosed"
        return is_close and (data["account_id"], data["business_day"]) == (account_id, day)

    return matches


def nothing() -> Rows:
    return {kind: [] for kind in KINDS}


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_payout_whose_event_is_lost_is_rebuilt_from_its_close(goes_on: bool) -> None:
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    payout = payout_of(store)
    if goes_on:
        support.consume(store, assigned("e7", at=NOON + timedelta(days=1)))
    events = lacking(published(store), of_entry("ann", payout.entry_number))
    rows = restored(nothing(), events)
    assert sorted(map(repr, rows[Entry])) == sorted(map(repr, store.rows(Entry)))
    (event,) = waiting(rows)
    wanted = next(each for each in published(store) if of_entry("ann", payout.entry_number)(each))
    assert {**event, "event_id": ""} == {**wanted, "event_id": ""}
    assert restored(nothing(), events) == rows


@pytest.mark.parametrize("lost", ["payout", "close"])
def test_an_event_that_others_consumed_is_rebuilt_but_not_published(lost: str) -> None:
    """They have it under another event id and would count it twice."""
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    number = payout_of(store).entry_number
    matches = of_entry("ann", number) if lost == "payout" else of_close("ann", TODAY)
    which: int | str = number if lost == "payout" else TODAY
    events = lacking(published(store), matches)
    rows = restored(nothing(), events, {("ann", which)})
    (silent,) = [each for each in documents(rows[JournalRecord]) if each not in events]
    assert matches(silent)
    assert waiting(rows) == []


def test_an_account_can_be_closed_after_its_payout_was_rebuilt() -> None:
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    events = lacking(published(store), of_entry("ann", payout_of(store).entry_number))
    back = memory_store(TABLES)
    for of_kind in restored(nothing(), events).values():
        for row in of_kind:
            back.transact([Put(row)])
    support.consume(back, completed("e8", at=NOON + timedelta(days=1)))
    assert support.close(back, TOMORROW, "ann", "bob", seed=9) == {}
    assert support.balance(back).balance == 0
    assert support.findings(back) == []


def test_a_restored_payout_is_marked_so_that_it_is_not_booked_again() -> None:
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    rows = restored(nothing(), published(store))
    marks = {row.mark for row in rows[ConsumedEvent]}
    assert mark_of(PAID_MARK, payout_of(store).entry_id) in marks
    assert len(marks - {row.mark for row in without_payouts(rows[ConsumedEvent])}) == 1


def test_a_close_whose_event_is_lost_is_rebuilt_from_its_payout() -> None:
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    rows = restored(nothing(), lacking(published(store), of_close("ann", TODAY)))
    (event,) = waiting(rows)
    wanted = next(each for each in published(store) if of_close("ann", TODAY)(each))
    unknown = {"event_id": "", "correlation_id": ""}
    assert {**event, **unknown} == {**wanted, **unknown}
    (balance,) = [row for row in rows[Balance] if row.account_id == "ann"]
    assert balance.closed_through == TODAY


def test_a_lost_payout_whose_number_is_taken_becomes_the_next_entry() -> None:
    """A stranded account: closed, not paid, and then another entry took the payout's number."""
    store = begin()
    support.close(store, TODAY, "ann")
    stranded, payout = support.stranded(store)
    support.consume(stranded, assigned("e9", at=NOON + timedelta(days=1)))
    rows = restored(nothing(), published(stranded))
    own = [entry for entry in rows[Entry] if entry.account_id == "ann"]
    last = max(own, key=lambda entry: entry.entry_number)
    assert (last.entry_id, last.amount, last.business_day) == (payout.entry_id, payout.amount, TODAY)
    assert last.entry_number == payout.entry_number + 1


def test_all_missing_entries_are_named() -> None:
    """One account lacks a day's last entry and its payout, another an entry in the middle."""
    store = begin()
    support.consume(store, assigned("e4", "bob", "task-4"), assigned("e5", "bob", "task-5"))
    support.close(store, TODAY, "ann", "bob")
    number = payout_of(store).entry_number
    events = lacking(
        published(store), of_entry("ann", number), of_entry("ann", number - 1), of_entry("bob", 2)
    )
    with pytest.raises(CannotRestore) as stopped:
        restored(nothing(), events)
    said = str(stopped.value)
    assert (
        f"account ann: the close of {TODAY} differs from the entries: payout ('{payout_of(store).entry_id}',"
        in said
    )
    assert f"last entry {number}, not {number - 2}" in said
    assert "account bob: entry 3: follows 1" in said


def test_a_close_without_its_entries_is_not_restored() -> None:
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    events = [each for each in published(store) if each["event_name"] == "Account.DayClosed"]
    with pytest.raises(CannotRestore, match=r"account ann: the close of .* entries 3, not 0"):
        restored(nothing(), events)


def test_a_long_list_of_reasons_is_cut_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.accounting.restoring.MAX_NAMED", 1)
    store = begin()
    support.close(store, TODAY, "ann", "bob")
    events = [each for each in published(store) if each["event_name"] == "Account.DayClosed"]
    with pytest.raises(CannotRestore, match=r"; and 1 more$"):
        restored(nothing(), events)
