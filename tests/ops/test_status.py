"""`ates status`: what it finds, how it is shown, and when it fails."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from functions.auth.rows import Reconciliation
from ops import __main__ as command_line
from ops.daily import status
from ops.daily.health import Problem
from ops.daily.status import StageStatus
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.in_flight import Queue
from ops.stage.installation_files import InstallationFiles
from ops.stage.stacks import Stack
from ops.stage.target import local
from tests.ops.conftest import FakeTime

STACKS = tuple(Stack(name, "CREATE_COMPLETE", {}) for name in stacks.expected(local("http://127.0.0.1:4566")))
RECONCILIATION = Reconciliation(
    subject="identities",
    revision=1,
    phase="done",
    began_at="2026-11-22T14:00:00.000Z",
    ended_at="2026-11-22T14:00:02.000Z",
    accounts=8,
    differing=0,
    missing=1,
    without_account=2,
    brought=0,
    is_alarming=False,
    named_missing=["sub-1"],
    named_without_account=["sub-8", "sub-9"],
)
HEALTHY = StageStatus(
    name="dev",
    endpoint="http://127.0.0.1:4566",
    stacks=STACKS,
    missing=(),
    gone=(),
    queues=(Queue("ates-dev-x", 2, 1, 0), Queue("ates-dev-y", 0, 0, 0), Queue("ates-dev-x-dlq", 0, 0, 0)),
    unpublished={"ates-dev-auth-journal": 0, "ates-dev-tracking-journal": 3},
    last_close="2026-11-21",
    identities=RECONCILIATION,
)
UNHEALTHY: dict[str, dict[str, Any]] = {
    "a dead letter": {"queues": (Queue("ates-dev-x-dlq", 1, 0, 0),)},
    "a failed stack": {"stacks": (Stack("Ates-dev-auth", "ROLLBACK_COMPLETE", {}),)},
    "a missing stack": {"missing": ("Ates-dev-auth",)},
    "a missing bus": {"gone": ("bus ates-dev",)},
    "a user pool that was not changed": {"identities": dataclasses.replace(RECONCILIATION, is_alarming=True)},
    "users that differ": {"identities": dataclasses.replace(RECONCILIATION, differing=2, brought=1)},
    "a problem": {"problems": (Problem("table x does not exist", "ates restore auth --to now"),)},
}


def replaced(**changes: Any) -> StageStatus:
    return StageStatus(**{name: getattr(HEALTHY, name) for name in StageStatus.__slots__} | changes)


@pytest.fixture
def closes(aws: Aws) -> Iterator[Aws]:
    with mock_aws():
        aws.dynamodb.create_table(
            TableName="ates-dev-accounting-closes",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "business_day", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "business_day", "AttributeType": "S"}],
        )
        yield aws


def close(aws: Aws, day: str, finished: bool) -> None:
    row = {"business_day": {"S": day}, "started_at": {"S": "2026-11-22T00:05:00.000Z"}}
    end = {"finished_at": {"S": "2026-11-22T00:06:00.000Z"}} if finished else {}
    aws.dynamodb.put_item(TableName="ates-dev-accounting-closes", Item=row | end)


def test_the_last_close_is_the_latest_finished_one(closes: Aws, fake_time: FakeTime) -> None:
    close(closes, "2026-11-20", finished=True)
    close(closes, "2026-11-21", finished=True)
    close(closes, "2026-11-22", finished=False)
    assert status.last_close(closes, fake_time.clock) == "2026-11-21"


def test_on_dev_the_last_close_may_be_in_the_future(closes: Aws, fake_time: FakeTime) -> None:
    close(closes, "2026-11-29", finished=True)
    assert status.last_close(closes, fake_time.clock) == "2026-11-29"


def test_before_the_first_close_there_is_none(closes: Aws, fake_time: FakeTime) -> None:
    assert status.last_close(closes, fake_time.clock) is None


@mock_aws
def test_without_the_products_tables_there_is_no_last_close(aws: Aws, fake_time: FakeTime) -> None:
    assert status.last_close(aws, fake_time.clock) is None


def test_the_output_fits_one_screen_and_counts_empty_queues(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "status", lambda *_: HEALTHY)
    assert command_line.main(["status"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Ates-dev-auth CREATE_COMPLETE" in lines
    assert "ates-dev-x 2 1 0" in lines
    assert "2 empty queues" in lines
    assert lines[-7:] == [
        "dead letters: 0",
        "unpublished events: 3 in ates-dev-tracking-journal",
        "last close: 2026-11-21",
        "accounts compared with the user pool at 2026-11-22T14:00:00.000Z: 8",
        "1 accounts have no user: sub-1",
        "2 users have no account: sub-8, sub-9",
        "nothing is wrong",
    ]
    assert len(lines) <= 24


@pytest.mark.parametrize("fault", UNHEALTHY)
def test_an_unhealthy_stage_is_exit_code_1(
    installed: InstallationFiles,
    fault: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status, "status", lambda *_: replaced(**UNHEALTHY[fault]))
    assert command_line.main(["status", "--json"]) == 1
    json.loads(capsys.readouterr().out)


def test_the_json_report_has_every_queue(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "status", lambda *_: HEALTHY)
    assert command_line.main(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stacks"]["Ates-dev-events"] == "CREATE_COMPLETE"
    assert [queue["name"] for queue in found["queues"]] == ["ates-dev-x", "ates-dev-y"]
    assert found["dead_letters"] == [{"name": "ates-dev-x-dlq", "visible": 0, "in_flight": 0, "delayed": 0}]
    assert found["unpublished"]["ates-dev-tracking-journal"] == 3
    assert found["last_close"] == "2026-11-21"
    assert found["identities"]["named_without_account"] == ["sub-8", "sub-9"]


def test_what_is_wrong_is_said_with_the_next_command(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tuple(f"rule {n}" for n in range(7))
    monkeypatch.setattr(status, "status", lambda *_: replaced(gone=gone, **UNHEALTHY["a problem"]))
    assert command_line.main(["status"]) == 1
    assert capsys.readouterr().out.partition("8 problems:\n")[2].splitlines() == [
        *(f"  rule {n} does not exist, so events are dropped" for n in range(5)),
        "  and 2 more",
        "      next: ates rebuild bus",
        "  table x does not exist",
        "      next: ates restore auth --to now",
    ]


def test_the_next_command_names_the_stage() -> None:
    found = replaced(name="prod", endpoint="AWS", **UNHEALTHY["a dead letter"]).wrong
    assert found == (Problem("1 dead letter", "ates dlq list --stage prod"),)
    for stage in ("prod", "dev"):
        found = replaced(name=stage, endpoint="AWS", **UNHEALTHY["a missing stack"]).wrong
        assert found[0].next_command == f"ates deploy --stage {stage}"
