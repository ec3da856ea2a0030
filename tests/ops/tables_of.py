"""A service's tables under moto, with a row of every kind."""

from dataclasses import fields
from functools import cache
from typing import Any, Literal, get_args, get_origin

from ops.console.wait import Timer
from ops.recovery import missing_tables
from ops.stage import tables
from ops.stage.aws import Aws
from ops.stage.stacks import SERVICES
from shared.dynamo_store import DynamoStore
from shared.journal import events_in, rewritten
from shared.records import JournalRecord, Watermark
from shared.store import Put, chunks
from tests.ops.conftest import FakeFunctions


def make(aws: Aws, *services: str) -> None:
    """Create the tables of these services, by default all; call it under moto."""
    aws.__dict__.setdefault("functions", FakeFunctions({}))
    for service in services or SERVICES:
        missing_tables.make(aws, service, Timer())


def kinds(service: str) -> list[type[Any]]:
    return [kind for table in tables.of(service) for kind in table.rows]


def sample(kind: type[Any], number: int) -> Any:
    """A row with a value of the right type in every field; it differs for each number."""
    values = {field.name: _value(field.name, field.type, number) for field in fields(kind)}
    if kind is Watermark:  # in the table of the receipts
        values["bucket"] = f"watermark {number}"
    return kind(**values)


def put(aws: Aws, service: str, rows: list[Any]) -> None:
    """Write rows through the product's own store."""
    for group in chunks(rows, 50):
        _store(service, aws.target.name(service, "")).transact([Put(row) for row in group])


@cache
def _store(service: str, prefix: str) -> DynamoStore:
    """A connection is slow to create; under moto all tests share it."""
    return DynamoStore(tables.of(service), prefix)


def of_later_version(record: JournalRecord) -> JournalRecord:
    """The record as a newer release would have written its first event."""
    first, *others = events_in(record)
    return rewritten(record, [{**first, "event_version": 99}, *others])


def raw(aws: Aws, service: str) -> dict[str, list[Any]]:
    """Every item of every table, in DynamoDB's own form."""
    names = {table: aws.target.name(service, table) for table in tables.names(service)}
    found = {table: aws.dynamodb.scan(TableName=name)["Items"] for table, name in names.items()}
    return {table: sorted(items, key=repr) for table, items in found.items()}


def raw_of(aws: Aws, service: str, table: str) -> list[Any]:
    return sorted(aws.dynamodb.scan(TableName=aws.target.name(service, table))["Items"], key=repr)


def _value(name: str, type_: Any, number: int) -> Any:
    if get_origin(type_) is Literal:
        return get_args(type_)[0]
    if name == "kind":
        return "assignment_fee"
    wanted = [each for each in get_args(type_) or (type_,) if each is not type(None)]
    if get_origin(type_) is list:
        return [f"{name} {number}", f"{name} {number + 1}"]
    return {bool: bool(number % 2), int: number, str: f"{name} {number}"}[wanted[0]]
