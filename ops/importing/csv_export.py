"""Reads CSV of any delimiter and line ends, with a `sep=` line or blank lines first."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ops.importing.backlog import BadRow, Row, Wishes, row_of
from ops.importing.presets import Columns, find_columns

MAX_FIELD = 50_000_000
DELIMITERS = ",;\t|"
_LINES_BEFORE_HEADER = 10
_HEADER_CHARACTERS = 100_000
_BLANK_LINES = re.compile(r"(?:[^\S\r\n]*(?:\r\n|\r|\n))+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SEP_LINE = re.compile(r'"?sep=(.)"?[^\S\r\n]*(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvExport:
    """A file whose header begins at `start`, on line `line`. Without `columns` no title was found."""

    text: str
    start: int
    line: int
    delimiter: str
    names: tuple[str, ...]
    columns: Columns | None

    def rows(self, wishes: Wishes) -> Iterator[Row]:
        """Fields may contain line breaks; a row's line is the one on which it begins."""
        if self.columns is None:
            return
        for line, cells in _records(self.text[self.start :], self.delimiter):
            at = line + self.line - 1
            if isinstance(cells, BadRow):
                yield BadRow(at, cells.reason)
            elif len(cells) == len(self.names):
                if any(cell.strip() for cell in cells) and not self._is_header(cells):
                    yield row_of(at, _cells(cells, self.columns), self.columns, wishes)
            elif cells and cells != [""]:
                yield BadRow(
                    at,
                    "has more or fewer cells than the header",
                    value=f"{len(cells)}, not {len(self.names)}",
                )

    def _is_header(self, cells: list[str]) -> bool:
        """Exports that were put together repeat it."""
        return tuple(cell.strip() for cell in cells) == self.names


def read_csv(text: str, mapped: Mapping[str, str]) -> CsvExport:
    """With the delimiter that finds most known columns, or else the most columns.

    A header may follow a few lines with the board's or report's name; it has two known columns then.
    """
    csv.field_size_limit(MAX_FIELD)
    head = text[:_HEADER_CHARACTERS]
    start, told = _start(head)
    first = found = _read(head, start, told, mapped)
    for _ in range(_LINES_BEFORE_HEADER):
        if found.columns is not None and (found is first or len(found.columns.places) > 1):
            return replace(found, text=text)
        ended = _LINE_END.search(head, found.start)
        if ended is None:
            break
        found = _read(head, ended.end(), told, mapped)
    return replace(first, text=text)


def _read(head: str, start: int, told: str | None, mapped: Mapping[str, str]) -> CsvExport:
    delimiters = [told] if told else _delimiters(head[start:])
    tries = [_with(head, start, delimiter, mapped) for delimiter in delimiters]
    return max(tries, key=lambda each: (len(each.columns.places) if each.columns else 0, len(each.names)))


def _start(head: str) -> tuple[int, str | None]:
    """Where the header begins, and the delimiter of a `sep=` line."""
    told: str | None = None
    start = 0
    while True:
        if blank := _BLANK_LINES.match(head, start):
            start = blank.end()
        elif told is None and (sep := _SEP_LINE.match(head, start)):
            told, start = sep[1], sep.end()
        else:
            return start, told


def _lines(text: str) -> int:
    return len(_LINE_END.findall(text))


def _delimiters(text: str) -> str:
    """Of the signs in the header that are neither part of a word nor a quote, the usual ones first."""
    first = header_of(text)
    usual = "".join(sign for sign in DELIMITERS if sign in first)
    others = dict.fromkeys(re.sub(r"[\w\s\"'()\[\]#./-]", "", first))
    return usual + "".join(sign for sign in others if sign not in DELIMITERS) or DELIMITERS[0]


def header_of(text: str) -> str:
    """The first line that isn't blank; a header of several lines is told by its first."""
    return re.split(r"[\r\n]", text[:_HEADER_CHARACTERS].lstrip(), maxsplit=1)[0]


def _with(head: str, start: int, delimiter: str, mapped: Mapping[str, str]) -> CsvExport:
    reader = csv.reader(io.StringIO(head[start:], newline=""), delimiter=delimiter)
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error:
        names = ()
    line = _lines(head[:start]) + 1
    return CsvExport(head, start, line, delimiter, names, find_columns("csv", names, mapped))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | BadRow]]:
    """After the header. A row that the CSV reader refuses is one bad row; reading continues."""
    reader: Any = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    is_header = True
    while True:
        line = reader.line_num + 1
        try:
            cells: list[str] | BadRow = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            cells = BadRow(line, f"is not CSV: {broken}")
        if not is_header:
            yield line, cells
        is_header = False


def _cells(cells: list[str], columns: Columns) -> Any:
    return lambda role: [cells[place] for place in columns.places.get(role, ()) if cells[place].strip()]
