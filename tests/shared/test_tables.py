"""Rows, and what follows from the declaration of a table."""

import copy
from dataclasses import MISSING, FrozenInstanceError, asdict, field, replace
from typing import Any, Literal

import pytest

from infra.discovery import discover
from infra.schema import schema
from shared.tables import Index, Row, Table, columns, key_names, places

DECLARED = [
    pytest.param(table, id=f"{service.name}/{table.name}")
    for service in discover()
    for table in service.tables.values()
]


class Plant(Row):
    """Has a field of each type of rows."""

    bed: str
    number: int
    state: Literal["seed", "grown"]
    in_bloom: bool = False
    notes: list[str] = field(default_factory=list)
    picked_at: str | None = None


class Picked(Row):
    """Its row in an index."""

    bed: str
    picked_at: str
    state: str


class Path(Row):
    """In the same table."""

    bed: str
    number: int
    width: int


ROSE = Plant("north", 1, "seed")
PLANTS = Table(
    "plants",
    Plant,
    "bed",
    "number",
    others=(Path,),
    indexes=(Index("by_picked", Picked, "bed", "picked_at"),),
)


def test_a_row_has_its_given_values_and_else_its_defaults() -> None:
    assert Plant(bed="north", number=1, state="seed", in_bloom=False, notes=[], picked_at=None) == ROSE
    assert replace(ROSE, number=2) != ROSE
    assert Picked("north", "now", "seed") != ROSE
    assert ROSE.notes is not Plant("north", 1, "seed").notes
    assert repr(Picked("north", "now", "seed")) == "Picked(bed='north', picked_at='now', state='seed')"
    assert asdict(Path("north", 1, 2)) == {"bed": "north", "number": 1, "width": 2}
    assert copy.deepcopy(ROSE) == ROSE
    assert len({Path("north", 1, 2), Path(width=2, number=1, bed="north")}) == 1


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("north", 1), {}),
        (("north", 1, 2, 3), {}),
        (("north", 1, 2), {"width": 2}),
        (("north", 1), {"height": 2}),
        (("north", 1, 2), {"height": 2}),
    ],
)
def test_a_row_accepts_exactly_its_fields(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Path(*values, **named)


def test_a_row_is_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        ROSE.number = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del ROSE.number


def test_a_tables_columns_are_its_rows_fields() -> None:
    assert columns(PLANTS) == {
        "bed": (str, False),
        "number": (int, False),
        "state": (str, True),
        "in_bloom": (bool, True),
        "notes": (list, True),
        "picked_at": (str, True),
        "width": (int, True),
    }
    assert columns(replace(PLANTS, others=()))["state"] == (str, False)


@pytest.mark.parametrize(
    ("table", "projection"),
    [
        (PLANTS, {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]}),
        (
            Table("plants", Plant, "bed", "number", indexes=(Index("by_picked", Plant, "bed", "picked_at"),)),
            {"ProjectionType": "ALL"},
        ),
        (
            Table("picked", Picked, "bed", "state", indexes=(Index("all", Picked, "bed", "picked_at"),)),
            {"ProjectionType": "ALL"},
        ),
        (
            Table("plants", Plant, "bed", "state", indexes=(Index("by_picked", Picked, "bed", "picked_at"),)),
            {"ProjectionType": "KEYS_ONLY"},
        ),
    ],
)
def test_an_index_projects_the_fields_of_its_row(table: Table, projection: dict[str, Any]) -> None:
    (index,) = schema(table)["GlobalSecondaryIndexes"]
    assert index["Projection"] == projection


def test_a_tables_schema_is_in_dynamodbs_format() -> None:
    assert schema(PLANTS) == {
        "AttributeDefinitions": [
            {"AttributeName": "bed", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "picked_at", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "bed", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_picked",
                "KeySchema": [
                    {"AttributeName": "bed", "KeyType": "HASH"},
                    {"AttributeName": "picked_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
            }
        ],
    }


def test_each_row_type_has_its_table_or_index() -> None:
    assert places([PLANTS]) == {
        Plant: (PLANTS, None),
        Path: (PLANTS, None),
        Picked: (PLANTS, PLANTS.indexes[0]),
    }


@pytest.mark.parametrize("table", DECLARED)
def test_the_keys_and_expiry_of_a_table_are_fields_of_its_rows(table: Table) -> None:
    known = columns(table)
    for row in table.rows:
        assert set(key_names(table)) <= row.__dataclass_fields__.keys()
    for index in table.indexes:
        assert set(key_names(index)) <= index.row.__dataclass_fields__.keys() <= known.keys()
    if table.expires is not None:
        kind, _ = known[table.expires]
        assert kind is int
        assert table.row.__dataclass_fields__[table.expires].default is MISSING
