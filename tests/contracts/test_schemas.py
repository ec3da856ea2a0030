"""The schemas of events hold no e-mail address; the page of events names who publishes and consumes them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from events.contracts import CONTRACTS
from events.envelope import Event
from infra.documents.__main__ import EVENTS_PAGE, ROOT
from infra.documents.event_schemas import schema_of
from infra.documents.released import as_text

_ADDRESS = re.compile(r"e[-_]?mail|mail|address|recipient", re.IGNORECASE)


def field_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for each in schema.values():
            yield from field_names(each)
    if isinstance(schema, list):
        for each in schema:
            yield from field_names(each)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.event_name}.v{c.event_version}")
def test_no_event_has_a_field_for_an_e_mail_address(contract: type[Event]) -> None:
    schema = schema_of(contract)
    names = set(field_names(schema))
    assert {"event_id", "data"} <= names
    assert not [name for name in names if _ADDRESS.search(name)]
    assert '"format": "email"' not in as_text(schema)


def test_the_check_for_addresses_finds_one() -> None:
    nested: dict[str, Any] = {"properties": {"data": {"anyOf": [{"properties": {"to_e_mail": {}}}]}}}
    assert [name for name in field_names(nested) if _ADDRESS.search(name)] == ["to_e_mail"]


def test_the_page_names_publishers_and_consumers() -> None:
    page = (ROOT / EVENTS_PAGE).read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| `Account.DayClosed` ")]
    published_by, consumed_by = row.split("|")[2:4]
    assert "accounting." in published_by
    assert "`analytics.on_ledger_event`" in consumed_by
    for contract in CONTRACTS:
        assert f"## {contract.event_name} v{contract.event_version}\n" in page
