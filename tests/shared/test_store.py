"""The two adapters of the store pass the same tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from shared.dynamo_store import DynamoStore
from shared.records import StoredAnswer
from shared.store import (
    Add,
    Below,
    Check,
    ConditionFailed,
    Conflict,
    Insert,
    OutcomeUnknown,
    Put,
    Refused,
    Remove,
    Store,
    Unavailable,
)
from shared.tables import IDEMPOTENCY, Binding
from tests.support.fakes import memory_store


@dataclass(frozen=True, slots=True)
class Shelf:
    room: str
    place: int
    label: str
    version: int = 1
    owner: str | None = None
    books: list[str] | None = None


@dataclass(frozen=True, slots=True)
class OwnedShelf:
    owner: str
    place: int
    label: str


class ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_owner"
        projection = IncludeProjection(["label"])

    owner = UnicodeAttribute(hash_key=True)
    place = NumberAttribute(range_key=True)


class ShelfTable(Model):
    class Meta:
        table_name = "shelves"

    room = UnicodeAttribute(hash_key=True)
    place = NumberAttribute(range_key=True)
    label = UnicodeAttribute()
    version = NumberAttribute()
    owner = UnicodeAttribute(null=True)
    books: ListAttribute[Any] = ListAttribute(null=True)
    by_owner = ByOwner()


BINDINGS = (Binding(Shelf, ShelfTable), Binding(OwnedShelf, ShelfTable, "by_owner"), IDEMPOTENCY)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield memory_store(BINDINGS)
        return
    with mock_aws():
        real = DynamoStore(BINDINGS, "test-")
        for model in set(real._models.values()):
            model.create_table(billing_mode="PAY_PER_REQUEST")
        yield real


def shelves(store: Store, count: int = 4) -> None:
    store.transact([Insert(Shelf("hall", place, f"label {place}", owner="ann")) for place in range(count)])


def test_a_row_comes_back_as_it_was_written(store: Store) -> None:
    row = Shelf("hall", 1, "ünïcode", version=7, books=["a", "b"])
    store.transact([Insert(row)])
    assert store.get(Shelf, room="hall", place=1) == row
    assert store.get(Shelf, room="hall", place=2) is None


def test_expiry_is_in_unix_seconds(store: Store) -> None:
    row = StoredAnswer("me#POST /x#key", "hash", 201, "{}", 1_800_000_000)
    store.transact([Insert(row)])
    assert store.get(StoredAnswer, request=row.request) == row
    with pytest.raises(ConditionFailed):
        store.transact([Put(row, expected={"expires_at": Below(1_800_000_000)})])
    store.transact([Put(row, expected={"expires_at": Below(1_800_000_001)})])


def test_an_insert_needs_the_row_to_be_absent(store: Store) -> None:
    shelves(store)
    with pytest.raises(ConditionFailed) as refusal:
        store.transact([Insert(Shelf("attic", 1, "new")), Insert(Shelf("hall", 1, "again"))])
    assert refusal.value.failed == {1}
    assert store.get(Shelf, room="attic", place=1) is None


def test_every_failed_condition_is_named_by_its_position(store: Store) -> None:
    shelves(store)
    with pytest.raises(ConditionFailed) as refusal:
        store.transact(
            [
                Add(Shelf, {"room": "hall", "place": 0}, {"version": 1}, expected={"version": 9}),
                Put(Shelf("hall", 1, "x"), expected={"version": 1}),
                Remove(Shelf, {"room": "hall", "place": 2}, expected={"owner": "bob"}),
                Check(Shelf, {"room": "hall", "place": 3}, expected={"owner": None}),
                Insert(Shelf("hall", 4, "free")),
            ]
        )
    assert refusal.value.failed == {0, 2, 3}
    assert store.get(Shelf, room="hall", place=1) == Shelf("hall", 1, "label 1", owner="ann")


def test_add_counts_from_nothing_and_sets_and_removes(store: Store) -> None:
    key: dict[str, str | int] = {"room": "hall", "place": 9}
    store.transact([Add(Shelf, key, {"version": 5}, {"label": "made"})])
    store.transact([Add(Shelf, key, {"version": -2}, {"owner": "ann"})])
    assert store.get(Shelf, **key) == Shelf("hall", 9, "made", version=3, owner="ann")
    store.transact([Add(Shelf, key, values={"owner": None}, expected={"owner": "ann"})])
    assert store.get(Shelf, **key) == Shelf("hall", 9, "made", version=3)
    assert store.query(OwnedShelf, "ann", limit=9) == []


def test_a_field_that_was_never_written_has_its_default(store: Store) -> None:
    store.transact([Add(Shelf, {"room": "hall", "place": 1}, values={"label": "x"})])
    assert store.get(Shelf, room="hall", place=1) == Shelf("hall", 1, "x", version=1)
    assert store.query(Shelf, "hall", limit=9) == [Shelf("hall", 1, "x", version=1)]


def test_below_holds_for_an_absent_field_and_a_lesser_one(store: Store) -> None:
    row = Shelf("hall", 1, "x", version=3)
    store.transact([Put(row, expected={"version": Below(3)})])
    store.transact([Put(row, expected={"version": Below(4)})])
    with pytest.raises(ConditionFailed):
        store.transact([Put(row, expected={"version": Below(3)})])


def test_remove_and_check(store: Store) -> None:
    shelves(store)
    store.transact(
        [
            Remove(Shelf, {"room": "hall", "place": 1}, expected={"version": 1}),
            Check(Shelf, {"room": "hall", "place": 2}, expected={"owner": "ann"}),
        ]
    )
    assert store.get(Shelf, room="hall", place=1) is None


def test_a_query_keeps_to_its_bounds(store: Store) -> None:
    shelves(store, 6)

    def places(**bounds: Any) -> list[int]:
        return [row.place for row in store.query(Shelf, "hall", **bounds)]

    assert places(limit=9) == [0, 1, 2, 3, 4, 5]
    assert places(limit=2, newest_first=True) == [5, 4]
    assert places(limit=9, above=2) == [3, 4, 5]
    assert places(limit=9, below=2) == [0, 1]
    assert places(limit=9, through=2) == [0, 1, 2]
    assert places(limit=2, above=1, below=5) == [2, 3]
    assert places(limit=9, above=1, through=3) == [2, 3]
    assert places(limit=9, above=3, below=3) == []
    assert places(limit=9, above=4, through=3) == []
    assert places(limit=9, above=1, below=5, newest_first=True) == [4, 3, 2]


def test_an_index_has_its_own_rows(store: Store) -> None:
    shelves(store, 3)
    store.transact([Insert(Shelf("hall", 7, "nobody's"))])
    assert store.query(OwnedShelf, "ann", above=0, limit=9) == [
        OwnedShelf("ann", 1, "label 1"),
        OwnedShelf("ann", 2, "label 2"),
    ]


def test_many_rows_are_read_at_once(store: Store) -> None:
    shelves(store)
    keys = [{"room": "hall", "place": place} for place in (0, 3, 8)]
    assert sorted(row.place for row in store.get_many(Shelf, keys)) == [0, 3]
    assert store.get_many(Shelf, []) == []


def test_a_key_that_is_given_twice_is_read_once(store: Store) -> None:
    shelves(store)
    keys = [{"room": "hall", "place": place} for place in (0, 3, 0)]
    assert sorted(row.place for row in store.get_many(Shelf, keys)) == [0, 3]


@pytest.mark.parametrize("count", [0, 101])
def test_a_transaction_is_bounded(store: Store, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        store.transact([Insert(Shelf("hall", place, "x")) for place in range(count)])


class Troubled(Store):
    """Raises what it is given, then writes."""

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

    get = get_many = query = None  # type: ignore[assignment]


def test_a_conflict_and_a_lost_answer_are_tried_again_with_the_same_token() -> None:
    sound = memory_store(BINDINGS)
    store = Troubled(sound, Conflict("held"), OutcomeUnknown("late"))
    store.transact([Insert(Shelf("hall", 1, "x"))])
    assert len(store.tokens) == 3
    assert len(set(store.tokens)) == 1
    assert sound.get(Shelf, room="hall", place=1)


def test_a_store_in_lasting_trouble_is_unavailable() -> None:
    store = Troubled(memory_store(BINDINGS), *[Conflict("held")] * 99)
    with pytest.raises(Unavailable, match="held"):
        store.transact([Insert(Shelf("hall", 1, "x"))])


def test_a_token_that_was_written_is_not_written_again() -> None:
    store = memory_store(BINDINGS)
    action = Add(Shelf, {"room": "hall", "place": 1}, {"version": 1}, {"label": "x"})
    store.write([action], "token")
    store.write([action], "token")
    assert store.get(Shelf, room="hall", place=1) == Shelf("hall", 1, "x", version=1)


def test_a_physical_table_name_has_hyphens_and_the_declared_one_stays() -> None:
    class OpenShelfTable(ShelfTable):
        class Meta:
            table_name = "open_shelves"

    store = DynamoStore([Binding(Shelf, OpenShelfTable)], "ates-dev-library-")
    assert store._models[Shelf].Meta.table_name == "ates-dev-library-open-shelves"
    assert OpenShelfTable.Meta.table_name == "open_shelves"


def test_what_dynamodb_says_is_in_the_message() -> None:
    with mock_aws():
        store = DynamoStore(BINDINGS, "missing-")
        with pytest.raises(Refused, match="ResourceNotFoundException"):
            store.transact([Insert(Shelf("hall", 1, "x"))])
        with pytest.raises(Unavailable, match="ResourceNotFoundException"):
            store.get(Shelf, room="hall", place=1)
