"""Accounting's tables from an older copy and its own events: the same rows, never other prices or hashes."""

import json
import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from events.accounting import LedgerEntryPosted
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.domain import (
    AccountDay,
    AlreadyCorrected,
    Balance,
    DayTotal,
    Entry,
    Price,
)
from functions.accounting.restoring import restored
from functions.accounting.tables import TABLES
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord
from shared.restoring import CannotRestore
from shared.store import Put
from tests.accounting import support
from tests.accounting.support import TODAY, TOMORROW, YESTERDAY, ZONE, assigned, completed
from tests.support.fakes import NOON, FakeClock, memory_store, scope

KINDS = [binding.kind for binding in TABLES if binding.index is None]
Rows = dict[type[Any], list[Any]]


def copied(store: MemoryStore) -> Rows:
    return {kind: store.rows(kind) for kind in KINDS}


def published(store: MemoryStore) -> list[dict[str, Any]]:
    return [json.loads(record.event) for record in store.rows(JournalRecord)]


def comparable(rows: Rows) -> dict[str, list[str]]:
    """All rows but for what is only known of publishing, in one order."""
    bare = {
        kind: [
            replace(row, unpublished_shard=None, published_at=None) if kind is JournalRecord else row
            for row in of_kind
        ]
        for kind, of_kind in rows.items()
    }
    return {kind.__name__: sorted(map(repr, of_kind)) for kind, of_kind in bare.items()}


def begin() -> MemoryStore:
    store = support.ledger()
    support.joined(store, "ann")
    support.joined(store, "bob")
    support.consume(store, assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3"))
    return store


def go_on(store: MemoryStore) -> None:
    """A close, a correction, another day, a new account and a new task."""
    support.close(store, TODAY, "ann", "bob")
    wrong = support.entries(store, "bob")[0]
    clock = FakeClock(NOON + timedelta(hours=14))
    correct_entry(Correction("bob", wrong.entry_id, "eve", "by mistake"), store, scope(clock, seed=7), ZONE)
    later = NOON + timedelta(days=1)
    support.consume(
        store, assigned("e4", "cid", "task-3", at=later), completed("e5", "bob", "task-2", at=later)
    )
    support.consume(store, assigned("e6", "ann", "task-4", at=later))
    support.close(store, TOMORROW, "ann", "bob", "cid", seed=9)


def test_an_older_copy_and_all_events_are_the_tables_as_they_were() -> None:
    store = begin()
    copy = copied(store)
    go_on(store)
    assert comparable(restored(copy, published(store))) == comparable(copied(store))


def test_nothing_at_all_and_all_events_are_the_ledger_as_it_was() -> None:
    """But for what events don't tell: replicas, which come with auth's, and days passed over in silence."""
    store = begin()
    go_on(store)
    rows = restored({kind: [] for kind in KINDS}, published(store))
    for kind in (Entry, Price, AccountDay, DayTotal, ConsumedEvent):
        assert sorted(map(repr, rows[kind])) == sorted(map(repr, store.rows(kind))), kind
    found = {row.account_id: row for row in rows[Balance]}
    for balance in store.rows(Balance):
        assert replace(found[balance.account_id], closed_through="") == replace(balance, closed_through="")


@pytest.mark.parametrize("seed", range(8))
def test_a_half_taken_copy_with_events_twice_and_in_any_order_is_right(seed: int) -> None:
    """Each table as it was at some instant of its own, the journal last of all."""
    randomness = random.Random(seed)
    store = begin()
    early = copied(store)
    go_on(store)
    late = copied(store)
    copy = {kind: (early, late)[randomness.randrange(2)][kind] for kind in KINDS}
    copy[JournalRecord] = late[JournalRecord]
    events = published(store) * 2
    randomness.shuffle(events)
    found = comparable(restored(copy, events))
    wanted = comparable(late)
    for name in found.keys() - {"Account", "Balance", "Close", "StoredAnswer"}:
        assert found[name] == wanted[name], name


def test_what_was_restored_is_consumed_and_corrected_already() -> None:
    store = begin()
    copy = copied(store)
    go_on(store)
    back = memory_store(TABLES)
    for rows in restored(copy, published(store)).values():
        for row in rows:
            back.transact([Put(row)])
    before = support.ledger_state(back)
    again = [assigned("e4", "cid", "task-3"), completed("e5", "bob", "task-2"), assigned("e1")]
    assert support.consume(back, *again) == {}
    wrong = support.entries(back, "bob")[0]
    with pytest.raises(AlreadyCorrected):
        correct_entry(Correction("bob", wrong.entry_id, "eve", "again"), back, scope(), ZONE)
    support.close(back, TOMORROW, "ann", "bob", "cid")
    assert support.ledger_state(back) == before
    assert support.findings(back) == []


def test_a_day_that_the_copy_passed_over_in_silence_is_open_when_entries_came_to_it_after_all() -> None:
    """An older restore opened it again; the copy is of the time before that one."""
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


def test_what_was_published_is_not_published_again_and_the_rest_is() -> None:
    store = begin()
    (first, *others) = published(store)
    journal = {row.event_id: row for row in restored(copied(store), [first])[JournalRecord]}
    assert journal[first["event_id"]].unpublished_shard is None
    assert all(journal[each["event_id"]].unpublished_shard is not None for each in others)
    assert json.loads(journal[first["event_id"]].event) == first


def without_an_entry(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    lost = next(each for each in events if each["data"].get("entry_number") == 1)
    kept = [row for row in rows[JournalRecord] if row.event_id != lost["event_id"]]
    return {**rows, Entry: [], JournalRecord: kept}, [each for each in events if each is not lost]


def with_another_entry(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    (first, *others) = rows[Entry]
    return {**rows, Entry: [replace(first, title="Another"), *others]}, events


def without_a_price(rows: Rows, events: list[Any]) -> tuple[Rows, list[Any]]:
    kept = [row for row in rows[JournalRecord] if row.event_name != "Task.Priced"]
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
def test_nothing_is_invented(spoil: Callable[[Rows, list[Any]], tuple[Rows, list[Any]]], said: str) -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"), completed("e2"))
    rows, events = spoil(copied(store), published(store))
    with pytest.raises(CannotRestore, match=said):
        restored(rows, events)


def test_an_event_tells_every_field_of_its_row() -> None:
    untold = {field.name for field in fields(Entry)} - set(LedgerEntryPosted.model_fields)
    assert untold == {"account_day"}
