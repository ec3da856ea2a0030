"""MiniStack's `ReturnConsumedCapacity` beside the meter: writes agree, with their indexes; reads can't."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import units
from benchmarks.meter import typed_row
from infra.schema import schema
from ops.console.wait import Timer
from ops.local import ministack
from ops.stage import target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.support.things import TABLE
from tests.system.conftest import free_port

STEPS: list[tuple[str, dict[str, Any]]] = [
    ("insert", {"group": "g", "rank": 1, "note": "n"}),
    ("nothing changes", {"group": "g", "rank": 1, "note": "n"}),
    ("what the index lacks", {"group": "g", "rank": 1, "note": "n", "unseen": "u"}),
    ("what it holds", {"group": "g", "rank": 1, "note": "other", "unseen": "u"}),
    ("its key", {"group": "g", "rank": 12, "note": "other"}),
    ("larger", {"group": "g", "rank": 12, "note": "x" * 2500}),
    ("key and size", {"group": "other", "rank": 12, "note": "x" * 1500}),
    ("leaves the index", {"note": "x" * 1500}),
    ("comes back", {"group": "g", "rank": 1}),
]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """A MiniStack without the product."""
    files = InstallationFiles.of({"ATES_HOME": str(tmp_path_factory.mktemp("capacity"))})
    port = free_port()
    ministack.start(files, port, target.DEFAULT_REGION, os.environ, Timer())
    try:
        yield Aws(target.local(ministack.endpoint(port)))
    finally:
        ministack.stop(files, Timer())


@pytest.fixture(scope="module")
def things(aws: Aws) -> Aws:
    aws.dynamodb.create_table(TableName="things", BillingMode="PAY_PER_REQUEST", **schema(TABLE))
    return aws


def consumed(capacity: Any) -> tuple[float, float]:
    """Units of the table and of its index."""
    index = capacity.get("GlobalSecondaryIndexes", {}).get("by_group", {"CapacityUnits": 0})
    return capacity["Table"]["CapacityUnits"], index["CapacityUnits"]


def test_writes_cost_what_the_meter_says(things: Aws) -> None:
    before: dict[str, Any] | None = None
    for what, fields in STEPS:
        after = {"thing_id": "a", **fields}
        answer: Any = things.dynamodb.put_item(
            TableName="things", Item=typed_row(after), ReturnConsumedCapacity="INDEXES"
        )
        metered = (
            units.written(before, after),
            units.written_to_index(TABLE, TABLE.indexes[0], before, after),
        )
        assert consumed(answer["ConsumedCapacity"]) == metered, what
        before = after


def test_its_reads_have_no_size(things: Aws) -> None:
    item = {"thing_id": "large", "note": "x" * 9000}
    things.dynamodb.put_item(TableName="things", Item=typed_row(item))
    answer: Any = things.dynamodb.get_item(
        TableName="things",
        Key={"thing_id": {"S": "large"}},
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1
    assert units.read([units.item_bytes(item)]) == 3
