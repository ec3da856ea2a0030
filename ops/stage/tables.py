"""Reads whole tables of a service, as typed rows or plain items."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any, TypeVar

from ops.console.errors import CommandFailed
from ops.stage.aws import Aws
from shared.guards import SENTINEL
from shared.tables import Table
from shared.tables import key_names as key_names_of

R = TypeVar("R")
ItemT = TypeVar("ItemT", bound=Mapping[str, Any])


class UnreadableRow(CommandFailed):
    """A row that its service cannot have written."""


def of(service: str) -> tuple[Table, ...]:
    """The tables in the service's `rows.py`."""
    found: tuple[Table, ...] = import_module(f"functions.{service}.rows").TABLES
    return found


def names(service: str) -> list[str]:
    """The logical names of its tables."""
    return sorted(table.name for table in of(service))


def key_names(service: str) -> dict[str, tuple[str, ...]]:
    """By table, the names of its keys."""
    return {table.name: key_names_of(table) for table in of(service)}


def missing(aws: Aws, service: str) -> list[str]:
    """The logical names of its tables that don't exist."""
    prefix = aws.target.name(service, "")
    there = {
        name
        for page in aws.dynamodb.get_paginator("list_tables").paginate()
        for name in page["TableNames"]
        if name.startswith(prefix)
    }
    return [name for name in names(service) if aws.target.name(service, name) not in there]


def rows(aws: Aws, service: str, kind: type[R]) -> Iterator[R]:
    """All rows of a kind, unordered; each page is strongly consistent. Raises UnreadableRow."""
    for item in items_of(aws, service, kind):
        yield row_of(kind, item)


def items_of(aws: Aws, service: str, kind: type[Any]) -> Iterator[dict[str, Any]]:
    """All items of the table that holds rows of this kind."""
    table = next(table for table in of(service) if kind in table.rows)
    return items(aws, service, table.name)


def items(aws: Aws, service: str, table: str) -> Iterator[dict[str, Any]]:
    """All items of a table as plain values, without its sentinel."""
    return unguarded(service, table, scanned(aws, aws.target.name(service, table)))


def unguarded(service: str, table: str, found: Iterable[ItemT]) -> Iterator[ItemT]:
    """A table's items without its sentinel, if it is guarded."""
    keys = {each.partition_key for each in guarded(service) if each.name == table}
    return (item for item in found if all(item.get(key) != SENTINEL for key in keys))


def guarded(service: str) -> list[Table]:
    """Its tables that have a sentinel."""
    return [table for table in of(service) if table.guarded]


def scanned(aws: Aws, name: str) -> Iterator[dict[str, Any]]:
    """All items of a table, by its physical name."""
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    for page in pages:
        for item in page["Items"]:
            yield {name: plain(value) for name, value in item.items()}


def row_of(kind: type[R], item: Mapping[str, Any]) -> R:
    known = fields(kind)  # type: ignore[arg-type]
    lacking = [field.name for field in known if item.get(field.name) is None and field.default is MISSING]
    if lacking:
        raise UnreadableRow(f"a row of {kind.__name__} has no {', '.join(lacking)}: {_shown(item)}")
    values = {field.name: item[field.name] for field in known if item.get(field.name) is not None}
    return kind(**values)


def _shown(item: Mapping[str, Any]) -> str:
    return json.dumps(dict(item), default=str, ensure_ascii=False)[:200]


def plain(typed: Mapping[str, Any]) -> Any:
    """DynamoDB's typed value as Python's; numbers are whole."""
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return int(value)
        case "L":
            return [plain(each) for each in value]
        case "NULL":
            return None
    return value


def typed(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB's typed one."""
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [typed(each) for each in value]}
    return {"S": value}
