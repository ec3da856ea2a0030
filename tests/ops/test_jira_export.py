"""Reading a backlog: every row becomes a task or is reported by its line."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.errors import BadInput
from ops.daily.jira_export import MAX_TITLE, BacklogTask, BadRow, Row, keyed, read, read_csv
from shared.text import TextRefused, one_line, prose

HEADER = "Issue key,Issue id,Summary,Labels,Labels,Description\n"


def rows_of(tmp_path: Path, content: str | bytes) -> list[Row]:
    path = tmp_path / "backlog"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path)


def test_a_jira_export_is_read_by_its_three_columns(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, HEADER + "POPUG-1,77,Feed the popug,a,b,Twice a day\nPOPUG-2,78,Fly,,,\n")
    assert rows == [
        BacklogTask(2, "Feed the popug", "POPUG-1", "Twice a day"),
        BacklogTask(3, "Fly", "POPUG-2"),
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_ignored(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"\xef\xbb\xbfSummary,Issue key\r\nFly,POPUG-1\r\nSing,\r\n")
    assert rows == [BacklogTask(2, "Fly", "POPUG-1"), BacklogTask(3, "Sing")]


def test_a_field_with_line_breaks_does_not_shift_the_line_numbers(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'Summary,Description\nFly,"one\n\nthree"\n,nothing\nSing,\n')
    assert rows == [
        BacklogTask(2, "Fly", None, "one\n\nthree"),
        BadRow(5, "no title"),
        BacklogTask(6, "Sing"),
    ]


def test_of_columns_with_one_name_the_first_with_text_counts(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Description,Description\nFly, ,really\nSing,la,lo\n")
    assert rows == [BacklogTask(2, "Fly", None, "really"), BacklogTask(3, "Sing", None, "la")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_accepted_as_delimiters(tmp_path: Path, delimiter: str) -> None:
    content = f"Issue key{delimiter}Summary\nPOPUG-1{delimiter}Fly, then sing\n"
    assert rows_of(tmp_path, content) == [BacklogTask(2, "Fly, then sing", "POPUG-1")]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("", "no title"),
        ("   ", "no title"),
        ("[POPUG-42] fix", "the title has [ or ]; an issue's id belongs in jira_id (Issue key)"),
        ("fix]", "the title has [ or ]; an issue's id belongs in jira_id (Issue key)"),
        ("x" * 201, "the title has 201 characters; at most 200 are allowed"),
    ],
)
def test_a_title_that_the_product_rejects_is_a_bad_row(tmp_path: Path, title: str, reason: str) -> None:
    lines = f"{json.dumps({'title': title})}\n\n{json.dumps({'title': 'Fly'})}\n"
    assert rows_of(tmp_path, lines) == [BadRow(1, reason), BacklogTask(3, "Fly")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"title": "Fly"', "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"title": 7}', "title is not text"),
        ('{"title": "\\ud83d"}', "title holds half of a character (an unpaired surrogate): U+D83D"),
        ('{"title": "a\\u0007"}', "title holds a control character: U+0007"),
        ('{"title": "a\\nb"}', "title holds a line break or a tab"),
        ('{"title": "a", "description": "\\u202e"}', "description holds a control that overrides"),
        ('{"title": "\\u200b"}', "title has no visible character"),
        ('{"title": "Fly", "jira_id": 42}', "jira_id is not text"),
        ('{"title": "Fly", "jira_id": "%s"}' % ("x" * 65), "the jira_id has 65 characters"),
        ('{"title": "Fly", "description": "%s"}' % ("x" * 10_001), "the description has 10001 characters"),
        ('{"a":' * 100_000, "not JSON"),
    ],
)
def test_an_invalid_json_line_is_reported_and_the_rest_read(tmp_path: Path, line: str, reason: str) -> None:
    first, bad, last = rows_of(tmp_path, f'{{"title": "Sing"}}\n{line}\n{{"title": "Eat"}}\n')
    assert (first, last) == (BacklogTask(1, "Sing"), BacklogTask(3, "Eat"))
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert bad.reason.startswith(reason)


def test_an_invalid_csv_row_is_reported_and_the_rest_read(tmp_path: Path) -> None:
    first, bad, last = rows_of(tmp_path, 'Summary,Description\nFly,\n"Sing"x,\nEat,\n')
    assert (first, last) == (BacklogTask(2, "Fly"), BacklogTask(4, "Eat"))
    assert isinstance(bad, BadRow)
    assert bad.line == 3


def test_a_quote_that_is_never_closed_is_reported_where_it_begins(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'Summary,Description\nFly,\nSing,"la\nla\n')
    assert rows == [BacklogTask(2, "Fly"), BadRow(3, "not CSV: unexpected end of data")]


def test_a_repeated_jira_id_is_a_bad_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "Summary,Issue key\nFly,POPUG-1\nSing,POPUG-1\nFly,\nFly,\n")
    assert rows == [
        BacklogTask(2, "Fly", "POPUG-1"),
        BadRow(3, "jira_id POPUG-1 is already on line 2"),
        BacklogTask(4, "Fly"),
        BacklogTask(5, "Fly"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        ("Заголовок\n".encode("cp1251"), "not UTF-8"),
        (b"Key,Name\n1,2\n", '"Summary" column'),
    ],
)
def test_a_file_that_is_not_a_backlog_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        rows_of(tmp_path, content)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "none")


# Text that a spreadsheet cell can hold; some readers treat a bare carriage return as a line end.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)


def expected(line: int, title: str, jira_id: str, description: str) -> Row:
    """The row by the product's own rules for text, which are tested elsewhere."""
    field = "title"
    try:
        kept_title = one_line(title)
        field = "jira_id"
        kept_id = one_line(jira_id) if jira_id.strip() else None
        field = "description"
        return BacklogTask(line, kept_title, kept_id, prose(description) if description.strip() else None)
    except TextRefused as refusal:
        return BadRow(line, f"{field} {refusal}")


@given(st.lists(st.tuples(CELLS, CELLS, CELLS)))
def test_every_cell_that_a_spreadsheet_writes_is_read_back(cells: list[tuple[str, str, str]]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("Issue key", "Summary", "Description"))
    lines: list[int] = []
    for row in cells:
        lines.append(file.getvalue().count("\n") + 1)
        writer.writerow(row)
    found = {row.line: row for row in read_csv(file.getvalue(), "export")}
    for line, (jira_id, title, description) in zip(lines, cells, strict=True):
        if title.strip() and "[" not in title and "]" not in title:
            assert found.pop(line) == expected(line, title, jira_id, description)
        elif any(cell.strip() for cell in (jira_id, title, description)):
            assert isinstance(found.pop(line), BadRow)
    assert not found


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_bad_input(content: bytes) -> None:
    class File:
        def read_bytes(self) -> bytes:
            return content

        def __str__(self) -> str:
            return "file"

    try:
        rows = read(File())  # type: ignore[arg-type]
    except BadInput:
        return
    assert all(isinstance(row, (BacklogTask, BadRow)) for row in rows)
    assert all(len(row.title) <= MAX_TITLE for row in rows if isinstance(row, BacklogTask))


TASKS = st.builds(
    BacklogTask,
    line=st.integers(1, 1000),
    title=st.sampled_from(["Fly", "Sing"]),
    jira_id=st.none(),
    description=st.sampled_from([None, "la"]),
)


@given(st.lists(TASKS))
def test_keys_are_repeatable_and_unique_per_row(tasks: list[BacklogTask]) -> None:
    keys = [key for key, _ in keyed("account", tasks)]
    assert keys == [key for key, _ in keyed("account", tasks)]
    assert len(set(keys)) == len(tasks)
    assert not set(keys) & {key for key, _ in keyed("another", tasks)}


def test_a_key_depends_on_the_jira_id_not_on_the_line() -> None:
    ((key, _),) = keyed("account", [BacklogTask(2, "Fly", "POPUG-1")])
    ((moved, _),) = keyed("account", [BacklogTask(9, "Fly higher", "POPUG-1", "now")])
    ((other, _),) = keyed("account", [BacklogTask(2, "Fly", "POPUG-2")])
    assert key == moved != other


def test_a_row_keeps_its_key_when_rows_are_added_around_it() -> None:
    before = dict(keyed("account", [BacklogTask(2, "Fly"), BacklogTask(3, "Fly")]))
    after = dict(
        keyed(
            "account",
            [BacklogTask(2, "Sing"), BacklogTask(3, "Fly"), BacklogTask(4, "Eat"), BacklogTask(5, "Fly")],
        )
    )
    assert set(before) < set(after)


def test_texts_are_normalised_as_by_the_product(tmp_path: Path) -> None:
    (task,) = rows_of(tmp_path, '{"title": " cafe\\u0301 ", "description": "    indented\\n"}\n')
    assert isinstance(task, BacklogTask)
    assert (task.title, task.description) == ("caf\u00e9", "    indented\n")
