"""Tables as rows, and rows as tables: read whole, filled, rid of all else."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, fields
from typing import Any

from ops import tables
from ops.aws import Aws
from shared.restoring import Tables
from shared.store import chunks
from shared.tables import key_names

BATCH = 25
THREADS = 8

Item = Mapping[str, Any]
Done = Callable[[int], None]


def rows(service: str, items_of: Callable[[str], Iterable[Item]]) -> Tables:
    """By kind; `items_of` gives a table's items as plain values. Raises UnreadableRow."""
    kinds = {table.name: table.rows for table in tables.of(service)}
    found: dict[type[Any], list[Any]] = {kind: [] for of_table in kinds.values() for kind in of_table}
    for table, of_table in kinds.items():
        for item in tables.unguarded(service, table, items_of(table)):
            kind = next((each for each in of_table if _fits(each, item)), of_table[0])
            found[kind].append(tables.row_of(kind, item))
    return found


def fill(aws: Aws, service: str, found: Tables, done: Done) -> None:
    """Writes every row; a table that is filled twice is the same."""
    table_of = {kind: table.name for table in tables.of(service) for kind in table.rows}
    for kind, of_kind in found.items():
        name = aws.target.name(service, table_of[kind])
        requests = [{"PutRequest": {"Item": _item(row)}} for row in of_kind]
        _write(aws, name, requests, done)


def prune(aws: Aws, service: str, found: Tables, done: Done) -> None:
    """Deletes every other row; to be done after filling, so that at no time anything is missing."""
    keys = keys_by_table(service)
    wanted = {
        table.name: {
            tuple(getattr(row, key) for key in keys[table.name])
            for kind in table.rows
            for row in found.get(kind, ())
        }
        for table in tables.of(service)
    }
    for table, names in keys.items():
        requests = [
            {"DeleteRequest": {"Key": {name: typed(item[name]) for name in names}}}
            for item in tables.items(aws, service, table)
            if tuple(item[name] for name in names) not in wanted[table]
        ]
        _write(aws, aws.target.name(service, table), requests, done)


def keys_by_table(service: str) -> dict[str, tuple[str, ...]]:
    """The names of the keys."""
    return {table.name: key_names(table) for table in tables.of(service)}


def typed(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB's."""
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [typed(each) for each in value]}
    return {"S": value}


def _item(row: Any) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: typed(value) for name, value in values.items() if value is not None}


def _fits(kind: type[Any], item: Item) -> bool:
    return all(item.get(field.name) is not None for field in fields(kind) if field.default is MISSING)


def _write(aws: Aws, table: str, requests: list[Any], done: Done) -> None:
    client = aws.dynamodb

    def write(group: Any) -> None:
        pending: Any = {table: list(group)}
        while pending:
            pending = client.batch_write_item(RequestItems=pending).get("UnprocessedItems")
        done(len(group))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, chunks(requests, BATCH)))
