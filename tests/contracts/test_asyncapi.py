"""The AsyncAPI document is valid by the specification's own schema, and its references resolve."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from events.contracts import CONTRACTS
from infra.discovery import discover
from infra.documents import asyncapi
from infra.documents.event_schemas import schema_of
from infra.package import ROOT

DOCUMENT = asyncapi.document(discover())
SPECIFICATION = ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0.json"


@pytest.fixture(scope="module")
def specification() -> Draft7Validator:
    return Draft7Validator(json.loads(SPECIFICATION.read_text()))


def test_the_document_is_valid_asyncapi(specification: Draft7Validator) -> None:
    assert [error.message for error in specification.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize("part", ["info", "channels"])
def test_an_invalid_asyncapi_document_is_found(specification: Draft7Validator, part: str) -> None:
    broken = {**copy.deepcopy(DOCUMENT), part: "nothing"}
    assert not specification.is_valid(broken)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def referred(reference: str) -> Any:
    value: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def test_every_reference_resolves() -> None:
    found = list(references(DOCUMENT))
    assert found
    for reference in found:
        assert reference.startswith("#/")
        assert referred(reference)


def test_an_operation_has_a_message_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = referred(operation["channel"]["$ref"])
        (message,) = operation["messages"]
        assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")
        assert referred(referred(message["$ref"])["$ref"])["name"] == channel["address"]


def test_a_payload_is_the_committed_schema() -> None:
    for contract in CONTRACTS:
        key = f"{contract.event_name}.v{contract.event_version}"
        payload = DOCUMENT["components"]["messages"][key]["payload"]
        assert payload.items() <= schema_of(contract).items()
        assert {"type", "properties", "required"} <= payload.keys()
