"""Reads and writes whole tables as typed rows."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, fields
from typing import Any

from ops.stage import tables
from ops.stage.aws import Aws
from shared.restoring import Tables
from shared.store import chunks

BATCH = 25
THREADS = 8

Item = Mapping[str, Any]
Done = Callable[[int], None]


def rows(service: str, items_of: Callable[[str], Iterable[Item]]) -> Tables:
    """Rows by kind, from `items_of` each table (plain values); raises UnreadableRow."""
    kinds = {table.name: table.rows for table in tables.of(service)}
    found: dict[type[Any], list[Any]] = {kind: [] for of_table in kinds.values() for kind in of_table}
    for table, of_table in kinds.items():
        for item in tables.unguarded(service, table, items_of(table)):
            kind = next((each for each in of_table if fits(each, item)), of_table[0])
            found[kind].append(tables.row_of(kind, item))
    return found


def fill(aws: Aws, service: str, found: Tables, done: Done) -> None:
    """Writes every row; repeating it changes nothing."""
    table_of = {kind: table.name for table in tables.of(service) for kind in table.rows}
    for kind, of_kind in found.items():
        name = aws.target.name(service, table_of[kind])
        requests = [{"PutRequest": {"Item": _item(row)}} for row in of_kind]
        _write(aws, name, requests, done)


def prune(aws: Aws, service: str, found: Tables, done: Done) -> None:
    """Deletes all rows but these; call it after `fill`, so that no row is ever missing."""
    keys = tables.key_names(service)
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
            {"DeleteRequest": {"Key": {name: tables.typed(item[name]) for name in names}}}
            for item in tables.items(aws, service, table)
            if tuple(item[name] for name in names) not in wanted[table]
        ]
        _write(aws, aws.target.name(service, table), requests, done)


def _item(row: Any) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: tables.typed(value) for name, value in values.items() if value is not None}


def fits(kind: type[Any], item: Item) -> bool:
    """Whether an item can be a row of this kind."""
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
