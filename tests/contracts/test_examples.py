"""Every contract reads its example; anything else is refused with the reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from events.contracts import CONTRACTS
from events.envelope import REGISTRY, Envelope, Event, UnreadableEvent, published, read_envelope
from events.tracking import TaskCreated
from infra.documents.__main__ import ROOT, SCHEMAS
from infra.documents.event_schemas import name_of, schema_of

BY_NAME = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.event_name}.v{c.event_version}")


def example(contract: type[Event]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / SCHEMAS / f"{name_of(contract)}.example.json").read_text())
    return document


@BY_NAME
def test_an_example_survives_reading_and_writing(contract: type[Event]) -> None:
    document = example(contract)
    envelope = Envelope.model_validate(document)
    event = contract.model_validate(document["data"])
    assert envelope.model_dump(mode="json") == {
        **document,
        "occurred_at": envelope.occurred_at.isoformat().replace("+00:00", "Z"),
    }
    written = event.model_dump(mode="json", exclude_none=True)
    assert written.keys() == document["data"].keys()
    assert contract.model_validate(written) == event


@BY_NAME
def test_an_example_matches_its_schema_and_its_envelope(contract: type[Event]) -> None:
    document = example(contract)
    Draft202012Validator.check_schema(schema_of(contract))
    Draft202012Validator(schema_of(contract)).validate(document)
    named = (document["event_name"], document["event_version"], document["producer"])
    assert named == (contract.event_name, contract.event_version, contract.producer)


@BY_NAME
def test_an_example_is_read_as_the_latest_version(contract: type[Event]) -> None:
    latest = max(version for name, version in REGISTRY if name == contract.event_name)
    _, event = read_envelope(example(contract))
    assert (event.event_name, event.event_version) == (contract.event_name, latest)


def test_every_contract_has_its_example() -> None:
    there = {path.name for path in (ROOT / SCHEMAS).glob("*.example.json")}
    assert there == {f"{name_of(contract)}.example.json" for contract in CONTRACTS}


TASK_CREATED_V1 = {
    "event_id": "019ba014-7c10-7e36-8014-5a0f9e000014",
    "event_name": "Task.Created",
    "event_version": 1,
    "occurred_at": "2026-11-20T09:15:00.500Z",
    "producer": "tracking",
    "correlation_id": "req-Kb3xTgU1IAMESvQ=",
    "causation_id": None,
    "data": {"task_id": "019b9a0e-51c4-7b20-a1d7-3c8f0e6b9254", "title": "POPUG-7: Clean the cage"},
}
"""As published before version 2; must stay readable."""


def test_the_first_version_of_task_created_is_read_as_the_second() -> None:
    envelope, event = read_envelope(TASK_CREATED_V1)
    assert event == TaskCreated(
        task_id="019b9a0e-51c4-7b20-a1d7-3c8f0e6b9254", title="POPUG-7: Clean the cage", jira_id=None
    )
    assert envelope.event_id == TASK_CREATED_V1["event_id"]


def test_the_released_first_version_has_its_example() -> None:
    assert json.loads((ROOT / SCHEMAS / "Task.Created.v1.example.json").read_text()) == TASK_CREATED_V1


def broken(**changes: Any) -> dict[str, Any]:
    """The example of version 2 with changed fields of envelope or data (`data__…`); None removes one."""
    document: dict[str, Any] = json.loads((ROOT / SCHEMAS / "Task.Created.v2.example.json").read_text())
    for name, value in changes.items():
        place, field = (document["data"], name[6:]) if name.startswith("data__") else (document, name)
        place.pop(field) if value is None else place.update({field: value})
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (broken(event_version=99), "no contract for Task.Created v99"),
        (broken(event_name="Task.Painted"), "no contract for Task.Painted v2"),
        (broken(event_version="two"), "no envelope: event_version: "),
        (broken(event_id=None), "no envelope: event_id: "),
        (broken(occurred_at="2026-11-22T09:15:00"), "no envelope: occurred_at: .*time zone"),
        (broken(occurred_at="0001-01-01T00:00:00+14:00"), "no envelope: occurred_at: "),
        (broken(occurred_at="soon"), "no envelope: occurred_at: "),
        (broken(data=None), "no envelope: data: "),
        (broken(data=[]), "no envelope: data: "),
        (broken(data__title=None), "Task.Created v2: title: "),
        (broken(data__title=""), "Task.Created v2: title: "),
        (broken(data__title="x" * 201), "Task.Created v2: title: "),
        (broken(data__task_id=7), "Task.Created v2: task_id: "),
        (None, "no envelope: event: "),
        ([], "no envelope: event: "),
        ("Task.Created", "no envelope: event: "),
    ],
)
def test_an_unreadable_event_is_refused_with_the_reason(document: Any, reason: str) -> None:
    with pytest.raises(UnreadableEvent, match=reason):
        read_envelope(document)


def test_a_reason_does_not_show_the_value() -> None:
    with pytest.raises(UnreadableEvent) as refusal:
        read_envelope(broken(data__task_id={"secret": "value"}))
    assert "secret" not in str(refusal.value)


def test_money_is_never_a_float() -> None:
    document = json.loads((ROOT / SCHEMAS / "Ledger.EntryPosted.v1.example.json").read_text())
    for name in ("amount", "balance_after"):
        for wrong in (1.5, 15.0, "1500", True):
            with pytest.raises(UnreadableEvent, match=name):
                read_envelope({**document, "data": {**document["data"], name: wrong}})


def test_an_unknown_field_is_ignored() -> None:
    _, event = read_envelope(broken(data__colour="green", weight=3))
    assert "colour" not in event.model_dump()


def test_a_name_and_version_are_registered_once() -> None:
    with pytest.raises(ValueError, match="registered already"):
        published(TaskCreated)


def test_examples_cover_every_field() -> None:
    """An example leaves out only fields that its case can't have."""
    absent = {
        "Consumer.Failed.v1": set(),
        "Ledger.EntryPosted.v1": {"corrects_entry_id", "corrected_by", "reason"},
    }
    for contract in CONTRACTS:
        missing = contract.model_fields.keys() - example(contract)["data"].keys()
        assert missing == absent.get(f"{contract.event_name}.v{contract.event_version}", set())


def test_the_examples_are_beside_their_schemas() -> None:
    assert (Path(ROOT) / SCHEMAS).is_dir()
