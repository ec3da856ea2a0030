"""The generated files are up to date, and have no field for an e-mail address."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events import generate
from events.contracts import CONTRACTS
from events.envelope import Event
from events.generate import PAGE, ROOT, SCHEMAS, generated, outdated, write
from events.schema import schema_of

_ADDRESS = re.compile(r"e[-_]?mail|mail|address|recipient", re.IGNORECASE)


def test_every_generated_file_is_up_to_date() -> None:
    assert outdated() == [], "run: python -m events.generate"


def test_an_outdated_missing_or_left_over_file_is_found(tmp_path: Path) -> None:
    write({**generated(), PAGE: "old"}, tmp_path)
    gone, left_over = SCHEMAS / "Task.Created.v1.json", SCHEMAS / "Task.Painted.v1.json"
    (tmp_path / gone).unlink()
    (tmp_path / left_over).write_text("{}")
    (tmp_path / SCHEMAS / "Task.Painted.v1.example.json").write_text("{}")
    (tmp_path / "functions").symlink_to(ROOT / "functions")
    assert outdated(tmp_path) == sorted(map(str, [PAGE, gone, left_over]))


def test_check_writes_nothing_and_fails_on_drift(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("--check must not write")

    monkeypatch.setattr(generate, "write", refuse)
    monkeypatch.setattr(generate, "outdated", lambda: ["docs/events.md"])
    assert generate.main(["--check"]) == 1
    assert "docs/events.md is not current" in capsys.readouterr().err
    monkeypatch.setattr(generate, "outdated", list)
    assert generate.main(["--check"]) == 0


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
    assert '"format": "email"' not in generate.as_text(schema)


def test_the_check_for_addresses_finds_one() -> None:
    nested: dict[str, Any] = {"properties": {"data": {"anyOf": [{"properties": {"to_e_mail": {}}}]}}}
    assert [name for name in field_names(nested) if _ADDRESS.search(name)] == ["to_e_mail"]


def test_the_page_names_publishers_and_consumers() -> None:
    page = (ROOT / PAGE).read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| `Account.DayClosed` ")]
    published_by, consumed_by = row.split("|")[2:4]
    assert "accounting." in published_by
    assert "`analytics.on_ledger_event`" in consumed_by
    for contract in CONTRACTS:
        assert f"## {contract.event_name} v{contract.event_version}\n" in page
