"""`ates status`: is it up, is anything stuck, when was the last close, in one screen."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from botocore.exceptions import ClientError
from rich.table import Table

from functions.auth.rows import Reconciliation
from ops import quiet, rebuild_bus, reconcile, stacks
from ops.aws import Aws
from ops.output import Output
from ops.quiet import Queue
from ops.stacks import Stack
from shared.clock import Clock

# One read of so many possible days finds the last close, a day or a week ahead on dev, too.
DAYS_BACK = 60
DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Status:
    """`missing` are stacks, `gone` parts of the bus: what is published to none is dropped in silence."""

    endpoint: str
    stacks: tuple[Stack, ...]
    missing: tuple[str, ...]
    gone: tuple[str, ...]
    queues: tuple[Queue, ...]
    unpublished: dict[str, int]
    last_close: str | None
    identities: Reconciliation | None

    @property
    def dead_letters(self) -> int:
        return sum(queue.total for queue in self.queues if queue.is_dead_letter)

    @property
    def well(self) -> bool:
        alarming = self.identities is not None and self.identities.is_alarming
        ill = self.missing or self.gone or self.dead_letters or alarming
        return not ill and all(stack.usable for stack in self.stacks)

    def json(self) -> dict[str, Any]:
        shown = ("name", "visible", "in_flight", "delayed")
        queues = [
            ({name: getattr(queue, name) for name in shown}, queue.is_dead_letter) for queue in self.queues
        ]
        return {
            "endpoint": self.endpoint,
            "stacks": {stack.name: stack.state for stack in self.stacks},
            "missing_stacks": list(self.missing),
            "gone_of_the_bus": list(self.gone),
            "queues": [queue for queue, dead in queues if not dead],
            "dead_letters": [queue for queue, dead in queues if dead],
            "unpublished": self.unpublished,
            "last_close": self.last_close,
            "identities": self.identities and asdict(self.identities),
        }


def status(aws: Aws, clock: Clock) -> Status:
    found = stacks.found(aws)
    there = {stack.name for stack in found}
    missing = tuple(name for name in stacks.names(aws.target.stage) if name not in there)
    return Status(
        endpoint=aws.target.endpoint or "AWS",
        stacks=found,
        missing=missing,
        gone=() if missing else tuple(rebuild_bus.missing(aws)),
        queues=quiet.queues(aws),
        unpublished=quiet.unpublished(aws, quiet.journals(aws)),
        last_close=last_close(aws, clock),
        identities=reconcile.last(aws),
    )


def last_close(aws: Aws, clock: Clock) -> str | None:
    """The latest business day whose close has left no account open; None before the first."""
    table = aws.target.name("accounting", "closes")
    try:
        answer = aws.dynamodb.batch_get_item(
            RequestItems={
                table: {
                    "Keys": [{"business_day": {"S": day}} for day in _days(clock().date())],
                    "ProjectionExpression": "business_day, finished_at",
                }
            }
        )
    except ClientError as refused:
        if refused.response["Error"]["Code"] in ("ResourceNotFoundException", "ValidationException"):
            return None
        raise
    finished = (item for item in answer["Responses"].get(table, []) if "S" in item.get("finished_at", {}))
    return max((item["business_day"]["S"] for item in finished), default=None)


def report(out: Output, found: Status) -> None:
    """Queues that hold nothing are counted, not listed."""
    out.result(found.json(), f"AWS at {found.endpoint}", _stacks(found), _queues(found), *_lines(found))


def _days(today: date) -> Iterable[str]:
    return ((today + timedelta(days=n)).isoformat() for n in range(-DAYS_BACK, DAYS_AHEAD))


def _stacks(found: Status) -> Table:
    table = Table("stack", "state", box=None, pad_edge=False)
    for stack in found.stacks:
        table.add_row(stack.name, stack.state, style=None if stack.usable else "red")
    for name in found.missing:
        table.add_row(name, "not deployed", style="red")
    return table


def _queues(found: Status) -> Table:
    table = Table("queue", "visible", "in flight", "delayed", box=None, pad_edge=False)
    for queue in found.queues:
        if queue.total:
            counts = (str(queue.visible), str(queue.in_flight), str(queue.delayed))
            table.add_row(queue.name, *counts, style="red" if queue.is_dead_letter else None)
    idle = sum(not queue.total for queue in found.queues)
    table.add_row(f"{idle} empty queues" if found.queues else "no queues", "", "", "", style="dim")
    return table


def _lines(found: Status) -> tuple[str, ...]:
    waiting = ", ".join(f"{count} in {table}" for table, count in found.unpublished.items() if count)
    gone = ", ".join(found.gone)
    return (
        *([f"gone of the bus: {gone} (`ates rebuild bus`)"] if gone else ()),
        f"dead letters: {found.dead_letters}",
        f"unpublished events: {waiting or 0}",
        f"last close: {found.last_close or 'none yet'}",
        *reconcile.lines(found.identities),
    )
