"""Rows of a backlog as tasks: the product's rules are applied here, so that a bad row costs no request."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ops.console.errors import BadInput
from ops.importing.presets import Columns, is_done
from shared.text import TextRefused, one_line, prose

MAX_TITLE = 200
MAX_JIRA_ID = 64
MAX_DESCRIPTION = 10_000
JIRA_ID = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
JIRA_ID_FORM = "must be capital letters, a dash and a number, such as POPUG-42"
NO_ID_COLUMN = "has no known column: --map jira_id=NAME names it, --without-ids imports rows without ids"
_NUMBER = re.compile(r"#?0*([0-9]{1,30})")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]*")
_IN_BRACKETS = re.compile(r"\[\s*([A-Z][A-Z0-9_]*-[0-9]+)\s*\]")

Brackets = Literal["refuse", "remove", "parentheses"]
BRACKETS: Mapping[str, Any] = {
    "refuse": {},
    "remove": str.maketrans("", "", "[]"),
    "parentheses": str.maketrans("[]", "()"),
}
TEXTS: Mapping[str, Callable[[str], str]] = {"title": one_line, "jira_id": one_line, "description": prose}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller of the command asked for. Raises BadInput for a project that can't begin a jira_id."""

    project: str | None = None
    without_ids: bool = False
    with_done: bool = False
    brackets: Brackets = "refuse"

    def __post_init__(self) -> None:
        if self.project is not None and not _PROJECT.fullmatch(self.project):
            raise BadInput(f"--project {self.project}: must be capital letters, such as POPUG")


@dataclass(frozen=True, slots=True)
class BacklogTask:
    """The body of `POST /tasks`; `line` is where the row begins in the file."""

    line: int
    title: str
    jira_id: str | None = None
    description: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """With a jira_id, the task is to be the only one of it."""
        fields = {"title": self.title, "jira_id": self.jira_id, "description": self.description}
        found: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        return found if self.jira_id is None else {**found, "unique": True}


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A row that the old tracker calls done or cancelled; it is not checked further."""

    line: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """`column` is our field and the file's own column; `value` shows what was wrong with this row."""

    line: int
    reason: str
    column: str = ""
    value: str = ""


Row = BacklogTask | DoneRow | BadRow


class _Refused(Exception):
    def __init__(self, role: str, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.role, self.reason, self.value = role, reason, value


def row_of(line: int, cells: Callable[[str], list[Any]], columns: Columns, wishes: Wishes) -> Row:
    """A row; `cells` gives the values of the columns with a role."""
    statuses, resolution = (list(map(_plain, cells(role))) for role in ("status", "resolution"))
    done = is_done(statuses, next(iter(resolution), None), map(_plain, cells("done_if")))
    if done and not wishes.with_done:
        return DoneRow(line)
    try:
        return _task(line, {role: _text(role, cells(role)) for role in TEXTS}, wishes)
    except _Refused as refused:
        theirs = columns.name(refused.role)
        if theirs is None and refused.role == "jira_id":
            return BadRow(line, NO_ID_COLUMN, "jira_id")
        column = refused.role if theirs in (None, refused.role) else f'{refused.role} (column "{theirs}")'
        return BadRow(line, refused.reason, column, refused.value)


def _task(line: int, texts: Mapping[str, str | None], wishes: Wishes) -> BacklogTask:
    if texts["title"] is None:
        raise _Refused("title", "is missing")
    jira_id = _jira_id(texts["jira_id"], wishes)
    title = _title(texts["title"], jira_id, wishes.brackets)
    description = texts["description"]
    if description is not None and len(description) > MAX_DESCRIPTION:
        raise _Refused("description", f"has more than {MAX_DESCRIPTION} characters", str(len(description)))
    return BacklogTask(line, title, jira_id, description)


def _plain(value: Any) -> str | None:
    """A status or a date as text; an object's name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    return None if value is None else str(value).strip()


def _text(role: str, values: Iterable[Any]) -> str | None:
    """The first value that is not empty, in the product's form."""
    value = next((each for each in values if each is not None and str(each).strip()), None)
    if role == "jira_id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Refused(role, "is not text")
    try:
        return TEXTS[role](value)
    except TextRefused as refusal:
        raise _Refused(role, str(refusal)) from None


def _title(title: str, jira_id: str | None, brackets: Brackets) -> str:
    kept = " ".join(title.translate(BRACKETS[brackets]).split(" ")).strip() if brackets != "refuse" else title
    if not kept:
        raise _Refused("title", "has nothing but brackets", title)
    if "[" in kept or "]" in kept:
        raise _Refused("title", _about_brackets(kept, jira_id), kept)
    if len(kept) > MAX_TITLE:
        raise _Refused("title", f"has more than {MAX_TITLE} characters", str(len(kept)))
    return kept


def _about_brackets(title: str, jira_id: str | None) -> str:
    """A reason that is true of this row."""
    way_out = "--brackets remove or --brackets parentheses imports it"
    inside = _IN_BRACKETS.search(title)
    if inside and jira_id is None:
        return "has an id in brackets, which belongs in jira_id"
    if inside and inside[1] == jira_id:
        return f"has the row's own id in brackets; {way_out}"
    return f"has [ or ], which no title may have; {way_out}"


def _jira_id(given: str | None, wishes: Wishes) -> str | None:
    if given is None:
        if wishes.without_ids:
            return None
        raise _Refused(
            "jira_id", "is missing; --without-ids imports such rows, but a repeat may not recognise them"
        )
    number = _NUMBER.fullmatch(given)
    if number and wishes.project is None:
        raise _Refused("jira_id", "is a number only; --project KEY makes it KEY-number", given)
    found = f"{wishes.project}-{number[1]}" if number else given
    if not JIRA_ID.fullmatch(found):
        raise _Refused("jira_id", JIRA_ID_FORM, given)
    if len(found) > MAX_JIRA_ID:
        raise _Refused("jira_id", f"has more than {MAX_JIRA_ID} characters", str(len(found)))
    return found


def without_repeats(rows: Iterable[Row]) -> list[Row]:
    """A jira_id that comes again makes its row a bad row."""
    first: dict[str, int] = {}
    kept: list[Row] = []
    for row in rows:
        if isinstance(row, BacklogTask) and row.jira_id is not None:
            line = first.setdefault(row.jira_id, row.line)
            if line != row.line:
                row = BadRow(row.line, "is on an earlier line too", "jira_id", f"{row.jira_id}, line {line}")
        kept.append(row)
    return kept


def keyed(
    account_id: str, tasks: Iterable[BacklogTask], new_key: Callable[[], str]
) -> Iterator[tuple[str, BacklogTask]]:
    """Each task with its Idempotency-Key.

    A jira_id is claimed by its task, so its key only tells the tries of one request from others. Without one,
    the key is made from the content and how often it has occurred before: the same file gives the same keys.
    """
    occurrences: Counter[str] = Counter()
    for task in tasks:
        if task.jira_id is not None:
            yield new_key(), task
            continue
        content = json.dumps(task.body, sort_keys=True)
        occurrences[content] += 1
        parts = [account_id, "content", content, str(occurrences[content])]
        yield hashlib.sha256(json.dumps(parts).encode()).hexdigest(), task
