"""`ates guard` writes each service's sentinels once; after that only a restore writes them."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws

from functions.accounting.rows import Price
from ops import __main__ as command_line
from ops.recovery import guard, table_io
from ops.stage import connection, journal, operation_log, sentinels, tables
from ops.stage.aws import Aws
from shared.clock import parse_rfc3339, rfc3339, system_clock
from shared.outbox import SETTLE_AFTER, SINCE, watermark
from shared.records import Watermark
from tests.ops import tables_of
from tests.ops.conftest import create_operations_table

SERVICES = ["accounting", "notifications"]


@pytest.fixture
def stage(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        create_operations_table(aws)
        tables_of.make(aws, *SERVICES)
        monkeypatch.setattr(connection, "aws", lambda stage: aws)
        monkeypatch.setattr(sentinels, "guarded_services", lambda: SERVICES)
        yield aws


def delete_all_items(aws: Aws, table: str) -> None:
    name = aws.target.name("accounting", table)
    for item in aws.dynamodb.scan(TableName=name)["Items"]:
        key = {each: item[each] for each in tables.key_names("accounting")[table]}
        aws.dynamodb.delete_item(TableName=name, Key=key)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert command_line.main(["guard", "--json", *arguments]) == 0
    guarded: list[str] = json.loads(capsys.readouterr().out)["guarded"]
    return guarded


def test_a_new_service_is_guarded_once(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentinels.lost_tables(stage, "accounting") == [
        "prices",
        "balances",
        "account_days",
        "inbox",
        "receipts",
    ]
    assert run(capsys, "--dry-run") == SERVICES
    assert sentinels.lost_tables(stage, "notifications") == ["reports", "receipts"]
    assert run(capsys) == SERVICES
    assert [sentinels.lost_tables(stage, service) for service in SERVICES] == [[], []]
    assert run(capsys) == []
    (done,) = operation_log.recent(stage, system_clock)
    assert (done.command, done.state) == ("guard", "done")


def test_the_first_watermark_is_written_once(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """Without it a sweep would read all of the journal; a lost one makes the sweep do that."""
    before = system_clock()
    run(capsys)
    for service in SERVICES:
        first = journal.watermark(stage, service)
        assert before - timedelta(days=2) < parse_rfc3339(first.settled_through) <= system_clock()
    moved = watermark(system_clock() - timedelta(days=9))
    tables_of.put(stage, "accounting", [moved])
    guard.write_once(stage, SERVICES, system_clock)
    assert journal.watermark(stage, "accounting") == moved
    delete_all_items(stage, "receipts")
    guard.write_once(stage, SERVICES, system_clock)
    assert journal.watermark(stage, "accounting") == watermark(SINCE)


def test_a_watermark_that_a_sweep_wrote_stays(stage: Aws) -> None:
    """A refused event holds it back, and the first guard must not pass that event."""
    held_back = watermark(system_clock() - timedelta(days=1))
    tables_of.put(stage, "notifications", [held_back])
    guard.write_once(stage, ["notifications"], system_clock)
    assert journal.watermark(stage, "notifications") == held_back


def test_the_first_watermark_does_not_pass_records_that_no_sweep_has_settled(stage: Aws) -> None:
    """Functions may have journaled between the deployment and `ates guard`."""
    guard.write_once(stage, ["notifications"], system_clock)
    settled = journal.watermark(stage, "notifications").settled_through
    assert settled <= rfc3339(system_clock() - SETTLE_AFTER)


def test_a_lost_table_is_not_guarded_again(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    delete_all_items(stage, "inbox")
    assert sentinels.lost_tables(stage, "accounting") == ["inbox"]
    assert run(capsys) == []
    guard.write_once(stage, SERVICES, system_clock)
    assert sentinels.lost_tables(stage, "accounting") == ["inbox"]
    stage.dynamodb.delete_table(TableName="ates-dev-accounting-prices")
    assert sentinels.lost_tables(stage, "accounting") == ["prices", "inbox"]


def test_a_table_newly_guarded_by_a_release_is_guarded_by_the_next_run(
    stage: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = tables.guarded
    with monkeypatch.context() as before:
        before.setattr(
            tables, "guarded", lambda service: [each for each in every(service) if each.row is not Price]
        )
        run(capsys)
    assert sentinels.lost_tables(stage, "accounting") == ["prices"]
    delete_all_items(stage, "inbox")
    assert run(capsys) == ["accounting"]
    assert sentinels.lost_tables(stage, "accounting") == ["inbox"]


def test_a_restore_guards_its_service(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the first `ates guard` would treat a table lost after the restore as new."""
    guard.write(stage, "accounting")
    delete_all_items(stage, "inbox")
    assert run(capsys) == ["notifications"]
    assert sentinels.lost_tables(stage, "accounting") == ["inbox"]


def test_sentinels_are_not_listed_as_rows(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    for service in SERVICES:
        for table in tables.names(service):
            found = list(tables.items(stage, service, table))
            assert [row["bucket"] for row in found] == (["watermark"] if table == "receipts" else []), table
    everything = table_io.rows(
        "accounting", lambda table: tables.scanned(stage, f"ates-dev-accounting-{table}".replace("_", "-"))
    )
    assert [kind for kind, found in everything.items() if found] == [Watermark]
    table_io.prune(stage, "accounting", {}, lambda _count: None)
    assert sentinels.lost_tables(stage, "accounting") == []
