"""The JSON Schema of an event version, envelope and data, as it is committed in events/schemas."""

from collections.abc import Iterable
from typing import Any

from events.envelope import Envelope, Event


def name_of(event: type[Event]) -> str:
    """Of its files: the schema is NAME.json, the example NAME.example.json."""
    return f"{event.event_name}.v{event.event_version}"


def schemas(contracts: Iterable[type[Event]]) -> dict[str, dict[str, Any]]:
    """By `name_of`."""
    return {name_of(event): schema_of(event) for event in contracts}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """What a reader accepts; a publisher leaves absent fields out."""
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
    """Of the contract, or of the family it belongs to."""
    for kind in event.__mro__:
        if text := kind.__dict__.get("__doc__"):
            return " ".join(str(text).split())
    raise ValueError(f"{event.__name__} has no docstring")
