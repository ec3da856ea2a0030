"""Checks whether a JSON Schema accepts everything that another one allows, for the keywords that we use.

A keyword that is unknown here may not change at all, so that new ones can't weaken the check unnoticed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

NOTES = frozenset({"title", "description", "examples", "deprecated", "default"})
"""Keywords that don't affect validation."""

LOWER_BOUNDS = frozenset({"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"})
UPPER_BOUNDS = frozenset({"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"})
LIMITS = (
    LOWER_BOUNDS | UPPER_BOUNDS | {"pattern", "format", "uniqueItems", "multipleOf", "additionalProperties"}
)
"""Without such a keyword, everything is accepted."""

COMPARED = NOTES | {"type", "enum", "const", "anyOf", "properties", "required", "items"}


@dataclass(frozen=True)
class Comparison:
    """Compares what one document accepts with what the other sends, each with its own definitions.

    Requests are sent by the released document and accepted by the current one; answers are sent by the
    current one, and accepted by callers who know the released one.
    """

    takers: Mapping[str, Schema]
    givers: Mapping[str, Schema]
    of_an_answer: bool

    def refused(self, taker: Schema, given: Schema, path: str) -> Iterator[str]:
        """What `given` allows and `taker` may refuse, and what `taker`'s reader would miss."""
        if not self.of_an_answer and "default" in given and given["default"] != taker.get("default"):
            yield f"{path}: default was {given['default']!r} and is {taker.get('default', 'absent')!r}"
        for choice in _choices(given, self.givers):
            reasons = [list(self._by_one(each, choice, path)) for each in _choices(taker, self.takers)]
            yield from min(reasons, key=len)

    def _by_one(self, taker: Schema, given: Schema, path: str) -> Iterator[str]:
        yield from _types(taker, given, path)
        yield from _values(taker, given, path)
        yield from self._fields(taker, given, path)
        if "items" in taker:
            yield from self.refused(taker["items"], given.get("items", {}), f"{path}[]")
        for word in sorted((taker.keys() | given.keys()) - COMPARED):
            if not _takes(word, taker.get(word), given.get(word)):
                yield f"{path}: {word} {_shown(taker, word)} doesn't take {_shown(given, word)}"

    def _fields(self, taker: Schema, given: Schema, path: str) -> Iterator[str]:
        takes, gives = taker.get("properties", {}), given.get("properties", {})
        for name in sorted(set(taker.get("required", ())) - set(given.get("required", ()))):
            yield f"{path}.{name}: may be absent and is required"
        if self.of_an_answer:
            yield from (f"{path}.{name}: removed" for name in sorted(takes.keys() - gives.keys()))
        if taker.get("additionalProperties") is False:
            yield from (f"{path}.{name}: is no field" for name in sorted(gives.keys() - takes.keys()))
        for name in sorted(takes.keys() & gives.keys()):
            yield from self.refused(takes[name], gives[name], f"{path}.{name}")


def _choices(schema: Schema, definitions: Mapping[str, Schema]) -> list[Schema]:
    """The alternatives of `anyOf`, each with the keywords beside it; references are replaced."""
    while "$ref" in schema:
        beside = {word: value for word, value in schema.items() if word != "$ref"}
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **beside}
    if "anyOf" not in schema:
        return [schema]
    common = {word: value for word, value in schema.items() if word not in NOTES | {"anyOf"}}
    return [{**common, **choice} for each in schema["anyOf"] for choice in _choices(each, definitions)]


def _types(taker: Schema, given: Schema, path: str) -> Iterator[str]:
    if "type" not in taker:
        return
    for kind in _listed(given.get("type", "anything")):
        takes = _listed(taker["type"])
        if kind not in takes and not (kind == "integer" and "number" in takes):
            yield f"{path}: {' or '.join(takes)} doesn't take {kind}"


def _values(taker: Schema, given: Schema, path: str) -> Iterator[str]:
    takes, gives = _named(taker), _named(given)
    if takes is None:
        return
    if gives is None:
        yield f"{path}: takes only {takes}"
    for value in gives or ():
        if value not in takes:
            yield f"{path}: {value!r} is not among {takes}"


def _takes(word: str, taker: Any, given: Any) -> bool:
    """For an independent keyword; absent is None."""
    if taker == given:
        return True
    if taker is None:
        return word in LIMITS
    if given is None:
        return False
    if word in LOWER_BOUNDS:
        return bool(given >= taker)
    return bool(word in UPPER_BOUNDS and given <= taker)


def _named(schema: Schema) -> list[Any] | None:
    """The allowed values, if they are listed."""
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds


def _shown(schema: Schema, word: str) -> str:
    return repr(schema[word]) if word in schema else "absent"
