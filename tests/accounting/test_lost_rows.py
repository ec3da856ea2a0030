"""Accounting with one table lost: nothing is booked twice, priced again or closed wrongly.

After a restore the waiting messages are redelivered, and the ledger is as without the loss.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.restoring import restored
from functions.accounting.rows import TABLES, AccountDay, Balance, Entry, Price
from shared.guards import RowsLost
from shared.journal import USUAL_FORM, JournalForm
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord, StoredAnswer
from shared.store import Put, Remove
from shared.tables import Table, key_names
from tests.accounting import support
from tests.accounting.support import TODAY, TOMORROW, YESTERDAY, ZONE, assigned, completed
from tests.support.fakes import NOON, context, journal, memory_store

LATER = NOON + timedelta(days=1)
AFTER = "2026-11-24"
"""Events that waited beyond their day count on this one."""
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
    """Remove all rows and the sentinel, as if the table were recreated."""
    for key in list(store._tables[table.name]):
        store.transact([Remove(table.row, dict(zip(key_names(table), key, strict=True)))])


def restore(store: MemoryStore) -> MemoryStore:
    """Restore from published events alone, as with a very old backup."""
    nothing: dict[type[Any], list[Any]] = {table.row: [] for table in TABLES}
    found = memory_store(TABLES)
    for rows in restored(nothing, journal(store)).values():
        for row in rows:
            found.transact([Put(row)])
    return found


@pytest.mark.parametrize("table", LOSABLE, ids=lambda table: table.name)
def test_each_table_can_be_lost_and_restored_while_events_arrive(table: Table) -> None:
    store, sound = worked(), worked()
    empty(store, table)
    with suppress(RowsLost):
        support.consume(store, *SOURCES, *MORE)
    support.close(store, TOMORROW, "ann", "bob", seed=9)
    back = restore(store)
    for account_id in ("ann", "bob"):
        support.joined(back, account_id)
    assert support.consume(back, *SOURCES, *MORE) == {}
    assert support.close(back, AFTER, "ann", "bob", seed=9) == {}
    assert support.findings(back) == []
    support.consume(sound, *MORE)
    support.close(sound, AFTER, "ann", "bob", seed=9)
    assert money(back) == money(sound)


def money(store: MemoryStore) -> Any:
    """Entries by event, prices and debts; without days, as events that waited may have later ones."""
    booked = sorted((row.kind, row.source_event_id or "", row.account_id) for row in store.rows(Entry))
    priced = sorted((row.task_id, row.fee, row.reward) for row in store.rows(Price))
    assert {task_id for task_id, *_ in priced} == {"task-1", "task-2"}
    return booked, priced, sorted((row.account_id, min(row.balance, 0)) for row in store.rows(_balance()))


def _balance() -> type[Any]:
    return next(table.row for table in TABLES if table.name == "balances")


@pytest.mark.parametrize("kind", [ConsumedEvent, Price, Balance])
def test_with_lost_marks_prices_or_balances_nothing_is_posted(kind: type[Any]) -> None:
    store = worked()
    empty(store, next(table for table in TABLES if table.row is kind))
    before = [store.rows(each) for each in (Entry, Price, JournalRecord)]
    with pytest.raises(RowsLost):
        support.consume(store, *SOURCES, *MORE)
    assert [store.rows(each) for each in (Entry, Price, JournalRecord)] == before


def test_marks_lost_after_they_were_read_allow_no_second_posting() -> None:
    """Another delivery of the event is posted, then the marks are lost."""
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


def test_prices_lost_after_none_was_found_allow_no_second_price() -> None:
    """Another invocation prices the task, then the prices are lost."""
    store = support.ledger()

    class Overtaken(MemoryStore):
        is_first = True

        def write(self, actions: Any, token: str) -> None:
            if self.is_first and any(isinstance(getattr(each, "row", None), Price) for each in actions):
                self.is_first = False
                support.consume(store, assigned("e1"), seed=7)
                empty(store, next(table for table in TABLES if table.row is Price))
            super().write(actions, token)

    acting = support.acting(Overtaken, store)
    with suppress(RowsLost):
        support.consume(acting, assigned("e2", "bob"))
    assert not acting.is_first
    assert len(support.events(store, "Task.Priced")) == 1
    assert [entry.source_event_id for entry in store.rows(Entry)] == ["e1"]


@pytest.mark.parametrize("form", [support.AS_RELEASED, USUAL_FORM])
def test_day_sums_lost_while_an_account_is_read_stop_the_close(form: JournalForm) -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"), form=support.AS_RELEASED)

    class Losing(MemoryStore):
        def query(self, kind: type[Any], *arguments: Any, **options: Any) -> Any:
            if kind is AccountDay:
                empty(store, next(table for table in TABLES if table.row is AccountDay))
            return super().query(kind, *arguments, **options)

    (failure,) = support.close(support.acting(Losing, store), TODAY, form=form).values()
    assert isinstance(failure, RowsLost)
    assert support.events(store, "Account.DayClosed") == []


def test_with_lost_marks_nothing_is_corrected_a_second_time() -> None:
    store = worked()
    wrong = support.entries(store)[0]
    again = Correction("ann", wrong.entry_id, "eve", "by mistake")
    correct_entry(again, store, context(), ZONE)
    empty(store, next(table for table in TABLES if table.row is ConsumedEvent))
    before = store.rows(Entry)
    with pytest.raises(RowsLost):
        correct_entry(again, store, context(seed=5), ZONE)
    assert store.rows(Entry) == before


@pytest.mark.parametrize("form", [support.AS_RELEASED, USUAL_FORM])
def test_with_lost_day_sums_no_day_is_closed_as_empty(form: JournalForm) -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"), form=support.AS_RELEASED)
    empty(store, next(table for table in TABLES if table.row is AccountDay))
    (failure,) = support.close(store, TODAY, form=form).values()
    assert isinstance(failure, RowsLost)
    assert support.balance(store).closed_through == YESTERDAY
    assert support.events(store, "Account.DayClosed") == []


def test_with_lost_day_sums_no_balance_takes_them_over_as_zeros() -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"), form=support.AS_RELEASED)
    wrong = support.entries(store)[0]
    empty(store, next(table for table in TABLES if table.row is AccountDay))
    (failure,) = support.consume(store, completed("e2")).values()
    assert isinstance(failure, RowsLost)
    with pytest.raises(RowsLost):
        correct_entry(Correction("ann", wrong.entry_id, "eve", "by mistake"), store, context(), ZONE)
    assert support.entries(store) == [wrong]


def test_with_lost_day_sums_a_day_is_closed_whose_sums_are_in_the_balance() -> None:
    store = support.ledger()
    support.priced(store)
    support.consume(store, assigned("e1"), completed("e2"))
    empty(store, next(table for table in TABLES if table.row is AccountDay))
    assert support.close(store, TODAY) == {}
    assert support.findings(store) == []
