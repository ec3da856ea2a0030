"""The record of an operation is written before the operation starts, and ended however it ends."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ops import __main__ as command_line
from ops.daily import operations
from ops.stage import connection, operation_log
from ops.stage.aws import Aws
from tests.ops.conftest import FakeTime, create_operations_table


@pytest.fixture
def table(aws: Aws) -> Iterator[None]:
    with mock_aws():
        create_operations_table(aws)
        yield


@pytest.mark.usefixtures("table")
def test_an_operation_is_recorded_while_it_runs_and_when_it_ends(aws: Aws, fake_time: FakeTime) -> None:
    given = {"queue": "reports", "to": None}
    with operation_log.recorded(aws, "dlq redrive", given, fake_time.clock) as operation:
        (during,) = operation_log.recent(aws, fake_time.clock)
        fake_time.sleep(2)
        operation.result["redriven"] = 3
    (after,) = operation_log.recent(aws, fake_time.clock)
    assert (during.state, during.ended_at) == ("running", None)
    assert (after.state, after.operation_id) == ("done", during.operation_id)
    assert (after.command, json.loads(after.parameters)) == ("dlq redrive", {"queue": "reports"})
    assert json.loads(after.result or "") == {"redriven": 3}
    assert (after.began_at, after.ended_at) == ("2026-11-22T15:00:00.000Z", "2026-11-22T15:00:02.000Z")
    assert after.by.startswith("arn:aws:")
    assert "@" in after.at


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (ValueError("no such day"), "failed", "no such day"),
        (KeyboardInterrupt(), "interrupted", "interrupted"),
    ],
)
def test_a_failed_operation_is_recorded_with_its_reason(
    aws: Aws, fake_time: FakeTime, error: BaseException, state: str, reason: str
) -> None:
    with pytest.raises(type(error)):  # noqa: PT012, SIM117 - the error is raised within the record
        with operation_log.recorded(aws, "replay", {}, fake_time.clock) as operation:
            operation.result["sent"] = 1
            raise error
    (found,) = operation_log.recent(aws, fake_time.clock)
    assert (found.state, json.loads(found.result or "")) == (state, {"sent": 1, "reason": reason})


@mock_aws
def test_an_operation_that_cannot_be_recorded_is_not_done(aws: Aws, fake_time: FakeTime) -> None:
    done = []
    with pytest.raises(ClientError), operation_log.recorded(aws, "restore", {}, fake_time.clock):
        done.append("something")
    assert done == []


@pytest.mark.usefixtures("table")
def test_operations_are_listed_newest_first_over_two_months(aws: Aws, fake_time: FakeTime) -> None:
    for name in ("first", "second", "third"):
        with operation_log.recorded(aws, name, {}, fake_time.clock):
            fake_time.sleep(5 * 86_400)
    assert [each.command for each in operation_log.recent(aws, fake_time.clock)] == [
        "third",
        "second",
        "first",
    ]


TEXT = "Пора покормить попугая. " * 40
"""1.7 KB; three times as long if escaped for JSON."""


def rows(aws: Aws) -> list[dict[str, Any]]:
    return list(aws.dynamodb.scan(TableName="ates-dev-operations")["Items"])


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("count", [1, 50, 59, 400])
def test_a_record_too_large_for_a_row_is_split_over_several(
    aws: Aws, fake_time: FakeTime, count: int
) -> None:
    """Parameters are written at the start, the result at the end; both are read as one record."""
    given = {"ids": [f"{n} {TEXT}" for n in range(count)], "service": "auth"}
    with operation_log.recorded(aws, "reports retry", given, fake_time.clock) as operation:
        (during,) = operation_log.recent(aws, fake_time.clock)
        operation.result |= {"changed": given["ids"][::-1], "reason": "x" * 900_000, "late": 3}
    (after,) = operation_log.recent(aws, fake_time.clock)
    assert json.loads(during.parameters) == json.loads(after.parameters) == given
    assert json.loads(after.result or "") == operation.result
    assert after.state == "done"
    assert all(len(piece["S"].encode()) <= 300_000 for row in rows(aws) for piece in row.values())


@pytest.mark.usefixtures("table")
def test_kept_results_are_stored_at_once_and_in_order(aws: Aws, fake_time: FakeTime) -> None:
    with operation_log.recorded(aws, "dlq discard", {}, fake_time.clock) as operation:
        operation.keep({"messages": [TEXT, "\ud83d"]})
        operation.keep({"messages": ["third"] * 2})
        (during,) = operation_log.recent(aws, fake_time.clock)
        operation.result["discarded"] = 4
    (after,) = operation_log.recent(aws, fake_time.clock)
    kept = {"messages": [TEXT, "\ud83d", "third", "third"]}
    assert json.loads(during.result or "") == kept
    assert json.loads(after.result or "") == kept | {"discarded": 4}


@pytest.mark.usefixtures("table")
def test_an_incomplete_record_shows_the_part_that_is_there(aws: Aws, fake_time: FakeTime) -> None:
    with operation_log.recorded(aws, "dlq discard", {}, fake_time.clock) as operation:
        operation.keep({"messages": ["first"]})
        operation.keep({"messages": ["x" * 300_000]})
    last = max((row for row in rows(aws) if "piece" in row), key=lambda row: row["operation_id"]["S"])
    key = {name: last[name] for name in ("month", "operation_id")}
    aws.dynamodb.delete_item(TableName="ates-dev-operations", Key=key)
    (found,) = operation_log.recent(aws, fake_time.clock)
    assert json.loads(found.result or "") == {"messages": ["first"]}


@pytest.mark.usefixtures("table")
def test_records_of_older_and_newer_releases_are_read(aws: Aws, fake_time: FakeTime) -> None:
    text = {"month": "2026-11", "command": "backup", "parameters": "{}", "by": "arn", "at": "ann@host"}
    old = text | {"operation_id": "1", "began_at": "2026-11-22T15:00:00.000Z", "state": "running"}
    for row in (old, old | {"operation_id": "2", "host_clock": "late"}):
        item = {name: {"S": value} for name, value in row.items()}
        aws.dynamodb.put_item(TableName="ates-dev-operations", Item=item)
    assert [each.operation_id for each in operation_log.recent(aws, fake_time.clock)] == ["2", "1"]


@pytest.mark.usefixtures("table")
def test_the_command_lists_operations(
    aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "aws", lambda stage: aws)
    monkeypatch.setattr(operations, "system_clock", fake_time.clock)
    assert command_line.main(["operations"]) == 0
    assert capsys.readouterr().out == "there are no operations yet\n"
    with operation_log.recorded(aws, "backup", {"service": "auth"}, fake_time.clock) as operation:
        operation.result["rows"] = 12
    assert command_line.main(["operations", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["operations"]
    assert (shown["command"], shown["parameters"], shown["result"]) == (
        "backup",
        {"service": "auth"},
        {"rows": 12},
    )
