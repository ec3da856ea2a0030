"""A backlog is read from what trackers export; a row is never half right."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.console.errors import BadInput
from ops.importing.backlog import (
    JIRA_ID_FORM,
    MAX_TITLE,
    BacklogTask,
    BadRow,
    Brackets,
    DoneRow,
    Row,
    Wishes,
    keyed,
)
from ops.importing.csv_export import read_csv
from ops.importing.reading import Backlog, mapping_of, read

CASES = Path(__file__).parent / "cases"
NO_IDS = Wishes(without_ids=True)


def case(name: str, wishes: Wishes = Wishes(), **mapped: str) -> Backlog:  # noqa: B008
    return read(CASES / name, wishes, mapped)


def rows_of(folder: Path, content: str | bytes, wishes: Wishes = NO_IDS, **mapped: str) -> tuple[Row, ...]:
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, wishes, mapped).rows


def tasks_of(rows: tuple[Row, ...]) -> list[tuple[str, str | None]]:
    return [(row.title, row.jira_id) for row in rows if isinstance(row, BacklogTask)]


def bad_rows(rows: tuple[Row, ...]) -> list[BadRow]:
    return [row for row in rows if isinstance(row, BadRow)]


def test_bad_keys_name_the_field_and_its_form() -> None:
    rows = case("unusable_keys.csv").rows
    assert len(tasks_of(rows)) == 10
    assert bad_rows(rows)[0] == BadRow(2, JIRA_ID_FORM, 'jira_id (column "Issue key")', "old-1")
    assert len(bad_rows(rows)) == 25
    assert {row.value for row in bad_rows(case("bad_key.csv").rows)} == {"abc-1", "MY-PROJ-12"}


def test_done_and_cancelled_issues_are_left_out_unless_asked_for() -> None:
    rows = case("done.csv").rows
    assert rows[:2] == (DoneRow(2), DoneRow(3))
    assert tasks_of(rows) == [("Still to do", "DONE-3")]
    assert len(tasks_of(case("done.csv", Wishes(with_done=True)).rows)) == 3


def test_the_reason_about_brackets_is_true_of_the_row(tmp_path: Path) -> None:
    other, own, good = case("brackets.csv").rows
    assert isinstance(good, BacklogTask)
    assert isinstance(other, BadRow)
    assert other.reason.startswith("has [ or ], which no title may have; --brackets")
    assert isinstance(own, BadRow)
    assert own.reason.startswith("has the row's own id in brackets; --brackets")
    (row,) = rows_of(tmp_path, "Summary\n[POPUG-1] Fly\n")
    assert isinstance(row, BadRow)
    assert row.reason == "has an id in brackets, which belongs in jira_id"


@pytest.mark.parametrize(
    ("brackets", "title"), [("remove", "BE Add an endpoint"), ("parentheses", "(BE) Add an endpoint")]
)
def test_brackets_are_taken_out_or_replaced_on_request(brackets: Brackets, title: str) -> None:
    assert tasks_of(case("brackets.csv", Wishes(brackets=brackets)).rows)[0] == (title, "BRK-1")


def test_a_title_of_brackets_only_stays_bad(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "Summary\n[]\n", Wishes(without_ids=True, brackets="remove"))
    assert isinstance(row, BadRow)


def test_a_row_wider_or_narrower_than_the_header_is_bad() -> None:
    rows = case("shifted_cells.csv").rows
    assert tasks_of(rows) == [("Right", "WID-3")]
    assert [(row.line, row.value) for row in bad_rows(rows)] == [
        (2, "4, not 3"),
        (3, "2, not 3"),
        (4, "7, not 3"),
    ]


@pytest.mark.parametrize(
    ("name", "line", "title", "jira_id"),
    [
        ("sep_line.csv", 3, "From Excel", "SEP-1"),
        ("blank_line_first.csv", 3, "Blank first", "SEP-2"),
        ("header_key.csv", 2, "Keeps its key", "HDR-1"),
        ("localized_es.csv", 2, "Reparar la conexión", "LOC-1"),
        ("localized_pl.csv", 2, "Naprawić łącze", "LOC-2"),
        ("localized_fr.csv", 2, "Essai à côté", "LOC-3"),
        ("localized_ru.csv", 2, "Проба", "LOC-4"),
    ],
)
def test_headers_encodings_and_first_lines_of_real_exports(
    name: str, line: int, title: str, jira_id: str
) -> None:
    (task,) = case(name).rows
    assert isinstance(task, BacklogTask)
    assert (task.line, task.title, task.jira_id) == (line, title, jira_id)


def test_a_descriptions_first_blanks_and_last_line_break_are_kept() -> None:
    (task,) = case("indented_description.csv").rows
    assert task == BacklogTask(2, "Indented", "IND-1", "    code\n    more\n")


def test_a_header_without_a_title_names_what_was_found_and_is_needed() -> None:
    with pytest.raises(BadInput) as refusal:
        case("unknown_header.csv")
    said = str(refusal.value)
    assert said.endswith(
        'no column for the title; found are the columns "Nazov", "Cislo"; needed is "Summary" or "Title", '
        "or its name in the language of a Jira export, or --map title=NAME"
    )


def test_a_header_may_follow_the_name_of_a_board(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Popugs,,\r\n\r\nTo do,,\r\nSummary,Issue key,Status\r\nFly,POPUG-1,Open\r\n")
    assert rows == (BacklogTask(5, "Fly", "POPUG-1"),)
    with pytest.raises(BadInput, match='found are the columns "What", "Who"'):
        rows_of(tmp_path, "What,Who\nTitle,Ann\n")


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Issue key\nFly,POPUG-1\nSummary, Issue key\nSing,POPUG-2\n")
    assert tasks_of(rows) == [("Fly", "POPUG-1"), ("Sing", "POPUG-2")]


def test_a_translation_may_be_of_some_columns_only(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Résumé,Issue key,Status\nVoler,POPUG-1,Done\nChanter,POPUG-2,Open\n")
    assert rows == (DoneRow(2), BacklogTask(3, "Chanter", "POPUG-2"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook or an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook or an archive"),
        (b"\xef\xbb\xbf\n<html>", "HTML or XML"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_files_that_are_mistaken_for_an_export_are_named(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=f"{what}, not CSV or JSON; save or export it as CSV"):
        rows_of(tmp_path, content)


def test_fields_of_objects_in_an_object_are_named_with_a_dot(tmp_path: Path) -> None:
    content = '[{"ref": {"id": "POPUG-1"}, "text": {"short": "Fly"}}, 7]'
    rows = rows_of(tmp_path, content, NO_IDS, title="text.short", jira_id="ref.id")
    assert rows == (BacklogTask(1, "Fly", "POPUG-1"), BadRow(1, "is not a JSON object"))
    with pytest.raises(BadInput, match='found are the fields "ref", "text"'):
        rows_of(tmp_path, content)


def test_columns_are_named_by_hand() -> None:
    backlog = case("unknown_header.csv", Wishes(project="SK"), title="nazov", jira_id="Cislo")
    assert tasks_of(backlog.rows) == [("Uloha", "SK-1")]
    with pytest.raises(BadInput, match='--map title=Name: no such column; found are "Nazov", "Cislo"'):
        case("unknown_header.csv", NO_IDS, title="Name", jira_id="Cislo")


@pytest.mark.parametrize("given", ["title", "title=", "name=Column"])
def test_a_mapping_that_says_nothing_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match="give FIELD=COLUMN; the fields are title, jira_id"):
        mapping_of([given])


def test_a_mapped_column_replaces_the_presets(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Name,Issue key\na,b,POPUG-1\n", title="Name")
    assert tasks_of(rows) == [("b", "POPUG-1")]


def test_one_json_document_is_refused_in_one_line() -> None:
    with pytest.raises(BadInput) as refusal:
        case("one_document.json")
    assert str(refusal.value).endswith(
        "one_document.json: one JSON document, not an array and not one object per line; "
        'found are the fields "issues"; needed is an array or lines of objects with "title"'
    )
    assert "\n" not in str(refusal.value)


def test_a_field_that_is_not_known_makes_its_row_bad() -> None:
    rows = case("other_field_names.jsonl", Wishes(project="GH", without_ids=True)).rows
    assert rows[0] == BacklogTask(1, "From another tracker", "GH-7", "This text counts")
    assert isinstance(rows[1], BadRow)
    assert rows[1].value == "descripton"


def test_an_array_of_objects_has_the_lines_of_its_elements(tmp_path: Path) -> None:
    content = (
        '[\n  {"title": "Fly",\n   "jira_id": "POPUG-1"},\n\n  {"title": 1}, 7,\n  {"title": "Sing"}\n]\n'
    )
    rows = rows_of(tmp_path, content)
    assert rows == (
        BacklogTask(2, "Fly", "POPUG-1"),
        BadRow(5, "is not text", "title"),
        BadRow(5, "is not a JSON object"),
        BacklogTask(6, "Sing"),
    )


def test_ten_thousand_elements_are_read_once(tmp_path: Path) -> None:
    content = json.dumps([{"title": f"Task {n}", "jira_id": f"POPUG-{n}"} for n in range(10_000)])
    assert len(tasks_of(rows_of(tmp_path, content))) == 10_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("\ufeff \n", "empty"),
        ('[{"title": "Fly"}', "line 1: not JSON: the array ends or is broken"),
        ('[\n{"title": "Fly"},\n{"title"}]', "line 3: not JSON"),
        ("{", "neither one JSON object per line nor one JSON document"),
        ("[]", "JSON array without an object"),
        (
            '[{"name": "Fly"}]',
            'JSON array without a title; found are the fields "name"; needed is "title", or',
        ),
    ],
)
def test_a_file_that_is_not_a_backlog_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        rows_of(tmp_path, content)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "none", NO_IDS, {})


def test_an_invalid_json_line_is_one_bad_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, '{"title": "Fly"}\n{"title"\n[]\n\n{"title": "Sing"}\n')
    assert tasks_of(rows) == [("Fly", None), ("Sing", None)]
    assert [row.line for row in bad_rows(rows)] == [2, 3]


def test_invisible_titles_are_bad() -> None:
    rows = case("invisible_titles.json", NO_IDS).rows
    assert [row.column for row in bad_rows(rows)] == ["title"] * 6


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", "~", ":"])
def test_any_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = f'Issue key{delimiter}Summary\nPOPUG-1{delimiter}"Fly, or; sing"\n'
    assert tasks_of(rows_of(tmp_path, content)) == [("Fly, or; sing", "POPUG-1")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(tmp_path: Path, end: str) -> None:
    content = f'Summary,Issue key{end}"Fly",POPUG-1{end}Sing,POPUG-2{end}'
    assert [row.line for row in rows_of(tmp_path, content)] == [2, 3]


def test_a_field_with_line_breaks_does_not_shift_the_line_numbers(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'Summary,Description\nFly,"a\nb\nc"\nSing,\n')
    assert [row.line for row in rows] == [2, 5]


def test_of_columns_with_one_name_the_first_with_text_counts(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Description,Description\nFly,,late\nSing,soon,late\n")
    assert [row.description for row in rows if isinstance(row, BacklogTask)] == ["late", "soon"]


def test_an_invalid_csv_row_is_one_bad_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'Summary,Description\n"Fly"x,\nSing,\n')
    assert tasks_of(rows) == [("Sing", None)]
    assert bad_rows(rows)[0].line == 2


@pytest.mark.parametrize(
    ("given", "project", "expected"),
    [
        ("12", "KEY", "KEY-12"),
        ("#12", "KEY", "KEY-12"),
        ("007", "KEY", "KEY-7"),
        ("POPUG-3", "KEY", "POPUG-3"),
    ],
)
def test_a_number_becomes_a_jira_id_of_the_project(
    tmp_path: Path, given: str, project: str, expected: str
) -> None:
    rows = rows_of(tmp_path, f"Summary,Issue key\nFly,{given}\n", Wishes(project=project))
    assert tasks_of(rows) == [("Fly", expected)]


def test_numbers_and_missing_ids_need_an_option(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Issue key\nFly,12\nSing,\n", Wishes())
    reasons = [row.reason for row in bad_rows(rows)]
    assert "--project KEY" in reasons[0]
    assert "--without-ids" in reasons[1]
    (row,) = bad_rows(rows_of(tmp_path, "Summary,Ref\nFly,POPUG-1\n", Wishes()))
    assert row.reason.startswith("has no known column: --map jira_id=NAME names it, --without-ids")
    with pytest.raises(BadInput, match="--project ab"):
        Wishes(project="ab")


def test_a_repeated_jira_id_is_a_bad_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Issue key\nFly,POPUG-1\nSing,POPUG-1\n")
    assert bad_rows(rows) == [BadRow(3, "is on an earlier line too", "jira_id", "POPUG-1, line 2")]


def test_texts_are_normalised_as_by_the_product(tmp_path: Path) -> None:
    (task,) = rows_of(tmp_path, '{"title": " cafe\\u0301 ", "description": "    indented\\n"}\n')
    assert isinstance(task, BacklogTask)
    assert (task.title, task.description) == ("caf\u00e9", "    indented\n")


@pytest.mark.parametrize(
    ("title", "description", "column"),
    [
        ("x" * 201, "", "title"),
        ("x\u0000", "", "title"),
        ("x", "y" * 10_001, "description"),
        (" ", "y", "title"),
    ],
)
def test_what_the_product_rejects_is_a_bad_row(
    tmp_path: Path, title: str, description: str, column: str
) -> None:
    (row,) = rows_of(tmp_path, json.dumps({"title": title, "description": description}))
    assert isinstance(row, BadRow)
    assert row.column == column


# Text that a spreadsheet cell can hold; some readers treat a bare carriage return as a line end.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)


@given(st.lists(st.tuples(CELLS, CELLS)))
def test_every_row_that_a_spreadsheet_writes_is_read_where_it_begins(cells: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("Summary", "Description"))
    expected: list[int] = []
    for row in cells:
        line = file.getvalue().count("\n") + 1
        writer.writerow(row)
        expected += [line] if any(cell.strip() for cell in row) else []
    rows = list(read_csv(file.getvalue(), {}).rows(NO_IDS))
    assert [row.line for row in rows] == expected
    assert not any("cells" in row.reason for row in rows if isinstance(row, BadRow))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"Summary\n{text}".encode("utf-16")))
def test_arbitrary_bytes_raise_only_bad_input(content: bytes) -> None:
    class File:
        def read_bytes(self) -> bytes:
            return content

        def __str__(self) -> str:
            return "file"

    try:
        rows = read(File(), NO_IDS, {}).rows  # type: ignore[arg-type]
    except BadInput:
        return
    assert all(len(row.title) <= MAX_TITLE for row in rows if isinstance(row, BacklogTask))


TASKS = st.builds(
    BacklogTask,
    line=st.integers(1, 1000),
    title=st.sampled_from(["Fly", "Sing"]),
    jira_id=st.none(),
    description=st.sampled_from([None, "la"]),
)


@given(st.lists(TASKS))
def test_keys_of_rows_without_ids_are_repeatable_and_unique_per_row(tasks: list[BacklogTask]) -> None:
    keys = [key for key, _ in keyed("account", tasks, str)]
    assert keys == [key for key, _ in keyed("account", tasks, str)]
    assert len(set(keys)) == len(tasks)
    assert not set(keys) & {key for key, _ in keyed("another", tasks, str)}


def test_a_row_with_an_id_has_a_new_key_each_time() -> None:
    ((key, _),) = keyed("account", [BacklogTask(2, "Fly", "POPUG-1")], iter("ab").__next__)
    assert key == "a"
