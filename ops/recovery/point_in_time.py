"""Starting from DynamoDB's point-in-time recovery: copies of the tables, restored, read and dropped.

The journal is restored to one second after the others, so that for every change they have it has the event.
A deleted table has no point in time any more; AWS keeps a backup from its deletion.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.console.errors import BadInput, CommandFailed, TimedOut
from ops.console.output import ShowProgress
from ops.console.wait import Timer, until
from ops.recovery.backup import JOURNAL
from ops.recovery.starting_point import StartingPoint
from ops.stage import tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import rfc3339

TIMEOUT_SECONDS = 6 * 3600
INTERVAL_SECONDS = 10
SECOND = timedelta(seconds=1)
GONE = ("TableNotFoundException", "ResourceNotFoundException")


REBUILT = frozenset({"tracking/uncounted_presses"})
"""Tables whose rows a restore finds from others, in stages where they may be younger than the moment."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """The moment to restore to; for deleted tables, by logical name, the ARN of a backup."""

    moment: datetime
    began_at: datetime
    backups: Mapping[str, str]


def plan(aws: Aws, service: str, moment: datetime | None) -> PointInTime:
    """Default: the latest moment that all tables have. Raises BadInput and CommandFailed."""
    windows: list[tuple[datetime, datetime]] = []
    backups: dict[str, Any] = {}
    for table in _copied(service):
        window = _window(aws, aws.target.name(service, table))
        if window is None:
            backups[table] = _last_backup(aws, aws.target.name(service, table))
        else:
            windows.append(window)
    deleted_at = [each["BackupCreationDateTime"] for each in backups.values()]
    latest = min((last for _, last in windows), default=max(deleted_at, default=None))
    if latest is None:
        raise CommandFailed(f"{service} has no tables")
    earliest = max((first for first, _ in windows), default=None)
    if moment is not None and windows and not (earliest and earliest < moment <= latest):
        raise BadInput(
            f"--to {rfc3339(moment)} is outside the window that can be restored,"
            f" {rfc3339(earliest or latest)} to {rfc3339(latest)}"
        )
    wanted = moment if moment is not None and windows else latest
    arns = {table: str(each["BackupArn"]) for table, each in backups.items()}
    return PointInTime(wanted, min([wanted - SECOND, *deleted_at]), arns)


@contextmanager
def starting_point(
    aws: Aws, service: str, planned: PointInTime, timer: Timer, progress: ShowProgress
) -> Iterator[StartingPoint]:
    """The copies are dropped at the end in any case. Raises CommandFailed and TimedOut."""
    names = {table: _beside(aws, service, table) for table in _copied(service)}
    _drop(aws, list(names.values()), timer)
    try:
        for table, name in names.items():
            _begin(aws, service, table, name, planned)
        _await(aws, list(names.values()), timer, progress)
        yield StartingPoint(
            f"point in time {rfc3339(planned.moment)}",
            planned.began_at,
            lambda table: tables.scanned(aws, names[table]) if table in names else (),
        )
    finally:
        _drop(aws, list(names.values()), timer)


def _copied(service: str) -> list[str]:
    return [table for table in tables.names(service) if f"{service}/{table}" not in REBUILT]


def _beside(aws: Aws, service: str, table: str) -> str:
    return aws.target.name(service, table) + ".restored"


def _window(aws: Aws, name: str) -> tuple[datetime, datetime] | None:
    """None if the table is gone; raises CommandFailed if it has no point-in-time recovery."""
    try:
        answer = aws.dynamodb.describe_continuous_backups(TableName=name)
    except ClientError as refused:
        if error_code(refused) in GONE:
            return None
        raise
    found = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if found.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise CommandFailed(f"{name} has no point-in-time recovery; use `--from backup`")
    return found["EarliestRestorableDateTime"], found["LatestRestorableDateTime"]


def _last_backup(aws: Aws, name: str) -> Any:
    """The newest backup made by AWS itself; raises CommandFailed if there is none."""
    answer = aws.dynamodb.list_backups(TableName=name, BackupType="SYSTEM")
    found = sorted(answer["BackupSummaries"], key=lambda each: each["BackupCreationDateTime"])
    if not found:
        raise CommandFailed(f"{name} is gone and AWS has no backup of it; use `--from backup`")
    return found[-1]


def _begin(aws: Aws, service: str, table: str, name: str, planned: PointInTime) -> None:
    """Without indexes, because only the rows are read."""
    if arn := planned.backups.get(table):
        aws.dynamodb.restore_table_from_backup(
            TargetTableName=name,
            BackupArn=arn,
            BillingModeOverride="PAY_PER_REQUEST",
            GlobalSecondaryIndexOverride=[],
        )
        return
    aws.dynamodb.restore_table_to_point_in_time(
        SourceTableName=aws.target.name(service, table),
        TargetTableName=name,
        RestoreDateTime=planned.moment if table == JOURNAL else planned.moment - SECOND,
        BillingModeOverride="PAY_PER_REQUEST",
        GlobalSecondaryIndexOverride=[],
    )


def _await(aws: Aws, names: Sequence[str], timer: Timer, progress: ShowProgress) -> None:
    def all_there() -> bool:
        ready = sum(_state(aws, name) == "ACTIVE" for name in names)
        progress(f"{ready} of {len(names)} copies of tables are restored")
        return ready == len(names)

    if not until(all_there, timer, TIMEOUT_SECONDS, INTERVAL_SECONDS):
        raise TimedOut(f"AWS is still restoring tables after {TIMEOUT_SECONDS // 3600} hours")


def _drop(aws: Aws, names: Sequence[str], timer: Timer) -> None:
    """Drops copies, an earlier restore's too; waits for those that are still being created."""
    for name in names:
        until(lambda name=name: _state(aws, name) in ("ACTIVE", None), timer, TIMEOUT_SECONDS)  # type: ignore[misc]
        if _state(aws, name):
            aws.dynamodb.delete_table(TableName=name)
    for name in names:
        until(lambda name=name: _state(aws, name) is None, timer, TIMEOUT_SECONDS)  # type: ignore[misc]


def _state(aws: Aws, name: str) -> str | None:
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]
    except ClientError as refused:
        if error_code(refused) in GONE:
            return None
        raise
