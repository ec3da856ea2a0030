"""A service's tables as an operator reads them: whole, as rows of their kinds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any, TypeVar

from pydantic import ValidationError

from events.envelope import Envelope
from ops.aws import Aws
from ops.errors import CommandFailed
from shared.guards import SENTINEL
from shared.records import JournalRecord
from shared.tables import Table

R = TypeVar("R")
Item = TypeVar("Item", bound=Mapping[str, Any])


class UnreadableRow(CommandFailed):
    """A row that its service could not have written."""


def of(service: str) -> tuple[Table, ...]:
    """What the service declares in its `rows.py`."""
    found: tuple[Table, ...] = import_module(f"functions.{service}.rows").TABLES
    return found


def names(service: str) -> list[str]:
    """The logical names of its tables."""
    return sorted(table.name for table in of(service))


def rows(aws: Aws, service: str, kind: type[R]) -> Iterator[R]:
    """All rows of a kind, strongly consistent page by page, in no order; raises UnreadableRow."""
    for item in items_of(aws, service, kind):
        yield row_of(kind, item)


def items_of(aws: Aws, service: str, kind: type[Any]) -> Iterator[dict[str, Any]]:
    """All of the table in which rows of a kind are kept."""
    table = next(table for table in of(service) if kind in table.rows)
    return items(aws, service, table.name)


def items(aws: Aws, service: str, table: str) -> Iterator[dict[str, Any]]:
    """All of a table as plain values, but for its sentinel."""
    return unguarded(service, table, scanned(aws, aws.target.name(service, table)))


def unguarded(service: str, table: str, found: Iterable[Item]) -> Iterator[Item]:
    """A table's items without its sentinel, if it is guarded."""
    keys = {each.partition_key for each in guarded(service) if each.name == table}
    return (item for item in found if all(item.get(key) != SENTINEL for key in keys))


def guarded(service: str) -> list[Table]:
    """Of its tables those with a sentinel."""
    return [table for table in of(service) if table.guarded]


def scanned(aws: Aws, name: str) -> Iterator[dict[str, Any]]:
    """All of a table by its physical name."""
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
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


def envelope_of(record: JournalRecord) -> Envelope:
    """A journal's event; raises UnreadableRow."""
    try:
        return Envelope.model_validate_json(record.event)
    except ValidationError as error:
        raise UnreadableRow(
            f"event {record.event_id} in the journal of {record.producer} is no event:"
            f" {error.error_count()} errors"
        ) from error


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
