"""Reads JSON: one object per line, one array of objects, or a document of which a preset knows the list."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ops.console.errors import BadInput
from ops.importing.backlog import BadRow, Row, Wishes, row_of
from ops.importing.presets import Columns, Preset, all_presets, find_columns, fold

ONE_DOCUMENT = "one JSON document"
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the list, or what is wrong with it, and the line (of a document: the number) of it."""

    line: int
    value: Any
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class JsonExport:
    """Without `columns` no title was found; `names` are the fields found."""

    form: str
    items: tuple[Item, ...]
    names: tuple[str, ...]
    columns: Columns | None

    def rows(self, wishes: Wishes) -> Iterator[Row]:
        if self.columns is None:
            return
        for item in self.items:
            yield _row(item, self.columns, wishes)


def read_json(text: str, mapped: Mapping[str, str], path: str) -> JsonExport:
    """Raises BadInput if it is not JSON at all."""
    if text.lstrip().startswith("["):
        return _export("JSON array", tuple(_array(text, path)), mapped)
    lines = tuple(_lines(text))
    if any(item.broken is None for item in lines) and not _is_document(lines):
        return _export("JSON lines", lines, mapped)
    return _document(_whole(text, path), mapped)


def _export(
    form: str, items: tuple[Item, ...], mapped: Mapping[str, str], path: str | None = None
) -> JsonExport:
    """With the fields of the objects, or, if no title is among them, also those of the objects in them."""
    names = _names(items)
    columns = find_columns("json", names, mapped, path)
    if columns is None or not set(map(fold, mapped.values())) <= set(map(fold, names)):
        flat = tuple(replace(item, value=_flat(item.value)) for item in items)
        if found := find_columns("json", _names(flat), mapped, path):
            return JsonExport(form, flat, _names(flat), found)
    return JsonExport(form, items, names, columns)


def _names(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for item in items if isinstance(item.value, dict) for name in item.value))


def _flat(value: Any) -> Any:
    """An object with the fields of its objects, such as `fields.summary`."""
    if not isinstance(value, dict):
        return value
    inner = {
        f"{name}.{field}": found
        for name, each in value.items()
        if isinstance(each, dict)
        for field, found in each.items()
    }
    return {**value, **inner}


def _lines(text: str) -> Iterator[Item]:
    for line, content in enumerate(_LINE_ENDS.split(text), start=1):
        if content.strip():
            yield _parsed(line, content)


def _parsed(line: int, content: str) -> Item:
    try:
        return Item(line, json.loads(content))
    except (ValueError, RecursionError) as broken:
        return Item(line, None, f"is not JSON: {broken}")


def _array(text: str, path: str) -> Iterator[Item]:
    """Each element with the line on which it begins."""
    place, line = text.index("[") + 1, 1
    done = 0
    while True:
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        if text.startswith("]", place):
            return
        line += len(_LINE_ENDS.findall(text, done, place))
        done = place
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError) as broken:
            raise BadInput(f"{path}: line {line}: not JSON: {broken}") from None
        yield Item(line, value)
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        if text.startswith(",", place):
            place += 1
        elif not text.startswith("]", place):
            raise BadInput(f"{path}: line {line}: not JSON: the array ends or is broken after this element")


def _whole(text: str, path: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise BadInput(f"{path}: neither one JSON object per line nor one JSON document: {broken}") from None
    return dict(found)


def _is_document(lines: tuple[Item, ...]) -> bool:
    """Whether the only line is a document that holds a list, not a task."""
    (first, *more) = lines
    if more or not isinstance(first.value, dict):
        return False
    holds = any(isinstance(value, (dict, list)) for value in first.value.values())
    return holds and find_columns("json", tuple(first.value), {}) is None


def _document(found: dict[str, Any], mapped: Mapping[str, str]) -> JsonExport:
    """The list of which a preset knows the place and the title."""
    for preset in all_presets():
        listed = _at(found, preset.items) if preset.items else None
        if isinstance(listed, list):
            named = _named(listed, found, preset) if preset.status_names else listed
            items = tuple(Item(number, value) for number, value in enumerate(named, start=1))
            export = _export(f"JSON document, {preset.items}", items, mapped, preset.items)
            if export.columns is not None:
                return export
    return JsonExport(ONE_DOCUMENT, (), tuple(found), None)


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _named(listed: list[Any], found: dict[str, Any], preset: Preset) -> list[Any]:
    """The items with the names of their statuses instead of ids."""
    names = {
        each.get("id"): each.get("name")
        for each in found.get(preset.status_names or "") or []
        if isinstance(each, dict)
    }
    (field,) = preset.columns["status"] or ("",)

    def with_name(item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        return {
            name: names.get(value, value) if name.lower() == field and isinstance(value, str) else value
            for name, value in item.items()
        }

    return [with_name(item) for item in listed]


def _row(item: Item, columns: Columns, wishes: Wishes) -> Row:
    if item.broken is not None:
        return BadRow(item.line, item.broken)
    if not isinstance(item.value, dict):
        return BadRow(item.line, "is not a JSON object")
    fields: dict[str, Any] = item.value
    strange = [name for name in columns.strange if fields.get(name) is not None]
    if strange:
        known = ", ".join(dict.fromkeys(name for name in columns.names if name not in columns.strange))
        return BadRow(
            item.line,
            f"holds a field that is not known here ({columns.preset}); known in this file: {known}",
            value=", ".join(strange),
        )
    return row_of(
        item.line,
        lambda role: [fields.get(columns.names[place]) for place in columns.places.get(role, ())],
        columns,
        wishes,
    )
