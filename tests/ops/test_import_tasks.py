"""`ates import` shows first, creates each task once, and reports an outcome for every row."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops import __main__ as command_line
from ops.stage import api_client, local_session, stacks, stage_api
from ops.stage.api_client import Api, Tokens
from ops.stage.installation_files import InstallationFiles
from ops.stage.sign_in import AccessToken
from tests.ops.conftest import FakeTime
from tests.ops.fake_tracking import Tracking

CASES = Path(__file__).parent / "cases"
TOKENS = Tokens(lambda: AccessToken("token", 1e12))
BAD_GATEWAY = httpx.Response(500, json={"detail": "an unexpected error occurred"})


class Ates:
    """The command line, with the API that it calls."""

    def __init__(self, tracking: Tracking, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.tracking, self._capsys, self._folder = tracking, capsys, folder

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """The exit code and what was said on both outputs."""
        code = command_line.main(["import", *map(str, arguments)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def report(self, *arguments: str | Path) -> dict[str, Any]:
        _, out, _ = self.run(*arguments, "--yes", "--json")
        return dict(json.loads(out))

    def file(self, content: str, name: str = "backlog.csv") -> Path:
        path = self._folder / name
        path.write_text(content, encoding="utf-8")
        return path


@pytest.fixture
def ates(
    installed: InstallationFiles,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Ates:
    tracking = Tracking()
    transport = httpx.MockTransport(tracking)
    monkeypatch.setattr(stage_api, "http_client", lambda **_: httpx.Client(transport=transport))
    monkeypatch.setattr(
        local_session,
        "api",
        lambda http, _found, url, _account: Api(http, url, TOKENS, FakeTime().timer),
    )
    return Ates(tracking, capsys, tmp_path)


def rows(count: int) -> str:
    return "Summary,Issue key\n" + "".join(f"Task {n},POPUG-{n}\n" for n in range(1, count + 1))


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in report.items() if isinstance(value, int) and value}


def test_bad_rows_in_succession_stop_nothing(ates: Ates) -> None:
    code, out, _ = ates.run(CASES / "unusable_keys.csv", "--yes")
    assert code == 1
    assert len(ates.tracking.tasks) == 10
    assert (
        "lines 2 (old-1), 3 (old-2), 4 (old-3), 5 (old-4), 6 (old-5) and 20 more: "
        'jira_id (column "Issue key") must be capital letters, a dash and a number, such as POPUG-42\n'
    ) in out
    assert out.endswith("10 imported, 25 bad\n")


def token_of(account_id: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"sub": account_id}).encode()).rstrip(b"=").decode()
    return f"head.{payload}.signature"


def test_a_backlog_comes_to_a_stage_on_aws_as_whoever_signed_in(
    ates: Ates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is undone there by the same record."""
    monkeypatch.setenv(stage_api.TOKEN, token_of("irina"))
    monkeypatch.setattr(stacks, "output", lambda _aws, part, key: f"https://{part}.{key}/")
    ates.tracking.account_id = "irina"
    path = ates.file(rows(3))
    assert counts(ates.report(path, "--stage", "prod")) == {"imported": 3}
    assert stage_api.caller("manager", "prod") == "irina"
    assert ates.run(path, "--undo", "--yes", "--stage", "prod")[0] == 0
    assert ates.tracking.open == []


@pytest.mark.parametrize(
    ("token", "said"),
    [(None, "sign in first: export ATES_TOKEN=$(ates token --stage prod)"), ("x", "holds no access token")],
)
def test_a_stage_on_aws_needs_a_token(
    token: str | None, said: str, ates: Ates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(stage_api.TOKEN, raising=False)
    if token:
        monkeypatch.setenv(stage_api.TOKEN, token)
    monkeypatch.setattr(stacks, "output", lambda _aws, part, key: f"https://{part}.{key}/")
    code, _, err = ates.run(ates.file(rows(1)), "--yes", "--stage", "prod")
    assert code == 2
    assert said in err
    assert ates.tracking.open == []


def test_rows_that_the_api_refuses_stop_nothing(ates: Ates) -> None:
    refusal = httpx.Response(
        400,
        json={
            "detail": "the request is not valid",
            "errors": [{"field": "jira_id", "message": "is too odd"}],
        },
    )
    ates.tracking.refuse = {f"POPUG-{n}": refusal for n in range(1, 51)}
    report = ates.report(ates.file(rows(60)), "--concurrency", "1")
    assert counts(report) == {"imported": 10, "failed": 50}
    assert report["rows"][0]["reason"] == "400: jira_id is too odd"


def test_a_weekly_export_with_edited_issues_brings_its_new_ones(ates: Ates) -> None:
    ates.report(ates.file(rows(22)))
    edited = rows(30).replace("Task 1", "Edited 1").replace("Task 2", "Edited 2")
    report = ates.report(ates.file(edited))
    assert counts(report) == {"imported": 8, "differs": 15, "already_there": 7}
    assert len(ates.tracking.tasks) == 30


def test_the_preview_counts_and_prices_before_anything_is_made(ates: Ates) -> None:
    ates.tracking.add("Other text", "DONE-3")
    code, out, _ = ates.run(CASES / "done.csv", "--with-done", "--dry-run")
    assert code == 0
    assert "       2 new\n" in out
    assert "       1 already there, its text differs now\n" in out
    assert "Assignment fees: 20.00 USD to 40.00 USD, charged to the assignees.\n" in out
    assert out.endswith("nothing was imported\n")
    assert ates.tracking.posts == []


def test_done_issues_are_counted_and_left_out(ates: Ates) -> None:
    _, out, _ = ates.run(CASES / "done.csv", "--yes")
    assert "       2 done in the old tracker, skipped\n" in out
    assert "Assignment fees: 10.00 USD to 20.00 USD" in out
    assert ates.tracking.open == ["Still to do"]


@pytest.mark.parametrize(("answer", "expected"), [("n\n", 1), ("", 130)])
def test_nothing_is_made_without_a_yes(
    ates: Ates, monkeypatch: pytest.MonkeyPatch, answer: str, expected: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    code, _, err = ates.run(CASES / "done.csv")
    assert code == expected
    assert "nothing was done" in err
    assert "Create 1 task?" in err
    assert ates.tracking.posts == []


def test_a_dry_run_needs_no_product(ates: Ates, installed: InstallationFiles) -> None:
    installed.local_json.unlink()
    code, out, _ = ates.run(CASES / "done.csv", "--dry-run")
    assert code == 0
    assert "       1 new\n       2 done in the old tracker, skipped\n" in out
    assert (
        "Some of the new ones may be there already; aTES was not asked (the local AWS is not set up;" in out
    )
    code, _, err = ates.run(CASES / "done.csv", "--yes")
    assert (code, err) == (1, "ates import: the local AWS is not set up; run `make up`\n")


def test_a_dry_run_says_that_the_product_is_away(ates: Ates) -> None:
    ates.tracking.away = True
    _, out, _ = ates.run(CASES / "done.csv", "--dry-run", "--json")
    report = json.loads(out)
    assert counts(report) == {"new": 1, "skipped": 2}
    assert "failed 5 times (it answers 503)" in report["unasked"]


def test_json_needs_an_answer_beforehand(ates: Ates) -> None:
    code, _, err = ates.run(CASES / "done.csv", "--json")
    assert (code, err) == (2, "ates import: --json can't ask: add --yes or --dry-run\n")


def test_a_file_imported_again_by_another_account_makes_nothing(ates: Ates) -> None:
    path = ates.file(rows(3))
    first = ates.report(path)
    again = ates.report(path, "--as", "worker1@ates.example")
    assert (counts(first), counts(again)) == ({"imported": 3}, {"already_there": 3})
    ids = [[row["task_id"] for row in each["rows"]] for each in (first, again)]
    assert ids[0] == ids[1]
    assert sorted(ids[0]) == sorted(ates.tracking.tasks)
    code, out, _ = ates.run(path, "--yes")
    assert (code, out.splitlines()[-1]) == (0, "3 already there")


def test_a_task_that_the_list_does_not_show_yet_is_not_doubled(ates: Ates) -> None:
    made = ates.tracking.add("Task 1", "POPUG-1")
    ates.tracking.lagging.add("POPUG-1")
    report = ates.report(ates.file(rows(2)))
    assert counts(report) == {"imported": 1, "already_there": 1}
    assert report["rows"][0]["task_id"] == made["task_id"]


def test_rows_without_ids_are_not_doubled_by_the_same_account(ates: Ates) -> None:
    path = ates.file("Summary\nFly\nFly\nSing\n")
    assert counts(ates.report(path)) == {"bad": 3}
    assert counts(ates.report(path, "--without-ids")) == {"imported": 3}
    assert counts(ates.report(path, "--without-ids")) == {"already_there": 3}


def test_a_changed_description_differs_only_if_the_file_has_descriptions(ates: Ates) -> None:
    ates.tracking.add("Fly", "POPUG-1", "high")
    with_text = ates.file("Summary,Issue key,Description\nFly,POPUG-1,low\n")
    assert counts(ates.report(with_text)) == {"differs": 1}
    assert counts(ates.report(ates.file("Summary,Issue key\nFly,POPUG-1\n"))) == {"already_there": 1}


def test_a_task_cancelled_here_is_new_and_said_so(ates: Ates) -> None:
    ates.tracking.add("Fly", "POPUG-1")["status"] = "cancelled"
    _, out, _ = ates.run(ates.file("Summary,Issue key\nFly,POPUG-1\n"), "--yes")
    assert "1 of the new ones had a task that was cancelled here" in out
    assert ates.tracking.open == ["Fly"]


def test_an_api_that_fails_stops_the_import(ates: Ates) -> None:
    ates.tracking.refuse["POPUG-3"] = BAD_GATEWAY
    report = ates.report(ates.file(rows(6)), "--concurrency", "1")
    assert counts(report) == {"imported": 2, "not_tried": 4}
    assert report["stopped"] == "POST /tasks answers 500: an unexpected error occurred"
    ates.tracking.refuse.clear()
    assert counts(ates.report(ates.file(rows(6)))) == {"imported": 4, "already_there": 2}


def test_an_api_that_is_away_stops_the_import_after_its_tries(ates: Ates) -> None:
    ates.tracking.refuse["POPUG-1"] = httpx.Response(503)
    report = ates.report(ates.file(rows(3)), "--concurrency", "1")
    assert counts(report) == {"not_tried": 3}
    assert len(ates.tracking.posts) == api_client.ATTEMPTS
    assert "failed 5 times (it answers 503)" in report["stopped"]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_the_allowed_number_of_requests_run_at_once(
    ates: Ates, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    tracking = Tracking(together=concurrency)
    transport = httpx.MockTransport(tracking)
    monkeypatch.setattr(stage_api, "http_client", lambda **_: httpx.Client(transport=transport))
    ates.report(ates.file(rows(12)), "--concurrency", str(concurrency))
    assert tracking.most_at_once == concurrency


def test_a_file_that_cannot_be_read_is_exit_code_2_and_one_line(ates: Ates) -> None:
    for path in (CASES / "unknown_header.csv", CASES / "one_document.json", CASES / "none.csv"):
        code, out, err = ates.run(path, "--yes")
        assert (code, out, err.count("\n")) == (2, "", 1)
    assert ates.tracking.posts == []


def test_a_title_is_shown_as_it_is(ates: Ates) -> None:
    _, out, _ = ates.run(CASES / "brackets.csv", "--yes")
    assert 'line 2 ([BE] Add an endpoint): title (column "Summary") has [ or ]' in out


def test_what_a_terminal_cannot_show_is_replaced(ates: Ates, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    code = command_line.main(["import", str(ates.file("Summary,Issue key\nx,Ж-1\n")), "--yes"])
    stream.flush()
    assert code == 1
    assert b"line 2 (?-1): jira_id" in stream.buffer.getvalue()


def test_no_line_of_the_help_is_cut(ates: Ates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = ates.run("--help")
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_undo_cancels_what_the_import_made_and_is_open(ates: Ates) -> None:
    ates.tracking.add("There before", "POPUG-1")
    path = ates.file(rows(4))
    made = [row for row in ates.report(path)["rows"] if row["outcome"] == "imported"]
    ates.tracking.tasks[made[0]["task_id"]]["status"] = "completed"
    code, out, _ = ates.run(path, "--undo", "--yes")
    assert code == 0
    assert "2 of 3 tasks are still open.\n" in out
    assert out.endswith("2 cancelled, 1 no longer open\n")
    assert ates.tracking.open == ["There before"]
    assert ates.run(path, "--undo", "--yes")[1].endswith("3 no longer open\n")


def test_an_undone_import_can_be_made_again(ates: Ates) -> None:
    path = ates.file(rows(2))
    ates.report(path)
    ates.run(path, "--undo", "--yes")
    assert counts(ates.report(path)) == {"imported": 2}
    ates.run(path, "--undo", "--yes")
    assert ates.tracking.open == []


def test_undo_of_a_file_that_was_edited_since_is_of_its_last_import(ates: Ates) -> None:
    ates.report(ates.file("Summary,Issue key\nFirst week,POPUG-1\n"))
    path = ates.file("Summary,Issue key\nSecond week,POPUG-2\n")
    ates.report(path)
    path.write_text("Summary,Issue key\nThird week,POPUG-3\n")
    ates.run(path, "--undo", "--yes")
    assert ates.tracking.open == ["First week"]


def test_undo_takes_the_report_of_an_import_elsewhere(
    ates: Ates, monkeypatch: pytest.MonkeyPatch, installed: InstallationFiles
) -> None:
    report = ates.report(ates.file(rows(2)))
    for record in installed.imports.iterdir():
        record.unlink()
    path = ates.file(json.dumps(report), "report.json")
    assert ates.run(path, "--undo", "--yes")[1].endswith("2 cancelled\n")


def test_undo_of_a_file_that_was_never_imported_is_refused(ates: Ates) -> None:
    code, _, err = ates.run(ates.file(rows(1)), "--undo", "--yes")
    assert code == 2
    assert "no import of it is known here" in err


def test_undo_finds_a_task_whose_answer_was_lost(ates: Ates) -> None:
    ates.tracking.refuse["POPUG-1"] = BAD_GATEWAY
    path = ates.file(rows(1))
    ates.report(path)
    ates.tracking.add("Task 1", "POPUG-1")
    assert ates.run(path, "--undo", "--yes")[1].endswith("1 cancelled\n")


def test_a_task_whose_first_answer_was_lost_is_imported_and_undone(ates: Ates) -> None:
    ates.tracking.lose = {"Fly", "Sing"}
    path = ates.file("Summary,Issue key\nFly,POPUG-1\nSing,\n")
    assert counts(ates.report(path, "--without-ids")) == {"imported": 2}
    assert ates.run(path, "--undo", "--yes")[1].endswith("2 cancelled\n")


def test_undo_knows_a_task_without_id_that_a_repeat_has_found(
    ates: Ates, installed: InstallationFiles
) -> None:
    path = ates.file("Summary\nFly\n")
    ates.report(path, "--without-ids")
    (record,) = installed.imports.iterdir()
    head, sends, _answer = record.read_text().splitlines()
    record.write_text(f"{head}\n{sends}\n{{")
    code, out, _ = ates.run(path, "--undo", "--yes")
    assert code == 1
    assert "1 row without an id got no answer: import the file again, then undo it\n" in out
    assert counts(ates.report(path, "--without-ids")) == {"already_there": 1}
    code, out, _ = ates.run(path, "--undo", "--yes")
    assert (code, ates.tracking.open) == (0, [])


def test_undo_leaves_the_tasks_of_another_file_alone(ates: Ates) -> None:
    ates.report(ates.file("Summary\nFly\n", "first.csv"), "--without-ids")
    path = ates.file("Summary\nFly\nSing\n", "second.csv")
    assert counts(ates.report(path, "--without-ids")) == {"imported": 1, "already_there": 1}
    ates.run(path, "--undo", "--yes")
    assert ates.tracking.open == ["Fly"]


def test_undo_by_an_account_that_may_not_says_so_once(ates: Ates) -> None:
    path = ates.file(rows(3))
    ates.report(path)
    ates.tracking.others_cancel = False
    code, out, _ = ates.run(path, "--undo", "--yes", "--as", "worker1@ates.example")
    assert (code, out.splitlines()[2:]) == (
        1,
        ["3 tasks: 403: only its creator cancels a task", "3 failed"],
    )
    assert len(ates.tracking.open) == 3


def test_undo_shows_first_and_asks(ates: Ates) -> None:
    path = ates.file(rows(2))
    ates.report(path)
    code, out, _ = ates.run(path, "--undo", "--dry-run")
    assert (code, out.splitlines()) == (
        0,
        ["2 of 2 tasks are still open.", "Fees that were charged stay charged.", "nothing was cancelled"],
    )
    assert len(ates.tracking.open) == 2
