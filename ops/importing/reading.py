"""Reads a backlog from a file, whatever tracker it comes from."""

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ops.console.errors import BadInput
from ops.importing.backlog import BacklogTask, Row, Wishes, without_repeats
from ops.importing.csv_export import CsvExport, header_of, read_csv
from ops.importing.encodings import Decoded, readings
from ops.importing.json_export import ONE_DOCUMENT, JsonExport, read_json
from ops.importing.presets import ROLES, Columns, fold, titles_needed

MAPPED = ROLES[:4]
NAMES_SHOWN = 30
_MAP = "or --map title=NAME"
_SIGNS = {"\t": "tab", ",": "comma", ";": "semicolon"}


@dataclass(frozen=True, slots=True)
class Backlog:
    """`sample` is a title that shows whether the encoding was guessed right; `digest` is a SHA-256."""

    rows: tuple[Row, ...]
    columns: Columns
    form: str
    encoding: str
    digest: str
    sample: str | None = None

    @property
    def has_descriptions(self) -> bool:
        return "description" in self.columns.places


def mapping_of(given: Iterable[str]) -> Mapping[str, str]:
    """`--map` as a mapping of our fields to columns; raises BadInput."""
    found: dict[str, str] = {}
    for each in given:
        role, equals, column = each.partition("=")
        if not equals or not column.strip() or role.strip() not in MAPPED:
            raise BadInput(f"--map {each}: give FIELD=COLUMN; the fields are {', '.join(MAPPED)}")
        found[role.strip()] = column
    return found


def read(path: Path, wishes: Wishes, mapped: Mapping[str, str], encoding: str | None = None) -> Backlog:
    """Raises BadInput if the file can't be read at all."""
    try:
        raw = path.read_bytes()
    except OSError as unreadable:
        raise BadInput(f"{path}: {unreadable.strerror}") from None
    if form := _other_form(raw):
        raise BadInput(f"{path}: {form}, not CSV or JSON; save or export it as CSV")
    decoded, export = _best(_exports(raw, mapped, encoding, str(path)))
    _check_mapped(export, mapped, str(path))
    if export.columns is None:
        raise BadInput(f"{path}: {_no_title(export)}")
    rows = tuple(without_repeats(export.rows(wishes)))
    return Backlog(
        rows, export.columns, _form(export), decoded.encoding, sha256(raw).hexdigest(), _sample(decoded, rows)
    )


def _other_form(raw: bytes) -> str | None:
    """What it is, if it is one of the files that are mistaken for an export."""
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "an Excel workbook or an archive"
    if raw.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        return "HTML or XML"
    return "a PDF" if raw.startswith(b"%PDF") else None


Export = CsvExport | JsonExport


def _exports(
    raw: bytes, mapped: Mapping[str, str], encoding: str | None, path: str
) -> Iterator[tuple[Decoded, Export]]:
    """The file in each encoding that gives another header."""
    headers: set[str] = set()
    for decoded in readings(raw, encoding, path):
        text = decoded.text
        if not text.strip():
            raise BadInput(f"{path}: empty")
        if text.lstrip().startswith(("{", "[")):
            yield decoded, read_json(text, mapped, path)
            return
        if (header := header_of(text)) not in headers:
            headers.add(header)
            yield decoded, read_csv(text, mapped)


def _best(found: Iterable[tuple[Decoded, Export]]) -> tuple[Decoded, Export]:
    """The encoding in which most columns are known; of equal ones the likeliest."""
    return max(found, key=lambda each: len(each[1].columns.places) if each[1].columns else 0)


def _no_title(export: Export) -> str:
    """What was found, and what is needed."""
    if isinstance(export, CsvExport):
        return _needed("no column for the title", "columns", export.names, f"{titles_needed('csv')}, {_MAP}")
    if export.form == ONE_DOCUMENT:
        what = f"{ONE_DOCUMENT}, not an array and not one object per line"
        return _needed(what, "fields", export.names, 'an array or lines of objects with "title"')
    if not export.names:
        return f"{export.form} without an object"
    return _needed(
        f"{export.form} without a title", "fields", export.names, f"{titles_needed('json')}, {_MAP}"
    )


def _needed(what: str, kind: str, names: Sequence[str], needed: str) -> str:
    return f"{what}; found are the {kind} {_listed(names)}; needed is {needed}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:NAMES_SHOWN] if name)
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown


def _check_mapped(export: Export, mapped: Mapping[str, str], path: str) -> None:
    present = set(map(fold, export.names))
    for role, column in mapped.items():
        if fold(column) not in present:
            raise BadInput(
                f"{path}: --map {role}={column}: no such column; found are {_listed(export.names)}"
            )


def _form(export: Export) -> str:
    if isinstance(export, JsonExport):
        return export.form
    return f"CSV with {_SIGNS.get(export.delimiter, export.delimiter)}"


def _sample(decoded: Decoded, rows: Sequence[Row]) -> str | None:
    titles = (row.title for row in rows if isinstance(row, BacklogTask))
    return next((title for title in titles if not title.isascii()), None) if decoded.guessed else None
