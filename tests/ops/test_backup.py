"""`ates backup` copies every row, and a backup that is incomplete or corrupt is refused."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from ops import __main__ as command_line
from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.recovery import backup
from ops.stage import connection, operation_log, tables
from ops.stage.aws import Aws
from shared.clock import system_clock
from tests.ops import tables_of
from tests.ops.conftest import FakeTime, create_operations_table

BUCKET = "ates-dev-backups-123456789012"
ROWS = 5


@pytest.fixture
def stage(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Notifications with five rows of each kind."""
    monkeypatch.setattr(connection, "aws", lambda stage: aws)
    with mock_aws():
        create_operations_table(aws)
        aws.objects.create_bucket(Bucket=BUCKET)
        tables_of.make(aws, "notifications")
        kinds = tables_of.kinds("notifications")
        tables_of.put(aws, "notifications", [tables_of.sample(k, n) for k in kinds for n in range(ROWS)])
        yield aws


def copy(aws: Aws, time: FakeTime) -> backup.Manifest:
    return backup.backup(aws, "notifications", time.clock, Output(True))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert command_line.main(["backup", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def keys(aws: Aws) -> list[str]:
    return [each["Key"] for each in aws.objects.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def by_text(items: Any) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_a_backup_holds_every_row_in_parts_of_limited_size(
    stage: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "ROWS_PER_PART", 2)
    manifest = copy(stage, fake_time)
    parts = {table: [part.rows for part in parts] for table, parts in manifest.tables.items()}
    of_receipts = parts.pop("receipts")  # the watermarks too
    assert (list(parts.values()), of_receipts) == ([[2, 2, 1]] * 3, [2] * 5)
    assert manifest.rows == 25
    for table in tables.names("notifications"):
        there = tables.items(stage, "notifications", table)
        assert by_text(backup.items(stage, manifest, table)) == by_text(there)
    backup.check(stage, manifest)


def test_an_empty_table_is_copied_as_empty(stage: Aws, fake_time: FakeTime) -> None:
    stage.dynamodb.delete_table(TableName="ates-dev-notifications-reports")
    tables_of.make(stage, "notifications")
    manifest = copy(stage, fake_time)
    assert manifest.tables["reports"] == []
    assert list(backup.items(stage, manifest, "reports")) == []


def test_the_journal_is_copied_last(stage: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a row's event is copied after the row; what has no receipt in the copy is published again."""
    order: list[str] = []
    scan = backup._typed_items

    def typed_items(aws: Aws, table: str) -> Iterator[dict[str, Any]]:
        order.append(table)
        return scan(aws, table)

    monkeypatch.setattr(backup, "_typed_items", typed_items)
    copy(stage, fake_time)
    assert order[-1] == "ates-dev-notifications-journal"
    assert len(order) == 4


def test_an_interrupted_backup_is_not_listed(
    stage: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copy(stage, fake_time)
    fake_time.sleep(60)
    stage.dynamodb.delete_table(TableName="ates-dev-notifications-journal")
    with pytest.raises(stage.dynamodb.exceptions.ResourceNotFoundException):
        copy(stage, fake_time)
    assert len(keys(stage)) > 4
    assert backup.manifests(stage, "notifications") == [whole]


def test_the_latest_backup_that_ended_by_a_time_is_found(stage: Aws, fake_time: FakeTime) -> None:
    made = []
    for _ in range(3):
        made.append(copy(stage, fake_time))
        fake_time.sleep(3600)
    assert backup.manifests(stage, "notifications") == made[::-1]
    first = datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert backup.latest(stage, "notifications", first) == made[0]
    assert backup.latest(stage, "notifications", first + timedelta(minutes=119)) == made[1]
    assert backup.latest(stage, "notifications", first + timedelta(days=1)) == made[2]
    with pytest.raises(CommandFailed, match="no backup of notifications that ended by 2026-11-22T14:59:59"):
        backup.latest(stage, "notifications", first - timedelta(seconds=1))
    with pytest.raises(CommandFailed, match="no backup of auth"):
        backup.latest(stage, "auth", first)


def test_a_corrupt_part_is_refused(stage: Aws, fake_time: FakeTime) -> None:
    manifest = copy(stage, fake_time)
    (part,) = manifest.tables["reports"]
    lines = gzip.decompress(backup._read(stage, part)).replace(b"report_id 1", b"report_id 9")
    stage.objects.put_object(Bucket=BUCKET, Key=part.key, Body=gzip.compress(lines, mtime=0))
    with pytest.raises(CommandFailed, match=r"reports-00000.jsonl.gz is corrupt"):
        backup.check(stage, manifest)


@pytest.mark.parametrize(
    ("body", "said"), [(b"{}", "cannot be read: 6 errors"), (b'"', "cannot be read: 1 errors")]
)
def test_an_unreadable_manifest_is_refused(stage: Aws, fake_time: FakeTime, body: bytes, said: str) -> None:
    manifest = copy(stage, fake_time)
    key = f"notifications/{manifest.backup_id}/{backup.MANIFEST}"
    stage.objects.put_object(Bucket=BUCKET, Key=key, Body=body)
    with pytest.raises(CommandFailed, match=said):
        backup.manifests(stage, "notifications")
    later = manifest.model_copy(update={"format": 2}).model_dump_json().encode()
    stage.objects.put_object(Bucket=BUCKET, Key=key, Body=later)
    with pytest.raises(CommandFailed, match="has format 2, but this command reads format 1"):
        backup.manifests(stage, "notifications")


def test_backups_are_made_listed_and_recorded_as_operations(
    stage: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "notifications", "--list") == {"backups": []}
    dry = run(capsys, "notifications", "--dry-run")
    assert dry == {
        "dry_run": True,
        "tables": {"notifications": ["entries", "journal", "receipts", "reports"]},
    }
    assert keys(stage) == []
    assert operation_log.recent(stage, system_clock) == []
    (made,) = run(capsys, "notifications")["backups"]
    assert (made["service"], made["rows"]) == ("notifications", 25)
    assert run(capsys, "notifications", "--list")["backups"] == [made]
    (done,) = operation_log.recent(stage, system_clock)
    assert (done.command, done.state) == ("backup", "done")
    assert json.loads(done.parameters) == {"services": ["notifications"]}
    assert made["backup_id"] in str(done.result)


def test_an_unknown_service_is_a_bad_input(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["backup", "billing"]) == 2
    assert "there is no service 'billing', only accounting," in capsys.readouterr().err


def test_a_failure_prints_one_line_and_is_recorded(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["backup", "auth"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert [each.state for each in operation_log.recent(stage, system_clock)] == ["failed"]
