"""Lasting losses, made by deleting through the API, and the published rows before them."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ops.stage import journal, tables
from ops.stage.aws import Aws
from shared.clients import error_code
from tests.system.failures.installation import Installation
from tests.system.product import wait_for

DELETED_SECONDS = 30
Row = Mapping[str, Any]


def lose_tables(installation: Installation, service: str) -> int:
    """Delete all tables of a service; returns their number."""
    names = [installation.aws.target.name(service, table) for table in tables.names(service)]
    for name in names:
        installation.aws.dynamodb.delete_table(TableName=name)
    for name in names:
        wait_for(lambda name=name: not _exists(installation.aws, name), DELETED_SECONDS, f"{name} is there")  # type: ignore[misc]
    return len(names)


def empty_table(installation: Installation, service: str, table: str) -> int:
    """Delete all rows of a table, its sentinel too; returns their number."""
    name = installation.aws.target.name(service, table)
    names = tables.key_names(service)[table]
    pages = installation.aws.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    keys = [{each: item[each] for each in names} for page in pages for item in page["Items"]]
    for key in keys:
        installation.aws.dynamodb.delete_item(TableName=name, Key=key)
    return len(keys)


def lose_bus(installation: Installation) -> int:
    """Delete the bus with its rules and archive; returns the number of deleted parts."""
    events, bus = installation.aws.events, installation.aws.target.bus
    events.delete_archive(ArchiveName=bus)
    rules = list(_rules(installation.aws, bus))
    for rule in rules:
        targets = events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule, EventBusName=bus)
    events.delete_event_bus(Name=bus)
    return 2 + len(rules)


def published_ledger(installation: Installation) -> dict[str, Row]:
    """The rows of all published prices and entries, by task or entry.

    Without the event that a price names: a restore marks this event instead.
    """
    product = installation.product
    waiting = {event["event_id"] for event in journal.without_receipt(installation.aws, "accounting")}
    events = [event for event in product.events("accounting") if event["event_id"] not in waiting]
    published = {_about(event["data"]) for event in events}
    prices = {
        row["task_id"]: {name: value for name, value in row.items() if name != "booked_event_id"}
        for row in product.rows("accounting", "prices")
    }
    entries = {row["entry_id"]: row for row in product.rows("accounting", "entries")}
    return {name: row for name, row in {**prices, **entries}.items() if name in published}


def _about(data: Row) -> str | None:
    return data.get("entry_id") or data.get("task_id")


def _rules(aws: Aws, bus: str) -> Iterator[str]:
    for page in aws.events.get_paginator("list_rules").paginate(EventBusName=bus):
        yield from (rule["Name"] for rule in page["Rules"])


def _exists(aws: Aws, name: str) -> bool:
    try:
        aws.dynamodb.describe_table(TableName=name)
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise
        return False
    return True
