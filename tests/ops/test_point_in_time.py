"""A restore from a point in time: temporary tables of one moment are created, read and dropped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ops.console.errors import BadInput, CommandFailed
from ops.recovery import point_in_time
from ops.stage import tables
from ops.stage.aws import Aws
from ops.stage.target import Target
from tests.ops import tables_of
from tests.ops.conftest import FakeTime

FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 22, 14, 55, tzinfo=UTC)
NAMES = [
    "ates-prod-notifications-entries",
    "ates-prod-notifications-journal",
    "ates-prod-notifications-receipts",
    "ates-prod-notifications-reports",
    "ates-prod-notifications-unreachable-accounts",
]


class Spy:
    """Records requests to DynamoDB and sets the restorable window, which moto lacks."""

    def __init__(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: dict[str, dict[str, Any]] = {}
        self.windows: dict[str, tuple[datetime, datetime]] = {}
        client = aws.dynamodb
        describe, restore = client.describe_continuous_backups, client.restore_table_to_point_in_time

        def described(**named: Any) -> Any:
            answer: Any = describe(**named)
            first, last = self.windows.get(named["TableName"], (FIRST, LAST))
            found = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            found.update(EarliestRestorableDateTime=first, LatestRestorableDateTime=last)
            return answer

        def restored(**asked: Any) -> Any:
            self.asked[asked["SourceTableName"]] = asked
            return restore(**asked)

        monkeypatch.setattr(client, "describe_continuous_backups", described)
        monkeypatch.setattr(client, "restore_table_to_point_in_time", restored)


@pytest.fixture
def prod() -> Iterator[Aws]:
    """Notifications on a stage with point-in-time recovery, with a row of each kind."""
    with mock_aws():
        aws = Aws(Target("prod", "us-east-1", None))
        tables_of.make(aws, "notifications")
        rows = [tables_of.sample(kind, 1) for kind in tables_of.kinds("notifications")]
        tables_of.put(aws, "notifications", rows)
        yield aws


@pytest.fixture
def spy(prod: Aws, monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(prod, monkeypatch)


def plan(aws: Aws, moment: datetime | None = None) -> point_in_time.PointInTime:
    return point_in_time.plan(aws, "notifications", moment)


def names(aws: Aws) -> list[str]:
    return sorted(aws.dynamodb.list_tables()["TableNames"])


def silent(_text: str) -> None:
    pass


def delete(aws: Aws, name: str) -> None:
    aws.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    aws.dynamodb.delete_table(TableName=name)


def test_temporary_tables_are_read_and_then_dropped(prod: Aws, spy: Spy, fake_time: FakeTime) -> None:
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with point_in_time.starting_point(
        prod, "notifications", plan(prod, moment), fake_time.timer, silent
    ) as start:
        assert start.name == "point in time 2026-11-20T09:00:00.000Z"
        assert start.began_at == moment - timedelta(seconds=1)
        assert len(names(prod)) == 2 * len(NAMES)
        for table in tables.names("notifications"):
            assert list(start.items(table)) == list(tables.items(prod, "notifications", table)) != []
    assert names(prod) == NAMES


def test_the_journal_is_restored_to_one_second_later(prod: Aws, spy: Spy, fake_time: FakeTime) -> None:
    with point_in_time.starting_point(prod, "notifications", plan(prod), fake_time.timer, silent):
        pass
    times = {name: asked["RestoreDateTime"] for name, asked in spy.asked.items()}
    before = LAST - timedelta(seconds=1)
    assert times == dict(zip(NAMES, [before, LAST, before, before, before], strict=True))
    assert {asked["BillingModeOverride"] for asked in spy.asked.values()} == {"PAY_PER_REQUEST"}


def test_the_moment_is_restorable_for_all_tables(prod: Aws, spy: Spy) -> None:
    spy.windows = {
        NAMES[0]: (FIRST, LAST - timedelta(minutes=3)),
        NAMES[3]: (FIRST + timedelta(days=2), LAST),
    }
    assert plan(prod).moment == LAST - timedelta(minutes=3)
    for wrong in (LAST - timedelta(minutes=2), FIRST + timedelta(days=1)):
        with pytest.raises(BadInput, match=r"2026-11-03T00:00:00\.000Z to 2026-11-22T14:52:00\.000Z"):
            plan(prod, wrong)
    assert plan(prod, FIRST + timedelta(days=3)).moment == FIRST + timedelta(days=3)


def test_temporary_tables_are_dropped_after_a_failure(prod: Aws, spy: Spy, fake_time: FakeTime) -> None:
    def work() -> None:
        with point_in_time.starting_point(prod, "notifications", plan(prod), fake_time.timer, silent):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert names(prod) == NAMES


def test_tables_left_by_a_killed_restore_are_dropped_first(prod: Aws, spy: Spy, fake_time: FakeTime) -> None:
    prod.dynamodb.restore_table_to_point_in_time(
        SourceTableName=NAMES[0], TargetTableName=f"{NAMES[0]}.restored", UseLatestRestorableTime=True
    )
    with point_in_time.starting_point(prod, "notifications", plan(prod), fake_time.timer, silent):
        assert len(names(prod)) == 2 * len(NAMES)
    assert names(prod) == NAMES


def test_a_deleted_table_is_restored_from_awss_own_backup(prod: Aws, spy: Spy, fake_time: FakeTime) -> None:
    before = list(tables.items(prod, "notifications", "reports"))
    for name in ("first", "second"):
        made = prod.dynamodb.create_backup(TableName=NAMES[3], BackupName=name)["BackupDetails"]
    delete(prod, NAMES[3])
    planned = plan(prod)
    assert planned.backups == {"reports": made["BackupArn"]}
    assert planned.began_at == min(LAST - timedelta(seconds=1), made["BackupCreationDateTime"])
    with point_in_time.starting_point(prod, "notifications", planned, fake_time.timer, silent) as start:
        assert list(start.items("reports")) == before
    others = [name for name in NAMES if name != NAMES[3]]
    assert list(spy.asked) == others
    assert names(prod) == others


def test_all_tables_can_be_restored_from_awss_own_backups(prod: Aws, spy: Spy) -> None:
    made = [
        prod.dynamodb.create_backup(TableName=name, BackupName="of-AWS")["BackupDetails"] for name in NAMES
    ]
    for name in NAMES:
        delete(prod, name)
    planned = plan(prod, FIRST)
    assert planned.moment == max(each["BackupCreationDateTime"] for each in made)
    assert len(planned.backups) == len(NAMES)


def test_a_deleted_table_without_a_backup_is_an_error(prod: Aws, spy: Spy) -> None:
    delete(prod, NAMES[1])
    with pytest.raises(
        CommandFailed, match="journal is gone and AWS has no backup of it; use `--from backup`"
    ):
        plan(prod)


def test_a_table_without_point_in_time_recovery_is_an_error(aws: Aws) -> None:
    with mock_aws():
        tables_of.make(aws, "notifications")
        with pytest.raises(CommandFailed, match="has no point-in-time recovery; use `--from backup`"):
            plan(aws)


def test_any_other_error_of_aws_is_passed_on(prod: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "Describe")

    monkeypatch.setattr(prod.dynamodb, "describe_continuous_backups", refused)
    with pytest.raises(ClientError, match="AccessDenied"):
        plan(prod)


def test_a_table_that_is_rebuilt_may_be_younger_than_the_moment(
    prod: Aws, spy: Spy, fake_time: FakeTime
) -> None:
    tables_of.make(prod, "tracking")
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    spy.windows["ates-prod-tracking-uncounted-presses"] = (moment + timedelta(days=1), LAST)
    planned = point_in_time.plan(prod, "tracking", moment)
    with point_in_time.starting_point(prod, "tracking", planned, fake_time.timer, silent) as start:
        assert list(start.items("uncounted_presses")) == []
        assert list(start.items("open_tasks")) == []
    assert "ates-prod-tracking-uncounted-presses" not in spy.asked
    assert "ates-prod-tracking-open-tasks" in spy.asked
    spy.windows["ates-prod-tracking-open-tasks"] = (moment + timedelta(days=1), LAST)
    with pytest.raises(BadInput, match="outside the window"):
        point_in_time.plan(prod, "tracking", moment)
