"""The AsyncAPI 3 document: which service publishes and consumes which events, in which versions."""

from collections.abc import Sequence
from typing import Any

from events.contracts import CONTRACTS
from events.envelope import Event
from infra.discovery import Service
from infra.documents.event_schemas import schema_of
from shared.spec import Events

ASYNCAPI_VERSION = "3.0.0"


def document(services: Sequence[Service]) -> dict[str, Any]:
    """A channel per event name, an operation per publisher and consumer."""
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {"title": "aTES events", "version": "1.0.0"},
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in sorted({each.event_name for each in CONTRACTS})},
        "operations": {**_sending(services), **_receiving(services)},
        "components": {"messages": {_key(each): _message(each) for each in CONTRACTS}},
    }


def published_by(service: Service) -> list[type[Event]]:
    """Every contract that some use case of a service publishes."""
    return sorted({each for spec in service.use_cases for each in spec.publishes}, key=_key)


def consumed_by(service: Service) -> list[tuple[str, type[Event]]]:
    """Every consumer of a service, with each contract that its rule routes to it."""
    return [
        (spec.name, contract)
        for spec in service.use_cases
        if isinstance(spec.trigger, Events)
        for contract in CONTRACTS
        if contract.event_name in {each.event_name for each in spec.trigger.events}
    ]


def _key(contract: type[Event]) -> str:
    return f"{contract.event_name}.v{contract.event_version}"


def _channel(name: str) -> dict[str, Any]:
    versions = [_key(each) for each in CONTRACTS if each.event_name == name]
    return {
        "address": name,
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in versions},
    }


def _message(contract: type[Event]) -> dict[str, Any]:
    schema = schema_of(contract)
    return {
        "name": contract.event_name,
        "title": f"{contract.event_name} v{contract.event_version}",
        "summary": schema["description"],
        "payload": {word: value for word, value in schema.items() if word not in ("$id", "$schema")},
    }


def _sending(services: Sequence[Service]) -> dict[str, Any]:
    return {
        f"{service.name}.publishes.{_key(contract)}": _operation("send", contract)
        for service in services
        for contract in published_by(service)
    }


def _receiving(services: Sequence[Service]) -> dict[str, Any]:
    return {
        f"{service.name}.{consumer}.{_key(contract)}": _operation("receive", contract)
        for service in services
        for consumer, contract in consumed_by(service)
    }


def _operation(action: str, contract: type[Event]) -> dict[str, Any]:
    channel = f"#/channels/{contract.event_name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_key(contract)}"}],
    }
