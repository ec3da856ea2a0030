"""Accounting with a table emptied alone: nothing is booked twice, priced again or closed wrongly meanwhile.

Then the tables are restored, what waited comes again, and the ledger is what it would have been.
"""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.restoring import restored
from functions.accounting.rows import TABLES, AccountDay, Balance, Entry, Price
from shared.guards import RowsLost
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord, StoredAnswer
from shared.store import Put, Remove
from shared.tables import Table, key_names
from tests.accounting import support
from tests.accounting.support import TODAY, TOMORROW, YESTERDAY, ZONE, assigned, completed
from tests.support.fakes import NOON, context, memory_store

LATER = NOON + timedelta(days=1)
AFTER = "2026-11-24"
"""What waited until its day was closed counts on the next one."""
LOSABLE = [table for table in TABLES if table.row not in (JournalRecord, StoredAnswer)]
SOURCES = (assigned("e1"), completed("e2"), assigned("e3", "bob", "task-2"))
MORE = (assigned("e4", "bob", "task-1", at=LATER), completed("e5", "bob", "task-2", at=LATER))


def worked() -> MemoryStore:
    store = support.ledger()
    for account_id in ("ann", "bob"):
        support.joined(store, account_id)
    support.consume(store, *SOURCES)
    support.close(store, TODAY, "ann", "bob")
    return store


def empty(store: MemoryStore, table: Table) -> None:
    """As if the table had been lost and made again: its sentinel is gone as well."""
    for key in list(store._tables[table.name]):
        store.transact([Remove(table.row, dict(zip(key_names(table), key, strict=True)))])


def put_back(store: MemoryStore) -> MemoryStore:
    """By what was published alone, as the last backup is older than all of it."""
    nothing: dict[type[Any], list[Any]] = {table.row: [] for table in TABLES}
    found = memory_store(TABLES)
    for rows in restored(nothing, [json.loads(row.event) for row in store.rows(JournalRecord)]).values():
        for row in rows:
            found.transact([Put(row)])
    return found


@pytest.mark.parametrize("table", LOSABLE, ids=lambda table: table.name)
def test_each_table_is_emptied_alone_and_restored_while_events_come(table: Table) -> None:
    store, sound = worked(), worked()
    empty(store, table)
    with suppress(RowsLost):
        support.consume(store, *SOURCES, *MORE)
    support.close(store, TOMORROW, "ann", "bob", seed=9)
    back = put_back(store)
    for account_id in ("ann", "bob"):
        support.joined(back, account_id)
    assert support.consume(back, *SOURCES, *MORE) == {}
    assert support.close(back, AFTER, "ann", "bob", seed=9) == {}
    assert support.findings(back) == []
    support.consume(sound, *MORE)
    support.close(sound, AFTER, "ann", "bob", seed=9)
    assert money(back) == money(sound)


def money(store: MemoryStore) -> Any:
    """What was booked for which event, and how often; a day may be another where an event had to wait."""
    booked = sorted((row.kind, row.source_event_id or "", row.account_id) for row in store.rows(Entry))
    priced = sorted((row.task_id, row.fee, row.reward) for row in store.rows(Price))
    assert {task_id for task_id, *_ in priced} == {"task-1", "task-2"}
    return booked, priced, sorted((row.account_id, min(row.balance, 0)) for row in store.rows(_balance()))


def _balance() -> type[Any]:
    return next(table.row for table in TABLES if table.name == "balances")


@pytest.mark.parametrize("kind", [ConsumedEvent, Price, Balance])
def test_without_marks_or_prices_nothing_is_posted_and_messages_wait(kind: type[Any]) -> None:
    store = worked()
    empty(store, next(table for table in TABLES if table.row is kind))
    before = [store.rows(each) for each in (Entry, Price, JournalRecord)]
    with pytest.raises(RowsLost):
        support.consume(store, *SOURCES, *MORE)
    assert [store.rows(each) for each in (Entry, Price, JournalRecord)] == before


def test_marks_that_are_lost_right_after_they_were_read_let_nothing_be_posted_twice() -> None:
    """The event came twice; the other delivery of it is posted, and then the marks are lost."""
    store = support.ledger()
    support.priced(store)
    support.consume(store, assigned("e0"))

    class Overtaken(MemoryStore):
        is_first = True

        def get_many(self, kind: type[Any], keys: Any) -> Any:
            found = super().get_many(kind, keys)
            if kind is ConsumedEvent and self.is_first:
                self.is_first = False
                support.consume(store, assigned("e1"), seed=7)
                empty(store, next(table for table in TABLES if table.row is ConsumedEvent))
            return found

    with suppress(RowsLost):
        support.consume(support.acting(Overtaken, store), assigned("e1"))
    assert [entry.source_event_id for entry in support.entries(store)] == ["e0", "e1"]


def test_sums_of_days_that_are_lost_while_an_account_is_read_let_no_day_be_closed() -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"))

    class Losing(MemoryStore):
        def query(self, kind: type[Any], *arguments: Any, **options: Any) -> Any:
            if kind is AccountDay:
                empty(store, next(table for table in TABLES if table.row is AccountDay))
            return super().query(kind, *arguments, **options)

    (failure,) = support.close(support.acting(Losing, store), TODAY).values()
    assert isinstance(failure, RowsLost)
    assert support.events(store, "Account.DayClosed") == []


def test_without_marks_nothing_is_corrected_a_second_time() -> None:
    store = worked()
    wrong = support.entries(store)[0]
    again = Correction("ann", wrong.entry_id, "eve", "by mistake")
    correct_entry(again, store, context(), ZONE)
    empty(store, next(table for table in TABLES if table.row is ConsumedEvent))
    before = store.rows(Entry)
    with pytest.raises(RowsLost):
        correct_entry(again, store, context(seed=5), ZONE)
    assert store.rows(Entry) == before


def test_without_the_sums_of_days_no_day_is_closed_as_an_empty_one() -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"))
    empty(store, next(table for table in TABLES if table.row is AccountDay))
    (failure,) = support.close(store, TODAY).values()
    assert isinstance(failure, RowsLost)
    assert support.balance(store).closed_through == YESTERDAY
    assert support.events(store, "Account.DayClosed") == []
