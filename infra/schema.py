"""A table's keys and indexes in the form of DynamoDB's `CreateTable`."""

from typing import Any

from shared.tables import Index, Table, columns, key_names


def schema(table: Table, *, retired: bool = False) -> dict[str, Any]:
    """With its retired indexes, if these are wanted too."""
    wanted = (*table.indexes, *(table.retired if retired else ()))
    indexes = [_index(table, index) for index in wanted]
    places: tuple[Table | Index, ...] = (table, *wanted)
    keys = {name for place in places for name in key_names(place)}
    return {
        "AttributeDefinitions": [_definition(table, name) for name in sorted(keys)],
        "KeySchema": _key_schema(table),
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def _definition(table: Table, name: str) -> dict[str, str]:
    kind, _ = columns(table)[name]
    return {"AttributeName": name, "AttributeType": {int: "N", str: "S"}[kind]}


def _key_schema(place: Table | Index) -> list[dict[str, str]]:
    types = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(key_names(place), types, strict=False)
    ]


def _index(table: Table, index: Index) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index),
        "Projection": _projection(table, index),
    }


def _projection(table: Table, index: Index) -> dict[str, Any]:
    """The fields of the index's row class; keys are always projected."""
    read = index.row.__dataclass_fields__.keys()
    if read == columns(table).keys():
        return {"ProjectionType": "ALL"}
    others = [name for name in read if name not in {*key_names(table), *key_names(index)}]
    return (
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": others}
        if others
        else {"ProjectionType": "KEYS_ONLY"}
    )
