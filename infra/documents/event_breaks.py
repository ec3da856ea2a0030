"""What may change in a published version: nothing over which an older reader, or an older event, stumbles.

Old events are read by new code (queues, the archive, journals), and new events by old code (each
service is deployed by itself). So a field that is published stays as it is, and only optional ones
may come; everything else is a new version.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_NOTES = frozenset({"$id", "$schema", "title", "description", "examples", "deprecated"})
"""What a schema says to people."""


def breaks(released: Schema, current: Schema, path: str = "") -> list[str]:
    """Why the current schema is no compatible successor of the released one; nothing if it is."""
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
    """Without notes, and with the members of a choice in one order. A field may be called as a note is."""
    if isinstance(value, dict):
        notes = () if word == "properties" else _NOTES
        return {name: _plain(each, name) for name, each in value.items() if name not in notes}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=repr)
    return value


def _inlined(schema: Schema) -> Schema:
    """The schema with its definitions in the places that refer to them, so that their names don't matter."""
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
