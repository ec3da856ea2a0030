"""Reads a backlog: Jira's CSV export, or one JSON object per line."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.console.errors import BadInput
from shared.text import TextRefused, one_line, prose

MAX_TITLE = 200
MAX_JIRA_ID = 64
MAX_DESCRIPTION = 10_000
MAX_FIELD = 50_000_000
DELIMITERS = (",", ";", "\t")
# Our field and Jira's column; an export repeats a column for each value (labels, sprints, comments).
COLUMNS = {"title": "summary", "jira_id": "issue key", "description": "description"}
TEXTS: dict[str, Callable[[str], str]] = {"title": one_line, "jira_id": one_line, "description": prose}


@dataclass(frozen=True, slots=True)
class BacklogTask:
    """The body of `POST /tasks`; `line` is where the row begins in the file."""

    line: int
    title: str
    jira_id: str | None = None
    description: str | None = None

    @property
    def body(self) -> dict[str, str]:
        fields = {"title": self.title, "jira_id": self.jira_id, "description": self.description}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    reason: str


Row = BacklogTask | BadRow


def read(path: Path) -> list[Row]:
    """Raises BadInput if the file can't be read at all."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as unreadable:
        raise BadInput(f"{path}: {unreadable.strerror}") from None
    except UnicodeDecodeError as unreadable:
        raise BadInput(f"{path}: not UTF-8 (byte {unreadable.start}); export it as UTF-8") from None
    if not text.strip():
        raise BadInput(f"{path}: empty")
    rows = read_json_lines(text) if text.lstrip().startswith("{") else read_csv(text, str(path))
    return without_repeats(rows)


def read_csv(text: str, name: str) -> Iterator[Row]:
    """Fields may contain line breaks; a row's line is the one on which it begins."""
    delimiter, lines = _dialect(text, name)
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = _columns(next(reader))
    for line, cells in _rows(reader, lines):
        if isinstance(cells, BadRow):
            yield cells
        elif any(cell.strip() for cell in cells):
            yield checked(line, {ours: _cell(cells, columns[theirs]) for ours, theirs in COLUMNS.items()})


def read_json_lines(text: str) -> Iterator[Row]:
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            yield _parsed(line, content)


def checked(line: int, fields: dict[str, Any]) -> Row:
    """Applies the product's rules for tasks, so that a bad row costs no request."""
    kept: dict[str, str | None] = {}
    for name, take in TEXTS.items():
        value = fields.get(name)
        if value is not None and not isinstance(value, str):
            return BadRow(line, f"{name} is not text")
        try:
            kept[name] = take(value) if value and value.strip() else None
        except TextRefused as refusal:
            return BadRow(line, f"{name} {refusal}")
    title, jira_id, description = kept.values()
    if title is None:
        return BadRow(line, "no title")
    reason = _objection(title, jira_id, description)
    return BadRow(line, reason) if reason else BacklogTask(line, title, jira_id, description)


def without_repeats(rows: Iterable[Row]) -> list[Row]:
    """A jira_id that comes again makes its row a bad row."""
    first: dict[str, int] = {}
    kept: list[Row] = []
    for row in rows:
        if isinstance(row, BacklogTask) and row.jira_id is not None:
            line = first.setdefault(row.jira_id, row.line)
            if line != row.line:
                row = BadRow(row.line, f"jira_id {row.jira_id} is already on line {line}")
        kept.append(row)
    return kept


def keyed(account_id: str, tasks: Iterable[BacklogTask]) -> Iterator[tuple[str, BacklogTask]]:
    """Each task with its Idempotency-Key; the same file gives the same keys.

    The key is made from the jira_id; without one, from the content and how often it has occurred before.
    """
    occurrences: Counter[str] = Counter()
    for task in tasks:
        if task.jira_id is not None:
            yield _key(account_id, "jira_id", task.jira_id), task
            continue
        content = json.dumps(task.body, sort_keys=True)
        occurrences[content] += 1
        yield _key(account_id, "content", content, str(occurrences[content])), task


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _objection(title: str, jira_id: str | None, description: str | None) -> str | None:
    if len(title) > MAX_TITLE:
        return f"the title has {len(title)} characters; at most {MAX_TITLE} are allowed"
    if "[" in title or "]" in title:
        return "the title has [ or ]; an issue's id belongs in jira_id (Issue key)"
    if jira_id is not None and len(jira_id) > MAX_JIRA_ID:
        return f"the jira_id has {len(jira_id)} characters; at most {MAX_JIRA_ID} are allowed"
    if description is not None and len(description) > MAX_DESCRIPTION:
        return f"the description has {len(description)} characters; at most {MAX_DESCRIPTION} are allowed"
    return None


def _parsed(line: int, content: str) -> Row:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as broken:
        return BadRow(line, f"not JSON: {broken}")
    if not isinstance(fields, dict):
        return BadRow(line, "not a JSON object")
    return checked(line, {name: fields.get(name) for name in COLUMNS})


def _dialect(text: str, name: str) -> tuple[str, int]:
    """The delimiter that finds a Summary column, and how many lines the header has."""
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = next(reader, [])
        if _columns(header)[COLUMNS["title"]]:
            return delimiter, reader.line_num
    raise BadInput(f'{name}: neither JSON lines nor a CSV export with a "Summary" column')


def _columns(header: list[str]) -> dict[str, list[int]]:
    """The positions of each of Jira's columns."""
    places: dict[str, list[int]] = {theirs: [] for theirs in COLUMNS.values()}
    for place, name in enumerate(header):
        if (known := name.strip().lower()) in places:
            places[known].append(place)
    return places


def _rows(reader: Any, header_lines: int) -> Iterator[tuple[int, list[str] | BadRow]]:
    """A row that the CSV reader refuses is one bad row; reading continues."""
    line = header_lines + 1
    while True:
        try:
            cells: list[str] | BadRow = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            cells = BadRow(line, f"not CSV: {broken}")
        yield line, cells
        line = reader.line_num + 1


def _cell(cells: list[str], places: list[int]) -> str | None:
    """The first non-empty cell of columns with the same name."""
    return next((cells[place] for place in places if place < len(cells) and cells[place].strip()), None)
