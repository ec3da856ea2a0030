"""pynamodb models of the tables, created when a store first uses them."""

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from shared.tables import Index, Table, columns, key_names

_TYPES: Mapping[type[Any], type[Attribute[Any]]] = {
    bool: BooleanAttribute,
    int: NumberAttribute,
    list: ListAttribute,
    str: UnicodeAttribute,
}


def physical_name(table: Table, prefix: str) -> str:
    return prefix + table.name.replace("_", "-")


def model_of(table: Table, prefix: str, connection: Connection) -> type[Model]:
    """Models of one connection share its botocore client, which takes long to create."""
    meta = type("Meta", (), {"table_name": physical_name(table, prefix)})
    own = columns(table)
    types = {name: TTLAttribute if name == table.expires else _TYPES[kind] for name, (kind, _) in own.items()}
    attributes = {name: _attribute(types[name], table, name, null) for name, (_, null) in own.items()}
    indexes = {index.name: _index(index, types) for index in table.indexes}
    model: type[Model] = type(table.name, (Model,), {"Meta": meta, **attributes, **indexes})
    of_table = model._get_connection()
    connection.add_meta_table(of_table.get_meta_table())
    of_table.connection = connection
    return model


def _attribute(kind: type[Attribute[Any]], place: Table | Index, name: str, null: bool) -> Attribute[Any]:
    return kind(hash_key=name == place.partition_key, range_key=name == place.sort_key, null=null)


def _index(index: Index, types: Mapping[str, type[Attribute[Any]]]) -> GlobalSecondaryIndex[Any]:
    """Only its keys matter: its projection is defined where the table is created."""
    meta = type("Meta", (), {"index_name": index.name, "projection": AllProjection()})
    keys = {name: _attribute(types[name], index, name, null=False) for name in key_names(index)}
    made: GlobalSecondaryIndex[Any] = type(index.name, (GlobalSecondaryIndex,), {"Meta": meta, **keys})()
    return made
