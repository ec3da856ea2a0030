"""`ates reports` lists unsent reports with their reason, and retries failed ones."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from functions.notifications.domain import FAILED, SENT, WAITING
from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import REPORTS, TABLES, Report
from ops import __main__ as command_line
from ops.stage import connection, operation_log
from ops.stage.aws import Aws
from shared.clock import system_clock
from shared.dynamo_store import DynamoStore
from shared.store import Put
from tests.ops.conftest import FakeTime, create_operations_table
from tests.support.fakes import FakeClock, FakeQueue, context
from tests.support.moto_store import create_tables

DAY = "2026-11-21"


def report_of(account_id: str, state: str, reason: str | None = None) -> Report:
    report_id = f"{account_id}#{DAY}"
    shard = REPORTS.default.of(report_id) if state == WAITING else None
    return Report(
        report_id, account_id, DAY, 0, 0, 0, "USD", 1, state, 3, "2026-11-22T16:00:00.000Z",
        "2026-11-22T00:05:00.000Z", True, "correlation", "event", shard, reason,
    )  # fmt: skip


@pytest.fixture
def store(aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoStore]:
    """One report sent, one waiting, two failed; and the table of operations."""
    monkeypatch.setattr(connection, "aws", lambda stage: aws)
    with mock_aws():
        found = DynamoStore(TABLES, "ates-dev-notifications-")
        create_tables(found)
        create_operations_table(aws)
        rows = [report_of("ann", SENT), report_of("bob", WAITING, "3 of 4 entries have arrived")]
        rows += [report_of("cid", FAILED, "SES: MessageRejected"), report_of("dot", FAILED)]
        found.transact([Put(row) for row in rows])
        yield found


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert command_line.main(["reports", *arguments, "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("state", "accounts"), [("all", ["bob", "cid", "dot"]), ("failed", ["cid", "dot"]), ("waiting", ["bob"])]
)
def test_unsent_reports_are_listed_with_their_reason(
    state: str, accounts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, "list", "--state", state)["reports"]
    assert isinstance(found, list)
    assert [each["account_id"] for each in found] == accounts
    assert {each["account_id"]: each["reason"] for each in found}.get("cid") in ("SES: MessageRejected", None)
    assert command_line.main(["reports", "list", "--state", state]) == 0
    assert all(f"{account}#{DAY}" in capsys.readouterr().out for account in accounts[:1])


def test_the_full_id_is_shown_and_the_oldest_day_first(
    store: DynamoStore, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "7eec8295-b12e-40db-90de-1cc92c1aef1c"
    row = replace(report_of(long, FAILED, "SES: MessageRejected"), business_day="2026-11-20")
    store.transact([Put(replace(row, report_id=f"{long}#2026-11-20"))])
    assert command_line.main(["reports", "list", "--state", "failed"]) == 0
    first, reason, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{long}#2026-11-20  failed: 3 attempts")
    assert reason.strip() == "SES: MessageRejected"


def test_an_empty_list_of_failed_reports_says_only_that(
    store: DynamoStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["reports", "retry", "--all"]) == 0
    capsys.readouterr()
    assert command_line.main(["reports", "list", "--state", "failed"]) == 0
    assert capsys.readouterr().out.strip() == "no report is failed"


def test_a_retried_report_waits_again_and_is_due(
    store: DynamoStore, aws: Aws, capsys: pytest.CaptureFixture[str], fake_time: FakeTime
) -> None:
    before = store.get(Report, report_id=f"cid#{DAY}")
    assert before is not None
    assert answer(capsys, "retry", f"cid#{DAY}") == {"dry_run": False, "reports": [f"cid#{DAY}"]}
    after = store.get(Report, report_id=f"cid#{DAY}")
    assert after is not None
    assert after == replace(
        before,
        state=WAITING,
        due_shard=REPORTS.default.of(before.report_id),
        next_attempt_at=after.next_attempt_at,
    )
    queue, later = FakeQueue(), FakeClock()
    later.advance(days=365 * 100)
    queue_due_reports(store, context(later), queue, 10, lambda: True)
    assert {"report_id": f"cid#{DAY}", "attempts": 3} in queue.jobs
    (operation,) = operation_log.recent(aws, system_clock)
    assert (operation.command, operation.state) == ("reports retry", "done")


def test_retry_all_covers_only_failed_reports(store: DynamoStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "retry", "--all")["reports"] == [f"cid#{DAY}", f"dot#{DAY}"]
    states = {
        each.account_id: each.state
        for name in ("ann", "bob", "cid", "dot")
        if (each := store.get(Report, report_id=f"{name}#{DAY}"))
    }
    assert states == {"ann": SENT, "bob": WAITING, "cid": WAITING, "dot": WAITING}


def test_a_dry_run_changes_and_records_nothing(
    store: DynamoStore, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, "retry", "--all", "--dry-run")["reports"] == [f"cid#{DAY}", f"dot#{DAY}"]
    found = store.get(Report, report_id=f"cid#{DAY}")
    assert found is not None
    assert found.state == FAILED
    assert operation_log.recent(aws, system_clock) == []


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either REPORT_IDs or --all"),
        (["--all", f"cid#{DAY}"], "give either REPORT_IDs or --all"),
        ([f"ann#{DAY}"], f"there is no failed report 'ann#{DAY}'"),
    ],
)
def test_invalid_arguments_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["reports", "retry", *arguments]) == 2
    assert capsys.readouterr().err == f"ates reports retry: {said}\n"
