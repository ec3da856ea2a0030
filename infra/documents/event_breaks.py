"""Finds changes that break readers of a published event version.

New code reads old events (from queues, the archive, journals), and old code reads new events (each service
is deployed by itself). So a published field may not change, and only optional fields may be added; any
other change needs a new version.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_NOTES = frozenset({"$id", "$schema", "title", "description", "examples", "deprecated"})
"""Keywords that don't affect validation."""


def breaks(released: Schema, current: Schema, path: str = "") -> list[str]:
    """How the current schema breaks readers of the released one; empty if it is compatible."""
    return list(_breaks(_inlined(released), _inlined(current), path))


def _breaks(released: Schema, current: Schema, path: str) -> Iterator[str]:
    fields = {"properties", "required"} if "properties" in released and "properties" in current else set()
    if fields:
        yield from _field_breaks(released, current, path)
    for word in sorted((released.keys() | current.keys()) - fields - _NOTES):
        if _plain(released.get(word)) != _plain(current.get(word)):
            yield f"{path or 'event'}: {word} was {_shown(released, word)} and is {_shown(current, word)}"


def _field_breaks(released: Schema, current: Schema, path: str) -> Iterator[str]:
    before, after = released["properties"], current["properties"]
    needed, needs = set(released.get("required", ())), set(current.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield f"{path}{name}: removed"
    for name in sorted(needs - needed):
        yield f"{path}{name}: required, and was not"
    for name in sorted((needed - needs) & after.keys()):
        yield f"{path}{name}: no longer required"
    for name in sorted(before.keys() & after.keys()):
        yield from _breaks(before[name], after[name], f"{path}{name}.")


def _shown(schema: Schema, word: str) -> str:
    return repr(schema[word]) if word in schema else "absent"


def _plain(value: Any, word: str = "") -> Any:
    """Without notes, and with lists sorted. Under `properties`, names of notes are names of fields."""
    if isinstance(value, dict):
        notes = () if word == "properties" else _NOTES
        return {name: _plain(each, name) for name, each in value.items() if name not in notes}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=repr)
    return value


def _inlined(schema: Schema) -> Schema:
    """The schema with its definitions in place of the references, so that their names don't matter."""
    definitions = schema.get("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return inline(definitions[value["$ref"].rpartition("/")[2]])
        return {word: inline(each) for word, each in value.items() if word != "$defs"}

    inlined: Schema = inline(schema)
    return inlined
