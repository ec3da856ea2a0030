"""A published version is never broken; a breaking change needs a new version."""

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, create_model

from events.contracts import CONTRACTS
from events.envelope import Contract, Event, Identifier, Title
from events.tracking import TaskAssigned
from infra.documents.__main__ import ROOT, released_documents
from infra.documents.event_breaks import breaks
from infra.documents.event_schemas import schema_of, schemas
from infra.documents.released import broken, texts


def test_the_released_contracts_are_there() -> None:
    _, events = released_documents()
    names = {path.stem for path in (ROOT / events.folder).glob("*.json")}
    assert {"Task.Created.v1", "Task.Created.v2", "Ledger.EntryPosted.v1"} <= names


class Place(Contract):
    room: Identifier
    title: Title | None = None


class Painted(Event):
    """The models below are compared with this one."""

    event_name: ClassVar[str] = "Task.Painted"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = "tracking"

    task_id: Identifier
    title: Title
    colour: Literal["red", "green"]
    layers: Annotated[int, Field(ge=1)]
    note: Title | None = None
    place: Place | None = None
    helpers: list[Place] = Field(default_factory=list)


def changed(**fields: Any) -> type[Event]:
    """Painted with changed fields; `...` as a tuple's second element makes a field required."""
    model = create_model("Painted", __base__=Painted, __doc__="Told in other words.", **fields)
    model.event_name, model.event_version, model.producer = "Task.Painted", 1, "tracking"
    return model


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def remove(schema: dict[str, Any]) -> None:
        data = schema["properties"]["data"]
        del data["properties"][name]
        data["required"] = [each for each in data["required"] if each != name]

    return remove


class Roomless(Contract):
    title: Title | None = None


class Untitled(Contract):
    room: Identifier


class Furnished(Place):
    chairs: int


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (changed(title=(int, ...)), "data.title.: type was 'string' and is 'integer'"),
        (
            changed(title=(Annotated[str, Field(min_length=1, max_length=100)], ...)),
            "maxLength was 200 and is 100",
        ),
        (
            changed(title=(Annotated[str, Field(min_length=1, max_length=300)], ...)),
            "maxLength was 200 and is 300",
        ),
        (changed(title=(str, ...)), "data.title.: maxLength was 200 and is absent"),
        (changed(layers=(Annotated[int, Field(ge=2)], ...)), "minimum was 1 and is 2"),
        (changed(layers=(float, ...)), "data.layers.: type was 'integer' and is 'number'"),
        (changed(colour=(Literal["red"], ...)), "data.colour.: "),
        (changed(colour=(Literal["red", "green", "blue"], ...)), "data.colour.: enum was"),
        (changed(note=(Title, ...)), "data.note: required, and was not"),
        (changed(title=(Title | None, None)), "data.title: no longer required"),
        (changed(weight=(int, ...)), "data.weight: required, and was not"),
        (changed(note=(Title | None, "none")), "data.note.: default was None and is 'none'"),
        (changed(place=(Roomless | None, None)), "data.place.: anyOf was"),
        (changed(place=(Furnished | None, None)), "data.place.: anyOf was"),
        (changed(helpers=(list[Untitled], Field(default_factory=list))), "data.helpers.: items was"),
    ],
)
def test_a_broken_model_is_refused(model: type[Event], reason: str) -> None:
    found = breaks(schema_of(Painted), schema_of(model))
    assert any(reason in each for each in found), found


@pytest.mark.parametrize("name", ["task_id", "note"])
def test_a_removed_field_is_refused(name: str) -> None:
    schema = copy.deepcopy(schema_of(Painted))
    without(name)(schema)
    assert f"data.{name}: removed" in breaks(schema_of(Painted), schema)


def test_another_producer_or_name_is_refused() -> None:
    model = changed()
    model.producer = "accounting"
    assert breaks(schema_of(Painted), schema_of(model)) == [
        "producer.: const was 'tracking' and is 'accounting'"
    ]


@pytest.mark.parametrize(
    "model",
    [
        changed(),
        changed(weight=(int | None, None)),
        changed(title=(Annotated[Title, Field(description="as people see it", title="Name")], ...)),
        changed(colour=(Literal["green", "red"], ...)),
    ],
    ids=["other words", "a new optional field", "notes on a field", "another order"],
)
def test_a_change_that_no_consumer_notices_is_allowed(model: type[Event]) -> None:
    assert breaks(schema_of(Painted), schema_of(model)) == []


def test_the_name_of_a_definition_does_not_matter() -> None:
    text = json.dumps(schema_of(Painted))
    assert "#/$defs/Place" in text
    assert breaks(schema_of(Painted), json.loads(text.replace("Place", "Spot"))) == []


# Against the files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in texts(schemas(CONTRACTS), tmp_path).items():
        path.write_text(text)
    return tmp_path


def broken_by(contracts: Sequence[type[Event]], folder: Path) -> list[str]:
    return list(broken(schemas(contracts), folder, breaks))


def test_a_new_release_is_not_broken(folder: Path) -> None:
    assert len(list(folder.glob("*.json"))) == len(CONTRACTS)
    assert broken_by(CONTRACTS, folder) == []


def test_a_model_that_breaks_its_release_is_found(folder: Path) -> None:
    other = create_model("TaskAssigned", __base__=TaskAssigned, assignee_id=(int, ...))
    others = [contract for contract in CONTRACTS if contract is not TaskAssigned]
    reason = "Task.Assigned.v1: data.assignee_id.: type was 'string' and is 'integer'"
    assert reason in broken_by([*others, other], folder)


def test_a_released_version_cannot_be_removed(folder: Path) -> None:
    kept = [contract for contract in CONTRACTS if contract.__name__ != "TaskCreatedV1"]
    assert broken_by(kept, folder) == ["Task.Created.v1: was released and is gone"]


def test_a_new_version_may_change_anything(folder: Path) -> None:
    class TaskAssignedV2(Event):
        """A completely different shape."""

        event_name: ClassVar[str] = "Task.Assigned"
        event_version: ClassVar[int] = 2
        producer: ClassVar[str] = "tracking"
        who: int

    assert broken_by([*CONTRACTS, TaskAssignedV2], folder) == []
