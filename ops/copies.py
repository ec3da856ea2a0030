"""Tables as rows, and rows as tables: read whole, emptied, filled, made again where they are missing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, fields
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from ops import tables
from ops.aws import Aws
from ops.wait import Timer, until
from shared.restoring import Tables
from shared.store import chunks

BATCH = 25
THREADS = 8
CREATED_TIMEOUT_SECONDS = 300

Item = Mapping[str, Any]
Done = Callable[[int], None]


def rows(service: str, items_of: Callable[[str], Iterable[Item]]) -> Tables:
    """By kind; `items_of` gives a table's items as plain values. Raises UnreadableRow."""
    kinds: dict[str, list[type[Any]]] = {}
    for binding in tables.bindings(service):
        if binding.index is None:
            kinds.setdefault(binding.model.Meta.table_name, []).append(binding.kind)
    found: dict[type[Any], list[Any]] = {kind: [] for of_table in kinds.values() for kind in of_table}
    for table, of_table in kinds.items():
        for item in items_of(table):
            kind = next((each for each in of_table if _fits(each, item)), of_table[0])
            found[kind].append(tables.row_of(kind, item))
    return found


def fill(aws: Aws, service: str, found: Tables, done: Done) -> None:
    """Writes every row; a table that is filled twice is the same."""
    table_of = {each.kind: each.model.Meta.table_name for each in tables.bindings(service) if not each.index}
    for kind, of_kind in found.items():
        name = aws.target.name(service, table_of[kind])
        requests = [{"PutRequest": {"Item": _item(row)}} for row in of_kind]
        _write(aws, name, requests, done)


def empty(aws: Aws, service: str, done: Done) -> None:
    for table, keys in key_names(service).items():
        requests = [
            {"DeleteRequest": {"Key": {key: typed(item[key]) for key in keys}}}
            for item in tables.items(aws, service, table)
        ]
        _write(aws, aws.target.name(service, table), requests, done)


def key_names(service: str) -> dict[str, list[str]]:
    """By table, the names of its keys."""
    layouts = [binding.layout for binding in tables.bindings(service) if binding.index is None]
    return {each.table: [key for key in (each.partition_key, each.sort_key) if key] for each in layouts}


def make_missing(aws: Aws, service: str, timer: Timer) -> list[str]:
    """The tables that are not there, made again as their models say; returns their logical names."""
    models = {each.model.Meta.table_name: each.model for each in tables.bindings(service)}
    missing = [name for name in models if not _exists(aws, aws.target.name(service, name))]
    for name in missing:
        _create(aws, aws.target.name(service, name), models[name])
        until(lambda name=name: _exists(aws, aws.target.name(service, name)), timer, CREATED_TIMEOUT_SECONDS)  # type: ignore[misc]
    if "journal" in missing:
        _follow_stream(aws, service)
    return missing


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


def _exists(aws: Aws, name: str) -> bool:
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"
    except ClientError as refused:
        if refused.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise


def _create(aws: Aws, name: str, model: type[Model]) -> None:
    schema: Any = model._get_schema()
    definitions = {each["AttributeName"]: each for each in schema["attribute_definitions"]}
    view = getattr(model.Meta, "stream_view_type", None)
    indexes = [_index(each) for each in schema["global_secondary_indexes"]]
    options: dict[str, Any] = {"GlobalSecondaryIndexes": indexes} if indexes else {}
    if view:
        options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=list(definitions.values()),
        KeySchema=_keys(schema["key_schema"]),
        **options,
    )
    for attribute in model.get_attributes().values():
        if isinstance(attribute, TTLAttribute):
            expiry = {"Enabled": True, "AttributeName": attribute.attr_name}
            aws.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)  # type: ignore[arg-type]


def _index(index: Any) -> dict[str, Any]:
    return {
        "IndexName": index["index_name"],
        "KeySchema": _keys(index["key_schema"]),
        "Projection": index["projection"],
    }


def _keys(schema: list[Any]) -> list[Any]:
    """The partition key comes first."""
    return sorted(schema, key=lambda each: str(each["KeyType"]))


def _follow_stream(aws: Aws, service: str) -> None:
    """A new table has a new stream, and what reads a stream can't be pointed to another."""
    function = aws.target.name(service, "publish_events")
    stream = aws.dynamodb.describe_table(TableName=aws.target.name(service, "journal"))["Table"][
        "LatestStreamArn"
    ]
    for mapping in _mappings(aws, function):
        if mapping["EventSourceArn"] != stream:
            names = ("BatchSize", "BisectBatchOnFunctionError", "ParallelizationFactor", "FilterCriteria")
            kept = {name: mapping[name] for name in names if mapping.get(name) is not None}
            aws.functions.create_event_source_mapping(
                FunctionName=function,
                EventSourceArn=stream,
                StartingPosition="TRIM_HORIZON",
                Enabled=False,
                **kept,
            )
            aws.functions.delete_event_source_mapping(UUID=mapping["UUID"])


def _mappings(aws: Aws, function: str) -> Iterator[Any]:
    pages = aws.functions.get_paginator("list_event_source_mappings").paginate(FunctionName=function)
    return (mapping for page in pages for mapping in page["EventSourceMappings"])
