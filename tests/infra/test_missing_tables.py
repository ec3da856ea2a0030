"""A recreated table matches the stack's template."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra import names
from ops.console.errors import TimedOut
from ops.recovery import missing_tables
from ops.stage import stage_settings
from ops.stage.aws import Aws
from ops.stage.stacks import SERVICES
from ops.stage.target import Target
from tests.infra.conftest import Stacks
from tests.ops.conftest import FakeFunctions, FakeTime


@pytest.fixture
def mocked() -> Iterator[None]:
    with mock_aws():
        yield


def installed(stage: str) -> tuple[Aws, FakeFunctions]:
    """A stage without tables, with the event source mapping of a deleted journal's stream."""
    aws, functions = (
        Aws(Target(stage, "us-east-1", None)),
        FakeFunctions({"old": "Disabled"}, sources={"old": "x"}),
    )
    aws.__dict__["functions"] = functions
    return aws, functions


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_created_tables_match_the_template(stage: str, dev: Stacks, prod: Stacks, mocked: None) -> None:
    aws, _ = installed(stage)
    stacks = {"dev": dev, "prod": prod}[stage]
    for service in SERVICES:
        missing_tables.make(aws, service, FakeTime().timer)
        wanted = list(stacks[names.stack(stage, service)].all("AWS::DynamoDB::Table"))
        assert {each["TableName"]: asked(each) for each in wanted} == {
            each["TableName"]: got(aws, each["TableName"]) for each in wanted
        }


def test_a_stage_of_an_older_form_gets_the_retired_indexes_too(
    mocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, _ = installed("dev")
    monkeypatch.setattr(stage_settings, "_of", lambda _stage: {"journal_form": "2026-11-26"})
    missing_tables.make(aws, "accounting", FakeTime().timer)
    assert set(got(aws, "ates-dev-accounting-entries")["indexes"]) == {"by_corrected", "by_entry_id"}


def test_only_missing_tables_are_created_and_their_stream_is_read(mocked: None) -> None:
    aws, functions = installed("dev")
    made = missing_tables.make(aws, "notifications", FakeTime().timer)
    assert sorted(made) == ["entries", "journal", "receipts", "reports", "unreachable_accounts"]
    stream = aws.dynamodb.describe_table(TableName="ates-dev-notifications-journal")["Table"][
        "LatestStreamArn"
    ]
    (created,) = functions.created
    assert created == {
        "FunctionName": "ates-dev-notifications-publish-events",
        "EventSourceArn": stream,
        "StartingPosition": "TRIM_HORIZON",
        "Enabled": False,
        "BatchSize": 70,
    }
    assert functions.states == {"old": "Deleting", "new 0": "Disabled"}
    aws.dynamodb.delete_table(TableName="ates-dev-notifications-reports")
    assert missing_tables.make(aws, "notifications", FakeTime().timer) == ["reports"]
    assert functions.created == [created]


def test_a_table_being_deleted_is_waited_for(mocked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    aws, _ = installed("dev")
    states = iter(["DELETING", "DELETING"])
    seen = missing_tables._state
    monkeypatch.setattr(missing_tables, "_state", lambda aws, name: next(states, None) or seen(aws, name))
    assert "generations" in missing_tables.make(aws, "analytics", FakeTime().timer)
    monkeypatch.setattr(missing_tables, "_state", lambda *_: "DELETING")
    with pytest.raises(TimedOut, match="is still DELETING after 300 s"):
        missing_tables.make(aws, "analytics", FakeTime().timer)


def asked(table: dict[str, Any]) -> dict[str, Any]:
    recovery = table.get("PointInTimeRecoverySpecification", {})
    return {
        "keys": table["KeySchema"],
        "attributes": sorted(each["AttributeName"] for each in table["AttributeDefinitions"]),
        "indexes": _indexes(table),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
        "expiry": table.get("TimeToLiveSpecification", {}).get("AttributeName"),
        "protected": table.get("DeletionProtectionEnabled", False),
        "recovery": recovery.get("PointInTimeRecoveryEnabled", False),
        "key": table.get("SSESpecification", {}).get("SSEType"),
    }


def got(aws: Aws, name: str) -> dict[str, Any]:
    table: dict[str, Any] = dict(aws.dynamodb.describe_table(TableName=name)["Table"])
    expiry = aws.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = aws.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return {
        "keys": table["KeySchema"],
        "attributes": sorted(each["AttributeName"] for each in table["AttributeDefinitions"]),
        "indexes": _indexes(table),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
        "expiry": expiry.get("AttributeName"),
        "protected": table["DeletionProtectionEnabled"],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED",
        "key": table.get("SSEDescription", {}).get("SSEType"),
    }


def _indexes(table: dict[str, Any]) -> dict[str, Any]:
    return {
        each["IndexName"]: (each["KeySchema"], each["Projection"]["ProjectionType"], _included(each))
        for each in table.get("GlobalSecondaryIndexes") or []
    }


def _included(index: dict[str, Any]) -> list[str]:
    return sorted(index["Projection"].get("NonKeyAttributes") or [])
