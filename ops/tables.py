"""A service's tables as an operator reads them: whole, as rows of their kinds."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any, TypeVar

from ops.aws import Aws
from ops.errors import CommandFailed
from shared.tables import Binding

R = TypeVar("R")


class UnreadableRow(CommandFailed):
    """A row that its service could not have written."""


def bindings(service: str) -> tuple[Binding, ...]:
    """What the service declares in its `tables.py`."""
    found: tuple[Binding, ...] = import_module(f"functions.{service}.tables").TABLES
    return found


def names(service: str) -> list[str]:
    """The logical names of its tables."""
    return sorted({binding.model.Meta.table_name for binding in bindings(service)})


def rows(aws: Aws, service: str, kind: type[R]) -> Iterator[R]:
    """All rows of a kind, strongly consistent page by page, in no order; raises UnreadableRow."""
    table = next(
        each.model.Meta.table_name for each in bindings(service) if each.kind is kind and not each.index
    )
    for item in items(aws, service, table):
        yield row_of(kind, item)


def items(aws: Aws, service: str, table: str) -> Iterator[dict[str, Any]]:
    """All of a table as plain values."""
    pages = aws.dynamodb.get_paginator("scan").paginate(
        TableName=aws.target.name(service, table), ConsistentRead=True
    )
    for page in pages:
        for item in page["Items"]:
            yield {name: plain(value) for name, value in item.items()}


def row_of(kind: type[R], item: Mapping[str, Any]) -> R:
    known = fields(kind)  # type: ignore[arg-type]
    missing = [field.name for field in known if item.get(field.name) is None and field.default is MISSING]
    if missing:
        raise UnreadableRow(f"a row of {kind.__name__} has no {', '.join(missing)}: {dict(item)!r:.200}")
    values = {field.name: item[field.name] for field in known if item.get(field.name) is not None}
    return kind(**values)


def plain(typed: Mapping[str, Any]) -> Any:
    """DynamoDB's typed value as Python's; numbers are whole ones."""
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return int(value)
        case "L":
            return [plain(each) for each in value]
        case "NULL":
            return None
    return value
