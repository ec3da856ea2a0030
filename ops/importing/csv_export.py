"""Reads CSV of any delimiter and line ends, with a `sep=` line or blank lines first."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    """A file's text from its header on, which is on line `line`. Without `columns` no title was found."""

    text: str
    line: int
    delimiter: str
    names: tuple[str, ...]
    columns: Columns | None

    def rows(self, wishes: Wishes) -> Iterator[Row]:
        """Fields may contain line breaks; a row's line is the one on which it begins."""
        if self.columns is None:
            return
        for line, cells in _records(self.text, self.delimiter):
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
    text, line, told = _start(text)
    csv.field_size_limit(MAX_FIELD)
    first = found = _read(text, line, told, mapped)
    for _ in range(_LINES_BEFORE_HEADER):
        if found.columns is not None and (found is first or len(found.columns.places) > 1):
            return found
        ended = _LINE_END.search(text)
        if ended is None:
            break
        text, line = text[ended.end() :], line + 1
        found = _read(text, line, told, mapped)
    return first


def _read(text: str, line: int, told: str | None, mapped: Mapping[str, str]) -> CsvExport:
    tries = [_with(text, line, delimiter, mapped) for delimiter in ([told] if told else _delimiters(text))]
    return max(tries, key=lambda each: (len(each.columns.places) if each.columns else 0, len(each.names)))


def _start(text: str) -> tuple[str, int, str | None]:
    """The text from its header on, the header's line, and the delimiter of a `sep=` line."""
    told: str | None = None
    start = 0
    while True:
        if blank := _BLANK_LINES.match(text, start):
            start = blank.end()
        elif told is None and (sep := _SEP_LINE.match(text, start)):
            told, start = sep[1], sep.end()
        else:
            return text[start:], _lines(text[:start]) + 1, told


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
    return re.split(r"[\r\n]", text.lstrip()[:_HEADER_CHARACTERS], maxsplit=1)[0]


def _with(text: str, line: int, delimiter: str, mapped: Mapping[str, str]) -> CsvExport:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error:
        names = ()
    return CsvExport(text, line, delimiter, names, find_columns("csv", names, mapped))


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
