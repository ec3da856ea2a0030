"""How many events are still on their way: unpublished, or waiting or in flight in a queue."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.console.wait import Timer, until
from ops.stage.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

PAGES = 25
THREADS = 8
# An event moves from a journal to a queue, and what its consumer journals is an event again; each look
# reads the journals before the queues, and the longest way has two such steps.
EMPTY_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Queue:
    """What SQS says of a queue; all three are approximate."""

    name: str
    visible: int
    in_flight: int
    delayed: int

    @property
    def is_dead_letter(self) -> bool:
        return self.name.endswith("-dlq")

    @property
    def total(self) -> int:
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True, slots=True)
class InFlight:
    """What has not arrived yet: events in each journal, messages in each queue, the empty left out."""

    unpublished: dict[str, int]
    queued: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.unpublished.values()) + sum(self.queued.values())

    def __str__(self) -> str:
        parts = [f"{count} unpublished in {table}" for table, count in self.unpublished.items()]
        parts += [f"{count} in {queue}" for queue, count in self.queued.items()]
        return ", ".join(parts) or "nothing"


def journals(aws: Aws) -> tuple[str, ...]:
    """The journal tables of every service that has one."""
    prefix = aws.target.prefix
    pages = aws.dynamodb.get_paginator("list_tables").paginate()
    named = (name for page in pages for name in page["TableNames"])
    return tuple(name for name in named if name.startswith(prefix) and name.endswith("-journal"))


def unpublished(aws: Aws, tables: Iterable[str]) -> dict[str, int]:
    """By table, how many events the bus has not accepted yet; counting ends after some thousands."""
    client, names = aws.dynamodb, tuple(tables)
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(names, pool.map(lambda table: _count(client, table), names), strict=True))


def queues(aws: Aws) -> tuple[Queue, ...]:
    """Every queue of the stage, the dead-letter queues too."""
    pages = aws.queues.get_paginator("list_queues").paginate(QueueNamePrefix=aws.target.prefix)
    return depths(aws, [url for page in pages for url in page.get("QueueUrls", [])])


def depths(aws: Aws, urls: Iterable[str]) -> tuple[Queue, ...]:
    client = aws.queues
    with ThreadPoolExecutor(THREADS) as pool:
        return tuple(pool.map(lambda url: _depth(client, url), urls))


def consumer_queues(aws: Aws) -> tuple[str, ...]:
    """The addresses of the queues that the bus fills."""
    bus = aws.target.bus
    rules = [
        rule["Name"]
        for page in aws.events.get_paginator("list_rules").paginate(EventBusName=bus)
        for rule in page["Rules"]
    ]
    targets = [
        target["Arn"]
        for rule in rules
        for target in aws.events.list_targets_by_rule(EventBusName=bus, Rule=rule)["Targets"]
    ]
    queued = sorted({arn.rpartition(":")[2] for arn in targets if ":sqs:" in arn})
    return tuple(aws.queues.get_queue_url(QueueName=name)["QueueUrl"] for name in queued)


def now(aws: Aws, tables: Iterable[str], urls: Iterable[str]) -> InFlight:
    """Journals first, for events move from there to the queues."""
    waiting = {table: count for table, count in unpublished(aws, tables).items() if count}
    return InFlight(waiting, {queue.name: queue.total for queue in depths(aws, urls) if queue.total})


def wait_until_none(
    aws: Aws,
    timer: Timer,
    timeout_seconds: float,
    seen: Callable[[InFlight], None],
    urls: Iterable[str] | None = None,
) -> InFlight:
    """The last backlog seen: empty, unless the time was up. Default: the queues that the bus fills."""
    tables, watched = journals(aws), consumer_queues(aws) if urls is None else tuple(urls)
    looks: list[InFlight] = []

    def is_quiet() -> bool:
        looks.append(now(aws, tables, watched))
        del looks[:-EMPTY_LOOKS]
        seen(looks[-1])
        return len(looks) == EMPTY_LOOKS and not any(look.total for look in looks)

    until(is_quiet, timer, timeout_seconds, interval_seconds=0.3)
    return looks[-1]


def _count(client: "DynamoDBClient", table: str) -> int:
    """The index holds what is unpublished and nothing else."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        IndexName="unpublished",
        Select="COUNT",
        PaginationConfig={"MaxItems": PAGES * 1000, "PageSize": 1000},
    )
    return sum(page["Count"] for page in pages)


def _depth(client: "SQSClient", url: str) -> Queue:
    attributes = client.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return Queue(
        name=url.rpartition("/")[2],
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )
