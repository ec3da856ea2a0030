"""The metered store makes the calls that the store on DynamoDB makes, and bills them by the rules."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from benchmarks.meter import Meter, MeteredStore
from shared.dynamo_store import DynamoStore
from shared.store import Add, Check, ConditionFailed, Insert, Put, Remove, Store
from shared.tables import Index, Row, Table
from tests.support.moto_store import create_tables


class Thing(Row):
    thing_id: str
    number: int
    group: str | None = None
    note: str | None = None
    counted: int = 0


class ThingOfGroup(Row):
    group: str
    number: int
    thing_id: str


TABLES = (
    Table(
        "things",
        Thing,
        "thing_id",
        "number",
        indexes=(Index("by_group", ThingOfGroup, "group", "number"),),
        stream="NEW_IMAGE",
    ),
)
KEY: dict[str, str | int] = {"thing_id": "a", "number": 1}
Act = Callable[[Store], object]


def refused(store: Store) -> None:
    with pytest.raises(ConditionFailed):
        store.transact([Insert(Thing("a", 1)), Insert(Thing("new", 1))])


ACTS: list[tuple[str, Act]] = [
    ("get", lambda s: s.get(Thing, **KEY)),
    ("get what is missing", lambda s: s.get(Thing, thing_id="none", number=1)),
    ("get many", lambda s: s.get_many(Thing, [KEY, KEY, {"thing_id": "none", "number": 1}])),
    ("get none", lambda s: s.get_many(Thing, [])),
    ("get 101", lambda s: s.get_many(Thing, [{"thing_id": "a", "number": n} for n in range(101)])),
    ("query all", lambda s: s.query(Thing, "a", limit=100)),
    ("query some", lambda s: s.query(Thing, "a", limit=3)),
    ("query newest first", lambda s: s.query(Thing, "a", limit=3, newest_first=True)),
    ("query above", lambda s: s.query(Thing, "a", above=8, limit=100)),
    ("query below", lambda s: s.query(Thing, "a", below=3, limit=100)),
    ("query through", lambda s: s.query(Thing, "a", through=3, limit=100)),
    ("query between", lambda s: s.query(Thing, "a", above=3, below=6, limit=100)),
    ("query between, through", lambda s: s.query(Thing, "a", above=3, through=6, limit=100)),
    ("query nothing", lambda s: s.query(Thing, "a", above=6, below=3, limit=100)),
    ("query an empty partition", lambda s: s.query(Thing, "none", limit=100)),
    ("query an index", lambda s: s.query(ThingOfGroup, "even", limit=2)),
    ("query pages", lambda s: s.query(Thing, "large", limit=100)),
    ("count", lambda s: s.count(Thing, "a", limit=5)),
    ("count less than there are", lambda s: s.count(ThingOfGroup, "even", limit=100)),
    ("count pages", lambda s: s.count(Thing, "large", limit=100)),
    (
        "write",
        lambda s: s.transact(
            [
                Insert(Thing("b", 1, "odd")),
                Put(Thing("a", 2, "odd")),
                Add(Thing, {"thing_id": "a", "number": 3}, {"counted": 2}, {"note": "x"}),
                Remove(Thing, {"thing_id": "a", "number": 4}),
                Check(Thing, KEY, {"counted": 0}),
            ]
        ),
    ),
    ("write what is refused", refused),
]


def fill(store: Store) -> None:
    group = {0: "even", 1: None}
    store.transact([Insert(Thing("a", number, group[number % 2])) for number in range(1, 11)])
    for number in range(5):
        store.transact([Insert(Thing("large", number, note="x" * 300_000))])


@pytest.fixture
def metered() -> MeteredStore:
    store = MeteredStore("test", TABLES, Meter())
    fill(store)
    store.meter.take()
    return store


@pytest.fixture
def dynamo() -> Iterator[DynamoStore]:
    with mock_aws():
        store = DynamoStore(TABLES, "test-")
        create_tables(store)
        fill(store)
        yield store


@pytest.mark.parametrize(("what", "act"), ACTS, ids=[what for what, _ in ACTS])
def test_it_makes_the_calls_of_the_store_on_dynamodb(
    what: str, act: Act, metered: MeteredStore, dynamo: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, int]] = []
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(self: Any, operation: str, params: dict[str, Any]) -> Any:
        try:
            answer = call(self, operation, params)
        except Exception:
            made.append((operation, items(operation, params, {})))
            raise
        made.append((operation, items(operation, params, answer)))
        return answer

    act(metered)
    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    act(dynamo)
    assert [(call.operation, call.items) for call in metered.meter.calls] == made


def test_motos_own_numbers_are_constants(dynamo: DynamoStore) -> None:
    """So they are no check of the meter; MiniStack's are, in tests/system/test_capacity.py."""
    item = {"thing_id": {"S": "new"}, "number": {"N": "1"}, "note": {"S": "x" * 5000}}
    client: Any = dynamo._connection.client
    answer = client.put_item(TableName="test-things", Item=item, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1


def items(operation: str, params: dict[str, Any], answer: dict[str, Any]) -> int:
    """How many keys, actions or rows read."""
    match operation:
        case "GetItem":
            return 1
        case "BatchGetItem":
            return sum(len(each["Keys"]) for each in params["RequestItems"].values())
        case "Query":
            return int(answer["ScannedCount"])
    return len(params["TransactItems"])


def costs(store: MeteredStore) -> dict[str, tuple[float, int]]:
    return {
        charge.place: (charge.reads, charge.writes) for call in store.meter.take() for charge in call.charges
    }


def test_a_transaction_costs_twice_as_much_and_its_indexes_once(metered: MeteredStore) -> None:
    metered.transact([Insert(Thing("b", 1, "odd"))])
    assert costs(metered) == {"things": (0, 2), "things/by_group": (0, 1)}


def test_an_index_whose_key_changes_costs_two_writes(metered: MeteredStore) -> None:
    metered.transact([Put(Thing("a", 2, "odd"))])
    assert costs(metered) == {"things": (0, 2), "things/by_group": (0, 2)}


def test_what_no_index_holds_costs_nothing_there(metered: MeteredStore) -> None:
    metered.transact([Add(Thing, {"thing_id": "a", "number": 2}, {"counted": 1})])
    assert costs(metered) == {"things": (0, 2)}


def test_a_refused_transaction_is_billed(metered: MeteredStore) -> None:
    with pytest.raises(ConditionFailed):
        metered.transact([Insert(Thing("a", 1))])
    assert costs(metered) == {"things": (0, 2)}


def test_a_check_costs_as_a_write(metered: MeteredStore) -> None:
    metered.transact([Check(Thing, KEY, {"counted": 0})])
    assert costs(metered) == {"things": (0, 2)}


def test_a_batch_rounds_each_row_and_a_query_their_sum(metered: MeteredStore) -> None:
    metered.get_many(Thing, [{"thing_id": "a", "number": number} for number in range(1, 6)])
    assert costs(metered) == {"things": (5, 0)}
    metered.query(Thing, "a", limit=5)
    assert costs(metered) == {"things": (1, 0)}
    metered.query(ThingOfGroup, "even", limit=5)
    assert costs(metered) == {"things/by_group": (0.5, 0)}


def test_the_streams_records_are_the_inserts(metered: MeteredStore) -> None:
    metered.streamed.clear()
    metered.transact([Insert(Thing("b", 1)), Add(Thing, KEY, {"counted": 1})])
    assert [row["thing_id"] for _, row in metered.streamed] == ["b"]


def test_planted_rows_cost_nothing(metered: MeteredStore) -> None:
    metered.plant([Thing("planted", 1, "odd")])
    assert metered.meter.take() == []
    assert metered.query(ThingOfGroup, "odd", limit=5) == [ThingOfGroup("odd", 1, "planted")]


def test_every_call_of_a_store_is_metered() -> None:
    assert Store.__abstractmethods__ <= vars(MeteredStore).keys()
