"""Reads a service's journal for a span of time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from events.envelope import Envelope
from ops.stage.aws import Aws
from shared.clock import rfc3339
from shared.context import JOURNAL_SHARDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

MAX_SPAN = timedelta(hours=47)
MAX_EVENTS = 100_000


def since(aws: Aws, service: str, event_name: str, begin: datetime, end: datetime) -> Iterator[Envelope]:
    """Events of this name, unordered; reads at most two days, and MAX_EVENTS of each partition."""
    table = aws.target.name(service, "journal")
    for bucket in buckets(begin, min(end, begin + MAX_SPAN)):
        pages = aws.dynamodb.get_paginator("query").paginate(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="#bucket = :bucket",
            FilterExpression="event_name = :name AND occurred_at >= :begin",
            ExpressionAttributeNames={"#bucket": "bucket"},
            ExpressionAttributeValues=_values(bucket, event_name, begin),
            PaginationConfig={"MaxItems": MAX_EVENTS},
        )
        for page in pages:
            yield from (Envelope.model_validate_json(item["event"]["S"]) for item in page["Items"])


def buckets(begin: datetime, end: datetime) -> Iterator[str]:
    """The journal's partitions between two instants."""
    hour = begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield from (f"{hour:%Y-%m-%dT%H}#{shard:02d}" for shard in range(JOURNAL_SHARDS))
        hour += timedelta(hours=1)


def _values(bucket: str, event_name: str, begin: datetime) -> "dict[str, AttributeValueTypeDef]":
    return {":bucket": {"S": bucket}, ":name": {"S": event_name}, ":begin": {"S": rfc3339(begin)}}
