"""`ates import` reports an outcome for every row, whatever the API answers."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops import __main__ as command_line
from ops.daily import import_tasks
from ops.daily.import_tasks import GIVE_UP_AFTER, Imported, ImportReport, NotTried, Rejected
from ops.daily.jira_export import BacklogTask, BadRow, Row
from ops.stage import local_session
from ops.stage.api_client import Api, Tokens
from ops.stage.installation_files import InstallationFiles
from ops.stage.sign_in import AccessToken
from tests.ops.conftest import FakeTime

TOKENS = Tokens(lambda: AccessToken("token", 1e12))


class Tracking:
    """A fake of `POST /tasks`: one task per key, 422 for a key with another body."""

    def __init__(self, together: int = 1) -> None:
        self._together = threading.Barrier(together, timeout=10)
        self.tasks: dict[str, dict[str, Any]] = {}
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self._together.wait()
        with self._lock:
            self.at_once -= 1
            return self._answer(request.headers["idempotency-key"], json.loads(request.content))

    def _answer(self, key: str, body: dict[str, Any]) -> httpx.Response:
        if self.tasks.setdefault(key, body) != body:
            return httpx.Response(
                422, json={"title": "Unprocessable", "detail": "the key came with another body"}
            )
        return httpx.Response(201, json={"task_id": f"task-{sorted(self.tasks).index(key)}"})


def run(answer: Any, rows: list[Row], concurrency: int = 8) -> ImportReport:
    http = httpx.Client(transport=httpx.MockTransport(answer))
    api = Api(http, "http://tracking", TOKENS, FakeTime().timer)
    return import_tasks.import_tasks(api, "account", rows, concurrency, lambda: None)


def rows_of(count: int) -> list[Row]:
    return [BacklogTask(line, f"Task {line}", f"POPUG-{line}") for line in range(1, count + 1)]


def test_importing_a_file_twice_creates_each_task_once() -> None:
    tracking = Tracking()
    rows: list[Row] = [*rows_of(50), BacklogTask(51, "Fly"), BacklogTask(52, "Fly")]
    for _ in range(2):
        assert run(tracking, rows).count(Imported) == 52
    assert len(tracking.tasks) == 52


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_the_allowed_number_of_requests_run_at_once(concurrency: int) -> None:
    tracking = Tracking(together=concurrency)
    run(tracking, rows_of(24), concurrency)
    assert tracking.most_at_once == concurrency


def test_bad_and_refused_rows_are_reported_by_line_and_the_rest_imported() -> None:
    tracking = Tracking()
    run(tracking, [BacklogTask(7, "Before", "POPUG-3")])
    report = run(tracking, [*rows_of(4), BadRow(5, "no title")])
    assert [outcome.line for outcome in report.outcomes] == [1, 2, 3, 4, 5]
    assert report.outcomes[2] == Rejected(3, "422: the key came with another body")
    assert report.outcomes[4] == BadRow(5, "no title")
    assert report.count(Imported) == 3
    assert not report.ok


def test_it_gives_up_after_many_refusals_in_a_row() -> None:
    report = run(lambda _: httpx.Response(409, json={"detail": "nobody is eligible"}), rows_of(100), 1)
    assert report.count(Rejected) == GIVE_UP_AFTER
    assert report.count(NotTried) == 100 - GIVE_UP_AFTER
    assert report.json()["problems"][0] == {"line": 1, "reason": "409: nobody is eligible"}


def test_an_answer_that_is_not_a_problem_document_is_shown_unchanged() -> None:
    report = run(lambda _: httpx.Response(502, text="<html>Bad gateway"), rows_of(1))
    assert report.outcomes == (Rejected(1, "502: <html>Bad gateway"),)


@pytest.fixture
def tracking(monkeypatch: pytest.MonkeyPatch) -> Tracking:
    """The service that the command line calls, with a sign-in that always succeeds."""
    tracking = Tracking()
    transport = httpx.MockTransport(tracking)
    monkeypatch.setattr(import_tasks, "http_client", lambda: httpx.Client(transport=transport))
    monkeypatch.setattr(local_session, "tokens", lambda *_: TOKENS)
    return tracking


def test_a_complete_import_is_exit_code_0(
    installed: InstallationFiles, tracking: Tracking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "backlog.jsonl"
    path.write_text('{"title": "Fly"}\n{"title": "Sing", "jira_id": "POPUG-1"}\n')
    assert command_line.main(["import", str(path)]) == 0
    assert capsys.readouterr().out == "2 imported\n"
    assert {"title": "Sing", "jira_id": "POPUG-1"} in tracking.tasks.values()


def test_a_bad_row_is_reported_and_exit_code_1(
    installed: InstallationFiles, tracking: Tracking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "backlog.csv"
    path.write_text("Issue key,Summary,Description\nPOPUG-1,[POPUG-1] Fly,\nPOPUG-2,Sing,\n")
    assert command_line.main(["import", str(path)]) == 1
    assert capsys.readouterr().out == (
        "line 2: the title has [ or ]; an issue's id belongs in jira_id (Issue key)\n1 imported, 1 bad rows\n"
    )


def test_the_json_report_is_one_document(
    installed: InstallationFiles, tracking: Tracking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "backlog.csv"
    path.write_text("Summary\nFly\n \nSing]\n")
    assert command_line.main(["import", str(path), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "imported": 1,
        "failed": 0,
        "bad_rows": 1,
        "not_tried": 0,
        "problems": [
            {"line": 4, "reason": "the title has [ or ]; an issue's id belongs in jira_id (Issue key)"}
        ],
    }
    assert said.err == ""


def test_an_unreadable_file_is_exit_code_2_and_nothing_is_sent(
    installed: InstallationFiles, tracking: Tracking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["import", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err == f"ates import: {tmp_path}/none.csv: No such file or directory\n"
    assert not tracking.tasks
