"""The JSON Schemas of event versions, envelope included, for events/schemas."""

from collections.abc import Iterable
from typing import Any

from events.envelope import Envelope, Event


def name_of(event: type[Event]) -> str:
    """NAME in its files' names: NAME.json is the schema, NAME.example.json the example."""
    return f"{event.event_name}.v{event.event_version}"


def schemas(contracts: Iterable[type[Event]]) -> dict[str, dict[str, Any]]:
    """By `name_of`."""
    return {name_of(event): schema_of(event) for event in contracts}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The schema for readers; a publisher omits absent fields."""
    schema = Envelope.model_json_schema()
    data = event.model_json_schema(ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    schema["properties"] |= {
        "event_name": {"const": event.event_name},
        "event_version": {"const": event.event_version},
        "producer": {"const": event.producer},
        "data": data,
    }
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ates:event:{event.event_name}:v{event.event_version}",
        "title": f"{event.event_name} v{event.event_version}",
        "description": _own_docstring(event),
    }
    return (
        head
        | {"type": "object", "properties": schema["properties"], "required": schema["required"]}
        | ({"$defs": definitions} if definitions else {})
    )


def _own_docstring(event: type[Event]) -> str:
    """The contract's docstring, or that of its base class."""
    for kind in event.__mro__:
        if text := kind.__dict__.get("__doc__"):
            return " ".join(str(text).split())
    raise ValueError(f"{event.__name__} has no docstring")
