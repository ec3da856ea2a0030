"""A table that lost its rows is recognised by its missing sentinel."""

from dataclasses import dataclass, fields
from typing import Any

import pytest

from infra.discovery import discover
from ops.stage import tables
from shared.guards import NEVER, SENTINEL, RowsLost, check_rows, get_guarded, sentinel, sentinel_check
from shared.memory_store import MemoryStore
from shared.records import INBOX, ConsumedEvent
from shared.store import ConditionFailed, Insert, Remove, Unavailable
from shared.tables import Table, key_names
from tests.support.fakes import memory_store

GUARDED = [table for service in discover() for table in tables.guarded(service.name)]
MARKS = [{"mark": "a"}, {"mark": "b"}]


@dataclass(frozen=True, slots=True)
class Everything:
    key: str
    number: int
    flag: bool
    expires_at: int
    more: str | None = None


@pytest.fixture
def store() -> MemoryStore:
    found = memory_store([INBOX])
    found.transact([Insert(ConsumedEvent("a", "now"))])
    return found


def lose(store: MemoryStore) -> None:
    store.transact([Remove(ConsumedEvent, {"mark": SENTINEL})])


def test_the_guarded_tables_are_those_where_a_missing_row_has_a_meaning() -> None:
    assert {table.row.__name__ for table in GUARDED} == {
        "Account",
        "ConsumedEvent",
        "Price",
        "Balance",
        "AccountDay",
        "Receipt",
        "Report",
        "ShuffleMark",
    }


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: table.row.__name__)
def test_each_guarded_table_has_a_sentinel_and_its_indexes_have_none(table: Table) -> None:
    row = sentinel(table.row)
    assert {getattr(row, key) for key in key_names(table)} == {SENTINEL}
    for index in table.indexes:
        assert any(getattr(row, name) in (None, -1) for name in key_names(index))


def test_a_sentinel_has_neutral_values_and_never_expires() -> None:
    assert sentinel(Everything) == Everything(SENTINEL, -1, False, NEVER)
    assert {field.name for field in fields(Everything)} >= {"more"}


def test_guarded_reads_leave_out_the_sentinel(store: MemoryStore) -> None:
    assert get_guarded(store, ConsumedEvent, MARKS) == [ConsumedEvent("a", "now")]
    assert get_guarded(store, ConsumedEvent, []) == []
    assert store.rows(ConsumedEvent) == [ConsumedEvent("a", "now")]
    check_rows(store, ConsumedEvent, "mark")


def test_guarded_reads_fail_without_the_sentinel(store: MemoryStore) -> None:
    lose(store)
    with pytest.raises(RowsLost, match="the table of ConsumedEvent has lost its rows"):
        get_guarded(store, ConsumedEvent, MARKS)
    with pytest.raises(RowsLost):
        check_rows(store, ConsumedEvent, "mark")
    assert issubclass(RowsLost, Unavailable)


def test_a_transaction_can_require_the_sentinel(store: MemoryStore) -> None:
    actions: list[Any] = [Insert(ConsumedEvent("c", "now")), sentinel_check(ConsumedEvent, "mark")]
    store.transact(actions)
    lose(store)
    with pytest.raises(ConditionFailed) as refusal:
        store.transact([Insert(ConsumedEvent("d", "now")), actions[1]])
    assert refusal.value.failed == {1}
