"""What each tracker exports, in each language, is read: a made file for every preset."""

from pathlib import Path

import pytest

from ops.importing.backlog import BacklogTask, DoneRow, Wishes
from ops.importing.presets import all_presets, find_columns, is_done
from ops.importing.reading import read

TRACKERS = Path(__file__).parent / "cases" / "trackers"
FILES = sorted(TRACKERS.iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_open_issue_is_a_task_and_a_done_one_is_left_out(path: Path) -> None:
    has_no_ids = path.name == "trello_csv.csv"
    backlog = read(path, Wishes(project="POPUG", without_ids=has_no_ids), {})
    task, done = backlog.rows
    assert isinstance(task, BacklogTask)
    jira_id = None if has_no_ids else "POPUG-1"
    assert (task.title, task.jira_id, task.description) == ("Feed the parrot", jira_id, "Two\nlines")
    assert isinstance(done, DoneRow)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_done_issue_is_imported_on_request(path: Path) -> None:
    has_no_ids = path.name == "trello_csv.csv"
    wishes = Wishes(project="POPUG", without_ids=has_no_ids, with_done=True)
    titles = [row.title for row in read(path, wishes, {}).rows if isinstance(row, BacklogTask)]
    assert titles == ["Feed the parrot", "Wash the cage"]


def test_every_preset_has_a_file_that_it_reads() -> None:
    found = {read(path, Wishes(without_ids=True), {}).columns.preset for path in FILES}
    assert found == {preset.name for preset in all_presets()}


def test_the_preset_that_knows_most_columns_is_taken() -> None:
    names = ("Title", "Status", "Issue ID", "State", "Description")
    found = find_columns("csv", names, {})
    assert found is not None
    assert (found.preset, found.name("jira_id"), found.unread) == ("GitLab", "Issue ID", ["Status"])


def test_names_are_compared_without_case_spaces_and_normal_form() -> None:
    found = find_columns("csv", ("RE\u0301SUME\u0301", "  cle\u0301  de ticket "), {})
    assert found is not None
    assert set(found.places) == {"title", "jira_id"}


@pytest.mark.parametrize(
    ("statuses", "resolution", "done_if", "expected"),
    [
        (["To Do"], None, [], False),
        (["DONE"], None, [], True),
        (["Deployed", "Done"], None, [], True),
        (["Отменено"], None, [], True),
        (["In review"], "Won't Do", [], True),
        (["In review"], "Unresolved", [], False),
        (["In review"], "Нет решения", [], False),
        ([], None, ["2026-10-02"], True),
        ([], None, ["", None, "False"], False),
    ],
)
def test_status_resolution_or_a_date_make_an_issue_done(
    statuses: list[str], resolution: str | None, done_if: list[str | None], expected: bool
) -> None:
    assert is_done(statuses, resolution, done_if) is expected
