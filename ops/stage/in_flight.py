"""Events in flight: unpublished in a journal, or waiting or being consumed in a queue."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.console.wait import Timer, until
from ops.stage import journal
from ops.stage.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

PAGES = 25
THREADS = 8
# An event moves from a journal to a queue, and its consumer may journal another event. A look reads journals
# before queues, and the longest chain has two such steps.
EMPTY_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Queue:
    """SQS's counts for a queue; all three are approximate."""

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
    """Events in each journal and messages in each queue; empty ones are left out."""

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
    """The journal tables of all services that have one."""
    prefix = aws.target.prefix
    pages = aws.dynamodb.get_paginator("list_tables").paginate()
    named = (name for page in pages for name in page["TableNames"])
    return tuple(name for name in named if name.startswith(prefix) and name.endswith("-journal"))


def unpublished(aws: Aws, tables: Iterable[str]) -> dict[str, int]:
    """By table, the events that the bus has not accepted yet; stops counting after some thousands."""
    names = tuple(tables)
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(names, pool.map(lambda table: _count(aws, table), names), strict=True))


def queues(aws: Aws) -> tuple[Queue, ...]:
    """All queues of the stage, dead-letter queues included."""
    pages = aws.queues.get_paginator("list_queues").paginate(QueueNamePrefix=aws.target.prefix)
    return depths(aws, [url for page in pages for url in page.get("QueueUrls", [])])


def depths(aws: Aws, urls: Iterable[str]) -> tuple[Queue, ...]:
    client = aws.queues
    with ThreadPoolExecutor(THREADS) as pool:
        return tuple(pool.map(lambda url: _depth(client, url), urls))


def consumer_queues(aws: Aws) -> tuple[str, ...]:
    """The URLs of the queues that the bus fills."""
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
    """Reads journals before queues, because events move in that direction."""
    waiting = {table: count for table, count in unpublished(aws, tables).items() if count}
    return InFlight(waiting, {queue.name: queue.total for queue in depths(aws, urls) if queue.total})


def wait_until_none(
    aws: Aws,
    timer: Timer,
    timeout_seconds: float,
    seen: Callable[[InFlight], None],
    urls: Iterable[str] | None = None,
) -> InFlight:
    """Waits until nothing is in flight; returns the last look, which is not empty if time ran out.

    Default: the queues that the bus fills.
    """
    tables, watched = journals(aws), consumer_queues(aws) if urls is None else tuple(urls)
    looks: list[InFlight] = []

    def is_quiet() -> bool:
        looks.append(now(aws, tables, watched))
        del looks[:-EMPTY_LOOKS]
        seen(looks[-1])
        return len(looks) == EMPTY_LOOKS and not any(look.total for look in looks)

    until(is_quiet, timer, timeout_seconds, interval_seconds=0.3)
    return looks[-1]


def _count(aws: Aws, table: str) -> int:
    """Records of the first form are in an index; of the others, those that no sweep has looked at yet are
    compared with the receipts.
    """
    pages = aws.dynamodb.get_paginator("scan").paginate(
        TableName=table,
        IndexName="unpublished",
        Select="COUNT",
        PaginationConfig={"MaxItems": PAGES * 1000, "PageSize": 1000},
    )
    service = table.removeprefix(aws.target.prefix).removesuffix("-journal")
    return sum(page["Count"] for page in pages) + sum(1 for _ in journal.without_receipt(aws, service))


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
