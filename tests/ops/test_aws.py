"""Where a command asks for a table: the stage's DynamoDB, or the one to which the service's tables moved."""

from typing import Any

import pytest

from ops.stage import stage_settings
from ops.stage.aws import Aws
from ops.stage.target import local

HERE, THERE = "http://127.0.0.1:4566", "http://127.0.0.1:4599"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the requests, none of which is sent."""
    monkeypatch.setattr(stage_settings, "tables_at", lambda _stage: {"accounting": THERE})
    return []


@pytest.fixture
def dynamodb(asked: list[str]) -> Any:
    client: Any = Aws(local(HERE)).dynamodb

    def keep(request: Any, **_: Any) -> None:
        asked.append(request.url)
        raise InterruptedError

    client.meta.events.register("before-send.dynamodb", keep)
    return client


KEY = {"id": {"S": "x"}}


@pytest.mark.parametrize(
    ("operation", "request_of"),
    [
        ("get_item", lambda table: {"TableName": table, "Key": KEY}),
        ("scan", lambda table: {"TableName": table}),
        ("describe_table", lambda table: {"TableName": table}),
        ("batch_get_item", lambda table: {"RequestItems": {table: {"Keys": [KEY]}}}),
        ("batch_write_item", lambda table: {"RequestItems": {table: [{"PutRequest": {"Item": KEY}}]}}),
    ],
)
def test_a_moved_table_is_asked_for_there(
    operation: str, request_of: Any, dynamodb: Any, asked: list[str]
) -> None:
    for table in ("ates-dev-accounting-entries", "ates-dev-auth-accounts", "ates-dev-operations"):
        with pytest.raises(InterruptedError):
            getattr(dynamodb, operation)(**request_of(table))
    assert asked == [f"{THERE}/", f"{HERE}/", f"{HERE}/"]
