"""One suite for every store: in memory, on moto and on MiniStack."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from shared.bounds import MAX_ITEM_BYTES, MAX_MAGNITUDE, Bounds
from shared.dynamo_store import DynamoStore
from shared.records import IDEMPOTENCY, StoredAnswer
from shared.store import Add, Below, Check, ConditionFailed, Insert, Put, Refused, Remove, Store, Unavailable
from shared.tables import Index, Row, Table
from tests.support.fakes import NOON
from tests.support.moto_store import create_tables, delete_tables, tables_of


class Shelf(Row):
    """A place in a room."""

    room: str
    place: int
    label: str
    version: int = 1
    owner: str | None = None
    books: list[str] | None = None
    is_full: bool | None = None


class OwnedShelf(Row):
    """What the index by owner has of it."""

    owner: str
    place: int
    label: str


class Book(Row):
    """In a table of its own."""

    shelf: str
    title: str
    note: str = ""


TABLES = (
    Table(
        "shelves",
        Shelf,
        "room",
        "place",
        indexes=(Index("by_owner", OwnedShelf, "owner", "place"),),
    ),
    Table("books", Book, "shelf", "title"),
    IDEMPOTENCY,
)


def shelves(store: Store, count: int = 4) -> None:
    store.transact([Insert(Shelf("hall", place, f"label {place}", owner="ann")) for place in range(count)])


HALL: Mapping[str, str | int] = {"room": "hall", "place": 1}
LARGEST_NUMBER = 10**38 - 1
OVERHEAD_BYTES = len("shelf" + "s" + "title" + "t" + "note")
LONGEST_NOTE = MAX_ITEM_BYTES - OVERHEAD_BYTES


def insert(*rows: Any) -> Callable[[Store], object]:
    return lambda store: store.transact([Insert(row) for row in rows])


def add(amounts: Mapping[str, int], **values: Any) -> Callable[[Store], object]:
    return lambda store: store.transact([Add(Shelf, HALL, amounts, values)])


def one_after_the_other(*calls: Callable[[Store], object]) -> Callable[[Store], object]:
    return lambda store: [call(store) for call in calls]


REFUSED: Mapping[str, Callable[[Store], object]] = {
    "no action": insert(),
    "101 actions": insert(*(Book("s", str(number)) for number in range(101))),
    "two actions on one row": lambda store: store.transact(
        [Put(Book("s", "t")), Check(Book, {"shelf": "s", "title": "t"}, {"note": None})]
    ),
    "an empty partition key": insert(Book("", "t")),
    "an empty sort key": insert(Book("s", "")),
    "an empty key of an index": insert(Shelf("hall", 1, "x", owner="")),
    "an empty key of an index by an update": one_after_the_other(
        insert(Shelf("hall", 1, "x")), add({}, owner="")
    ),
    "an empty key to read": lambda store: store.get(Book, shelf="", title="t"),
    "an empty key among many": lambda store: store.get_many(
        Book, [{"shelf": "s", "title": "t"}, {"shelf": "s", "title": ""}]
    ),
    "an empty partition to query": lambda store: store.query(Book, "", limit=1),
    "an empty partition of an index to query": lambda store: store.query(OwnedShelf, "", limit=1),
    "an empty partition to count": lambda store: store.count(Book, "", limit=1),
    "an empty bound of a query": lambda store: store.query(Book, "s", above="", limit=1),
    "a partition key of 2,049 bytes": insert(Book("ü" * 1024 + "x", "t")),
    "a sort key of 1,025 bytes": insert(Book("s", "x" * 1025)),
    "a key of an index of 2,049 bytes": insert(Shelf("hall", 1, "x", owner="x" * 2049)),
    "a partition of 2,049 bytes to query": lambda store: store.query(Book, "x" * 2049, limit=1),
    "a number of 39 digits": insert(Shelf("hall", 1, "x", version=LARGEST_NUMBER + 2)),
    "a negative number of 39 digits": insert(Shelf("hall", 1, "x", version=-LARGEST_NUMBER - 2)),
    "a number beyond 10^126": insert(Shelf("hall", 1, "x", version=10**MAX_MAGNITUDE)),
    "a key of 700 digits to query": lambda store: store.query(Shelf, "hall", above=10**699 + 1, limit=1),
    "a sum of 39 digits": one_after_the_other(
        insert(Shelf("hall", 1, "x", version=LARGEST_NUMBER)), add({"version": 2})
    ),
    "half of a surrogate pair": insert(Book("s", "t", "\ud83d")),
    "half of a surrogate pair in a list": insert(Shelf("hall", 1, "x", books=["\udc00"])),
    "a row of 400 KB and a byte": insert(Book("s", "t", "x" * (LONGEST_NOTE + 1))),
    "a row that grows beyond 400 KB": one_after_the_other(
        insert(Shelf("hall", 1, "x" * 300_000)), add({}, owner="ann", books=["x" * 110_000])
    ),
    "a transaction beyond 4 MB": insert(*(Book("s", str(number), "x" * 400_000) for number in range(11))),
    "a change of a key": one_after_the_other(insert(Shelf("hall", 1, "x")), add({}, room="attic")),
    "an addition to what is set": add({"version": 1}, version=2),
}

OURS: Mapping[str, Callable[[Store], object]] = {
    "a row that is read from an index": insert(OwnedShelf("ann", 1, "x")),
    "a key of an index to read": lambda store: store.get(OwnedShelf, owner="ann", place=1),
    "half of a key": lambda store: store.get(Shelf, room="hall"),
    "a fraction": insert(Shelf("hall", 1, "x", version=1.5)),  # type: ignore[arg-type]
    "a row without its key": insert(Shelf(None, 1, "x")),  # type: ignore[arg-type]
    "two upper bounds": lambda store: store.query(Shelf, "hall", below=2, through=2, limit=1),
}

TAKEN: Mapping[str, Any] = {
    "empty texts": Shelf("hall", 1, "", books=["", "x"]),
    "an empty list": Shelf("hall", 1, "x", books=[]),
    "38 digits": Shelf("hall", 1, "x", version=LARGEST_NUMBER),
    "38 negative digits": Shelf("hall", 1, "x", version=-LARGEST_NUMBER),
    "38 digits and zeros after them": Shelf("hall", 1, "x", version=LARGEST_NUMBER * 10**80),
    "the longest keys": Book("ü" * 1024, "x" * 1024),
    "the longest key of an index": Shelf("hall", 1, "x", owner="x" * 2048),
    "all of Unicode's kinds": Book("s", "\U0001f469\u200d\U0001f4bb", "\0\n\uffff\ufffe\u202e\U0010ffff"),
    "a row of 400 KB": Book("s", "t", "x" * LONGEST_NOTE),
}


class Unbounded(Bounds):
    """Accepts everything, to test the tables' own checks."""

    def check_write(self, actions: Any) -> Any:
        return []

    def check_key(self, *_: Any) -> None:
        pass

    def check_query(self, *_: Any) -> None:
        pass


class Emptied(DynamoStore):
    """Tables that are created once and emptied for each test."""

    def create(self) -> None:
        create_tables(self)

    def delete(self) -> None:
        delete_tables(self)

    def empty(self) -> "Emptied":
        """A row that an emulator stored under a wrong key can't be deleted; its table can."""
        for table in tables_of(self):
            model = self._model(table.row)
            with model.batch_write() as batch:
                for item in model.scan(consistent_read=True):
                    batch.delete(item)
            if list(model.scan(consistent_read=True)):
                self.delete()
                self.create()
        return self


def unbounded(store: DynamoStore) -> DynamoStore:
    found = object.__new__(DynamoStore)
    found.__dict__.update(store.__dict__, _bounds=Unbounded({}), wait=lambda _seconds: None)
    return found


def takes(reason: str, *names: str) -> dict[str, str]:
    """The cases that an emulator accepts, unlike DynamoDB, for `StoreSuite.differs`."""
    return {f"test_the_tables_themselves_refuse_it[{name}]": reason for name in names}


class StoreSuite:
    """For a `store` fixture. The tests named in `differs` are expected to fail, for the reason given."""

    differs: Mapping[str, str] = {}

    @pytest.fixture(autouse=True)
    def emulator(self, request: pytest.FixtureRequest) -> None:
        """A test fails once the emulator behaves like DynamoDB: then remove its name."""
        if (reason := self.differs.get(request.node.name)) is not None:
            request.node.add_marker(pytest.mark.xfail(strict=True, reason=reason))

    def test_a_row_comes_back_as_it_was_written(self, store: Store) -> None:
        row = Shelf("hall", 1, "ünïcode", version=7, books=["a", "b"])
        store.transact([Insert(row)])
        assert store.get(Shelf, room="hall", place=1) == row
        assert store.get(Shelf, room="hall", place=2) is None

    def test_a_glance_is_a_read_of_the_row(self, store: Store) -> None:
        """In time; here nothing is written meanwhile."""
        row = Shelf("hall", 1, "label", version=7)
        store.transact([Insert(row)])
        assert store.glance(Shelf, room="hall", place=1) == row
        assert store.glance(Shelf, room="hall", place=2) is None

    def test_expiry_is_in_unix_seconds(self, store: Store) -> None:
        row = StoredAnswer("me#POST /x#key", "hash", 201, "{}", 1_800_000_000)
        store.transact([Insert(row)])
        assert store.get(StoredAnswer, request=row.request) == row
        with pytest.raises(ConditionFailed):
            store.transact([Put(row, expected={"expires_at": Below(1_800_000_000)})])
        store.transact([Put(row, expected={"expires_at": Below(1_800_000_001)})])

    def test_an_insert_needs_the_row_to_be_absent(self, store: Store) -> None:
        shelves(store)
        with pytest.raises(ConditionFailed) as refusal:
            store.transact([Insert(Shelf("attic", 1, "new")), Insert(Shelf("hall", 1, "again"))])
        assert refusal.value.failed == {1}
        assert store.get(Shelf, room="attic", place=1) is None

    def test_every_failed_condition_is_named_by_its_position(self, store: Store) -> None:
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

    def test_add_counts_from_nothing_and_sets_and_removes(self, store: Store) -> None:
        key: dict[str, str | int] = {"room": "hall", "place": 9}
        store.transact([Add(Shelf, key, {"version": 5}, {"label": "made"})])
        store.transact([Add(Shelf, key, {"version": -2}, {"owner": "ann"})])
        assert store.get(Shelf, **key) == Shelf("hall", 9, "made", version=3, owner="ann")
        store.transact([Add(Shelf, key, values={"owner": None}, expected={"owner": "ann"})])
        assert store.get(Shelf, **key) == Shelf("hall", 9, "made", version=3)
        assert store.query(OwnedShelf, "ann", limit=9) == []

    def test_a_field_that_was_never_written_has_its_default(self, store: Store) -> None:
        store.transact([Add(Shelf, {"room": "hall", "place": 1}, values={"label": "x"})])
        assert store.get(Shelf, room="hall", place=1) == Shelf("hall", 1, "x", version=1)
        assert store.query(Shelf, "hall", limit=9) == [Shelf("hall", 1, "x", version=1)]

    def test_below_holds_for_an_absent_field_and_a_lesser_one(self, store: Store) -> None:
        row = Shelf("hall", 1, "x", version=3)
        store.transact([Put(row, expected={"version": Below(3)})])
        store.transact([Put(row, expected={"version": Below(4)})])
        with pytest.raises(ConditionFailed):
            store.transact([Put(row, expected={"version": Below(3)})])

    def test_remove_and_check(self, store: Store) -> None:
        shelves(store)
        store.transact(
            [
                Remove(Shelf, {"room": "hall", "place": 1}, expected={"version": 1}),
                Check(Shelf, {"room": "hall", "place": 2}, expected={"owner": "ann"}),
            ]
        )
        assert store.get(Shelf, room="hall", place=1) is None

    def test_a_query_keeps_to_its_bounds(self, store: Store) -> None:
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

    def test_rows_are_counted_up_to_a_limit(self, store: Store) -> None:
        shelves(store, 6)
        assert [store.count(Shelf, "hall", limit=limit) for limit in (1, 5, 6, 7)] == [1, 5, 6, 6]
        assert store.count(Shelf, "attic", limit=9) == 0
        assert store.count(OwnedShelf, "ann", limit=4) == 4

    def test_an_index_has_its_own_rows(self, store: Store) -> None:
        shelves(store, 3)
        store.transact([Insert(Shelf("hall", 7, "nobody's"))])
        assert store.query(OwnedShelf, "ann", above=0, limit=9) == [
            OwnedShelf("ann", 1, "label 1"),
            OwnedShelf("ann", 2, "label 2"),
        ]

    def test_many_rows_are_read_at_once(self, store: Store) -> None:
        shelves(store)
        keys = [{"room": "hall", "place": place} for place in (0, 3, 8)]
        assert sorted(row.place for row in store.get_many(Shelf, keys)) == [0, 3]
        assert store.get_many(Shelf, []) == []

    def test_a_key_that_is_given_twice_is_read_once(self, store: Store) -> None:
        shelves(store)
        keys = [{"room": "hall", "place": place} for place in (0, 3, 0)]
        assert sorted(row.place for row in store.get_many(Shelf, keys)) == [0, 3]

    @pytest.mark.parametrize("name", [*REFUSED, *OURS])
    def test_it_refuses_what_dynamodb_does_not_take(self, store: Store, name: str) -> None:
        with pytest.raises(Refused):
            {**REFUSED, **OURS}[name](store)

    @pytest.mark.parametrize("name", REFUSED)
    def test_the_tables_themselves_refuse_it(self, store: Store, name: str) -> None:
        """Not only our own check; the store in memory has nothing else."""
        if not isinstance(store, DynamoStore):
            pytest.skip("no tables behind it")
        with pytest.raises(Exception) as refusal:  # noqa: PT011 - a client's or a library's, as it happens
            REFUSED[name](unbounded(store))
        assert not isinstance(refusal.value, ConditionFailed)

    @pytest.mark.parametrize("name", TAKEN)
    def test_it_takes_what_dynamodb_takes(self, store: Store, name: str) -> None:
        row = TAKEN[name]
        store.transact([Insert(row)])
        kind = type(row)
        key = {"room": "hall", "place": 1} if kind is Shelf else {"shelf": row.shelf, "title": row.title}
        assert store.get(kind, **key) == row

    def test_a_transaction_takes_100_actions_and_almost_4_mb(self, store: Store) -> None:
        store.transact([Insert(Book("s", f"{number:03}", "x" * 41_000)) for number in range(100)])
        assert len(store.get_many(Book, [{"shelf": "s", "title": f"{n:03}"} for n in range(100)])) == 100

    def test_a_refused_transaction_writes_nothing(self, store: Store) -> None:
        store.transact([Insert(Shelf("hall", 1, "x" * 300_000))])
        growing = Add(Shelf, HALL, values={"books": ["x" * 110_000]})
        with pytest.raises(Refused):
            store.transact([Insert(Book("s", "t")), growing])
        assert store.get(Book, shelf="s", title="t") is None

    def test_many_rows_are_written_whatever_is_there(self, store: Store) -> None:
        store.transact([Insert(Shelf("hall", 1, "before", owner="ann"))])
        rows = [Shelf("hall", place, f"label {place}", books=["ü"]) for place in range(60)]
        store.put_all(rows)
        assert store.query(Shelf, "hall", limit=99) == rows
        assert store.query(OwnedShelf, "ann", limit=9) == []
        store.put_all(rows[:1])
        assert store.get(Shelf, room="hall", place=0) == rows[0]

    @pytest.mark.parametrize(
        "row",
        [Book("s", ""), Book("s", "t", "x" * (LONGEST_NOTE + 1))],
        ids=["an empty sort key", "400 KB and a byte"],
    )
    def test_it_refuses_the_same_rows_among_many(self, store: Store, row: Book) -> None:
        with pytest.raises(Refused):
            store.put_all([row])
        assert store.query(Book, "s", limit=9) == []

    def test_nothing_is_sent_after_its_time(self, store: Store) -> None:
        store.clock = lambda: NOON
        too_late = Insert(Shelf("hall", 1, "x"), not_after=NOON - timedelta(milliseconds=1))
        with pytest.raises(Unavailable, match="too late"):
            store.transact([Insert(Shelf("hall", 2, "x")), too_late])
        assert store.query(Shelf, "hall", limit=9) == []
        store.transact([Insert(Shelf("hall", 1, "x"), not_after=NOON)])
        store.clock = None
        store.transact([Insert(Shelf("hall", 2, "x"), not_after=NOON - timedelta(days=1))])
        assert [row.place for row in store.query(Shelf, "hall", limit=9)] == [1, 2]

    def test_a_condition_may_name_an_empty_text(self, store: Store) -> None:
        store.transact([Insert(Book("s", "t", ""))])
        store.transact([Put(Book("s", "t", "x"), expected={"note": ""})])
        with pytest.raises(ConditionFailed):
            store.transact([Put(Book("s", "t", "y"), expected={"note": ""})])
