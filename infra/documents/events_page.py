"""docs/events.md: every event, who publishes it and who consumes it."""

from collections.abc import Iterable, Sequence
from typing import Any

from events.envelope import Event
from infra.documents.event_schemas import name_of, schema_of
from shared.spec import UseCase

_HEAD = """\
# Events

Generated from `events/` and the specs by `python -m infra.documents`; `make test` fails when this page is \
out of date.

An event is sent in an envelope: `event_id` (UUIDv7, the same however often it is published), \
`event_name`, `event_version`, `occurred_at` (UTC), `producer`, `correlation_id` (of the first request or \
schedule), `causation_id` (the event that caused this one, if any), and `data`. On EventBridge the source \
is `ates.<producer>` and the detail type is the event's name; rules ignore the version. Order is not \
promised, and an event may come twice.

A consumer reads every version ever published, converts it to the latest, and ignores unknown fields. What \
it can't read goes to its dead-letter queue with the reason. A published version may only get new optional \
fields; any other change is a new version beside the old one. `events/released/` holds the contracts as \
last released, and a test compares them. At a release, `python -m infra.documents --release` copies the \
present ones there. No event holds an e-mail address.

| event | published by | consumed by |
|---|---|---|
"""


def page(contracts: Sequence[type[Event]], specs: Sequence[UseCase]) -> str:
    """`specs` are those of all use cases."""
    names = sorted({contract.event_name for contract in contracts})
    rows = "".join(_row(name, specs) for name in names)
    return _HEAD + rows + "".join(_section(contract) for contract in contracts)


def _row(name: str, specs: Sequence[UseCase]) -> str:
    publishers = [spec for spec in specs if name in _names(spec.publishes)]
    consumers = [spec for spec in specs if name in _names(getattr(spec.trigger, "events", ()))]
    publisher = _listed(publishers) or ("every consumer" if name == "Consumer.Failed" else "–")
    return f"| `{name}` | {publisher} | {_listed(consumers) or '–'} |\n"


def _names(events: Iterable[type[Event]]) -> set[str]:
    return {event.event_name for event in events}


def _listed(specs: Sequence[UseCase]) -> str:
    return ", ".join(sorted(f"`{spec.service}.{spec.name}`" for spec in specs))


def _section(contract: type[Event]) -> str:
    schema = schema_of(contract)
    data = schema["properties"]["data"]
    fields = "".join(_field(name, data) for name in data["properties"])
    file = f"../events/schemas/{name_of(contract)}"
    links = f"[schema]({file}.json), [example]({file}.example.json)"
    return (
        f"\n## {contract.event_name} v{contract.event_version}\n\n{schema['description']} ({links})\n\n"
        f"| field | type | |\n|---|---|---|\n{fields}"
    )


def _field(name: str, data: dict[str, Any]) -> str:
    presence = "" if name in data.get("required", ()) else "optional"
    return f"| `{name}` | {_type(data['properties'][name])} | {presence} |\n"


def _type(schema: dict[str, Any]) -> str:
    """A field's type; the schema has its limits."""
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return " / ".join(f"`{value}`" for value in schema["enum"])
    return str(schema.get("format") or schema.get("type"))
