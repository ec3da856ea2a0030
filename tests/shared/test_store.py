"""The stores in memory and on DynamoDB (by moto) pass the same suite; further tests of each."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from shared.bounds import Bounds
from shared.dynamo_models import physical_name
from shared.dynamo_store import DynamoStore
from shared.store import Add, Conflict, Insert, OutcomeUnknown, Refused, Store, Unavailable
from shared.tables import Index, Table, places
from tests.support.fakes import NOON, FakeClock, memory_store
from tests.support.moto_store import moto_store
from tests.support.store_suite import TABLES, Emptied, OwnedShelf, Shelf, StoreSuite, takes

MOTO_DIFFERS: Mapping[str, str] = {
    **takes(
        "moto does not check it",
        "no action",
        "a number of 39 digits",
        "a negative number of 39 digits",
        "a number beyond 10^126",
        "a sum of 39 digits",
        "a key of 700 digits to query",
        "a partition of 2,049 bytes to query",
        "an empty key among many",
        "an empty key of an index by an update",
        "a transaction beyond 4 MB",
    ),
    "test_it_refuses_what_dynamodb_does_not_take[a sum of 39 digits]": "moto adds without a limit",
    "test_it_takes_what_dynamodb_takes[a row of 400 KB]": "moto's limit is 405,000 bytes",
}


class TestInMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return memory_store(TABLES)


@pytest.fixture(scope="class")
def tables() -> Iterator[Emptied]:
    with mock_aws():
        made = Emptied(TABLES, "test-")
        made.create()
        yield made


class TestByMoto(StoreSuite):
    differs = MOTO_DIFFERS

    @pytest.fixture
    def store(self, tables: Emptied) -> Store:
        return tables.empty()


def test_a_partition_key_that_also_sorts_an_index_has_the_lower_limit() -> None:
    by_owner = Index("by_owner", OwnedShelf, "owner", "room")
    bounds = Bounds(places([Table("shelves", Shelf, "room", indexes=(by_owner,))]))
    bounds.check_item("shelves", {"room": "x" * 1024, "owner": "x" * 2048})
    with pytest.raises(Refused, match="room is a key of shelves: 1 to 1024 bytes"):
        bounds.check_item("shelves", {"room": "x" * 1025})


class Troubled(Store):
    """Raises the given errors, then writes."""

    def __init__(self, sound: Store, *troubles: Exception) -> None:
        self._sound = sound
        self._troubles = list(troubles)
        self.tokens: list[str] = []
        self.wait = lambda _seconds: None

    def write(self, actions: Any, token: str) -> None:
        self.tokens.append(token)
        if self._troubles:
            raise self._troubles.pop(0)
        self._sound.write(actions, token)

    get = get_many = query = count = put_all = None  # type: ignore[assignment]


def test_a_conflict_and_a_lost_answer_are_retried_with_the_same_token() -> None:
    sound = memory_store(TABLES)
    store = Troubled(sound, Conflict("held"), OutcomeUnknown("late"))
    store.transact([Insert(Shelf("hall", 1, "x"))])
    assert len(store.tokens) == 3
    assert len(set(store.tokens)) == 1
    assert sound.get(Shelf, room="hall", place=1)


def test_a_store_that_keeps_failing_is_unavailable() -> None:
    store = Troubled(memory_store(TABLES), *[Conflict("held")] * 99)
    with pytest.raises(Unavailable, match="held"):
        store.transact([Insert(Shelf("hall", 1, "x"))])


def test_a_transaction_in_conflict_is_not_sent_again_when_it_is_too_late() -> None:
    """Its age is checked before each try, as the tries and the waits between them take time."""
    clock = FakeClock()
    store = Troubled(memory_store(TABLES), *[Conflict("held")] * 99)
    store.clock = clock
    store.wait = lambda _seconds: clock.advance(minutes=4)
    with pytest.raises(Unavailable, match="too late"):
        store.transact([Insert(Shelf("hall", 1, "x"), not_after=NOON + timedelta(minutes=10))])
    assert len(store.tokens) == 3


def test_rows_that_cannot_be_written_are_unavailable() -> None:
    with mock_aws(), pytest.raises(Unavailable, match="ResourceNotFoundException"):
        DynamoStore(TABLES, "missing-").put_all([Shelf("hall", 1, "x")])


def test_a_write_with_the_same_token_takes_effect_once() -> None:
    store = memory_store(TABLES)
    action = Add(Shelf, {"room": "hall", "place": 1}, {"version": 1}, {"label": "x"})
    store.write([action], "token")
    store.write([action], "token")
    assert store.get(Shelf, room="hall", place=1) == Shelf("hall", 1, "x", version=1)


def test_a_physical_table_name_has_hyphens() -> None:
    table = Table("open_shelves", Shelf, "room", "place")
    assert physical_name(table, "ates-dev-library-") == "ates-dev-library-open-shelves"


def test_a_store_creates_models_only_of_the_tables_it_uses() -> None:
    with mock_aws():
        store = moto_store(TABLES, "test-")
        store.get(Shelf, room="hall", place=1)
        assert list(store._models) == ["shelves"]


def test_dynamodbs_error_code_is_in_the_message() -> None:
    with mock_aws():
        store = DynamoStore(TABLES, "missing-")
        with pytest.raises(Refused, match="ResourceNotFoundException"):
            store.transact([Insert(Shelf("hall", 1, "x"))])
        with pytest.raises(Unavailable, match="ResourceNotFoundException"):
            store.get(Shelf, room="hall", place=1)
