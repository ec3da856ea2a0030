"""`ates accounts reconcile` runs one comparison with the user pool to its end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from functions.auth.rows import Reconciliation
from ops import __main__ as command_line
from ops.console.errors import TimedOut
from ops.recovery import reconcile
from ops.stage import connection
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.ops import tables_of
from tests.ops.conftest import FakeTime, create_operations_table

BEGUN = "2026-11-22T14:00:00.000Z"


def answer(phase: str, **more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("accounts", "differing", "missing", "without_account", "brought"), 0)
    ended = BEGUN if phase in ("done", "stopped") else None
    common = {"busy": False, "subject": "identities", "revision": 7, "phase": phase, "is_alarming": False}
    times = {"began_at": BEGUN, "ended_at": ended}
    return {**common, **times, **counts, **more}


class Function:
    """A fake Lambda: gives its answers in turn and records the requests."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, _aws: Aws, service: str, use_case: str, payload: Any) -> dict[str, Any]:
        assert (service, use_case) == ("auth", "reconcile_identities")
        self.asked.append(payload)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def fake_function(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any]) -> Function:
    function = Function(*answers)
    monkeypatch.setattr(reconcile, "invoke", function)
    return function


def test_it_starts_a_comparison_and_runs_it_to_the_end(
    aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress: list[str] = []
    function = fake_function(
        monkeypatch, {"busy": True}, answer("looking", accounts=400), answer("bringing"), answer("done")
    )
    found = reconcile.reconcile(aws, True, fake_time.timer, progress.append)
    begin = {"by": "operator", "begin": True, "override": True}
    assert function.asked == [begin, begin, {"by": "operator"}, {"by": "operator"}]
    assert found.phase == "done"
    assert fake_time.slept == [reconcile.BUSY_SECONDS]
    assert "looking: 400 accounts" in progress


def test_it_times_out_if_auth_stays_busy(
    aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_function(monkeypatch, {"busy": True})
    with pytest.raises(TimedOut):
        reconcile.reconcile(aws, False, fake_time.timer, lambda _: None)


@pytest.fixture
def operated(aws: Aws, installed: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        create_operations_table(aws)
        monkeypatch.setattr(connection, "aws", lambda _stage: aws)
        yield aws


def test_a_stopped_comparison_is_exit_code_1_and_names_override(
    operated: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_function(monkeypatch, answer("stopped", differing=60, named_differing=["sub-1", "sub-2"]))
    assert command_line.main(["accounts", "reconcile"]) == 1
    said = capsys.readouterr().out
    assert "60 users differ from their accounts: sub-1, sub-2, …" in said
    assert "--override" in said
    (item,) = operated.dynamodb.scan(TableName="ates-dev-operations")["Items"]
    assert item["command"]["S"] == "accounts reconcile"
    assert json.loads(item["result"]["S"])["differing"] == 60


def test_the_json_report_has_the_users_brought_back(
    operated: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_function(monkeypatch, answer("done", accounts=8, differing=2, brought=2, named_differing=["a", "b"]))
    assert command_line.main(["accounts", "reconcile", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["brought"], found["named_differing"]) == (2, ["a", "b"])


@pytest.mark.parametrize("table", [True, False])
def test_a_dry_run_shows_the_last_comparison_and_changes_nothing(
    operated: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: bool
) -> None:
    function = fake_function(monkeypatch, answer("done"))
    if table:
        tables_of.make(operated, "auth")
    assert reconcile.last(operated) is None
    assert command_line.main(["accounts", "reconcile", "--dry-run"]) == 0
    assert "never compared" in capsys.readouterr().out
    assert function.asked == []


def test_the_last_comparison_is_read_from_its_row(operated: Aws) -> None:
    tables_of.make(operated, "auth")
    row = Reconciliation(
        "identities", 3, "done", BEGUN, ended_at=BEGUN, accounts=9, missing=1, named_missing=["sub-1"]
    )
    tables_of.put(operated, "auth", [row])
    found = reconcile.last(operated)
    assert found is not None
    assert (found.accounts, found.named_missing, found.is_alarming) == (9, ["sub-1"], False)
    assert list(reconcile.lines(found))[1] == "1 accounts have no user: sub-1"
