"""`ates status`: is it up, is anything stuck, when was the last close; on one screen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import typer
from botocore.exceptions import ClientError
from rich.table import Table

from functions.auth.rows import Reconciliation
from ops.console.errors import CommandFailed
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.console.words import counted
from ops.daily import health
from ops.daily.health import Problem
from ops.recovery import rebuild_bus, reconcile
from ops.stage import connection, in_flight, stacks
from ops.stage.aws import Aws
from ops.stage.in_flight import Queue
from ops.stage.stacks import Stack
from shared.clients import error_code
from shared.clock import Clock, system_clock

# The days among which the last close is looked for; on dev, days in the future may be closed too.
DAYS_BACK = 60
DAYS_AHEAD = 30
MAX_ALIKE = 5
AWS = "AWS"


def command(as_json: AsJson = False, stage: Stage = None) -> None:
    """Show what runs and what waits, and for what is wrong the next command."""
    found = status(connection.aws(stage), system_clock)
    report(Output(as_json), found)
    if not found.ok:
        raise typer.Exit(CommandFailed.exit_code)


@dataclass(frozen=True, slots=True)
class StageStatus:
    """`missing` are stacks; `gone` are parts of the bus, without which published events are dropped."""

    name: str
    endpoint: str
    stacks: tuple[Stack, ...]
    missing: tuple[str, ...]
    gone: tuple[str, ...]
    queues: tuple[Queue, ...]
    unpublished: dict[str, int]
    last_close: str | None
    identities: Reconciliation | None
    problems: tuple[Problem, ...] = ()

    @property
    def dead_letters(self) -> int:
        return sum(queue.total for queue in self.queues if queue.is_dead_letter)

    @property
    def wrong(self) -> tuple[Problem, ...]:
        """Everything that needs attention, the most basic first."""
        return tuple(health.on_stage(each, self._on_aws) for each in (*self._deployment(), *self._rest()))

    @property
    def _on_aws(self) -> str | None:
        """The stage, unless it is the local AWS."""
        return self.name if self.endpoint == AWS else None

    @property
    def ok(self) -> bool:
        return not self.wrong

    def _deployment(self) -> Iterator[Problem]:
        deploys = "ates deploy" if self._on_aws else "make up"
        for name in self.missing:
            yield Problem(f"stack {name} is not deployed", deploys)
        for stack in self.stacks:
            if not stack.usable:
                yield Problem(f"stack {stack.name} is {stack.state}", deploys)
        for part in self.gone:
            yield Problem(f"{part} does not exist, so events are dropped", "ates rebuild bus")

    def _rest(self) -> Iterator[Problem]:
        yield from self.problems
        if self.dead_letters:
            yield Problem(counted(self.dead_letters, "dead letter"), "ates dlq list")
        if self.identities is not None and (
            self.identities.is_alarming or self.identities.differing > self.identities.brought
        ):
            yield Problem(
                f"not as their accounts say: {counted(self.identities.differing, 'user')} of the pool",
                "ates accounts reconcile",
            )

    def json(self) -> dict[str, Any]:
        shown = ("name", "visible", "in_flight", "delayed")
        queues = [
            ({name: getattr(queue, name) for name in shown}, queue.is_dead_letter) for queue in self.queues
        ]
        return {
            "stage": self.name,
            "endpoint": self.endpoint,
            "problems": [asdict(each) for each in self.wrong],
            "stacks": {stack.name: stack.state for stack in self.stacks},
            "missing_stacks": list(self.missing),
            "gone_of_the_bus": list(self.gone),
            "queues": [queue for queue, dead in queues if not dead],
            "dead_letters": [queue for queue, dead in queues if dead],
            "unpublished": self.unpublished,
            "last_close": self.last_close,
            "identities": self.identities and asdict(self.identities),
        }


def status(aws: Aws, clock: Clock) -> StageStatus:
    found = stacks.found(aws)
    there = {stack.name for stack in found}
    missing = tuple(name for name in stacks.expected(aws.target) if name not in there)
    return StageStatus(
        name=aws.target.stage,
        endpoint=aws.target.endpoint or AWS,
        stacks=found,
        missing=missing,
        gone=() if missing else tuple(rebuild_bus.missing(aws)),
        queues=in_flight.queues(aws),
        unpublished=in_flight.unpublished(aws, in_flight.journals(aws)),
        last_close=last_close(aws, clock),
        identities=reconcile.last(aws),
        problems=() if missing else tuple(health.problems(aws, clock)),
    )


def last_close(aws: Aws, clock: Clock) -> str | None:
    """The latest business day that is closed for all accounts; None before the first."""
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
        if error_code(refused) in ("ResourceNotFoundException", "ValidationException"):
            return None
        raise
    finished = (item for item in answer["Responses"].get(table, []) if "S" in item.get("finished_at", {}))
    return max((item["business_day"]["S"] for item in finished), default=None)


def report(out: Output, found: StageStatus) -> None:
    """Empty queues are counted, not listed."""
    out.result(found.json(), f"AWS at {found.endpoint}", _stacks(found), _queues(found), *_lines(found))


def _days(today: date) -> Iterable[str]:
    return ((today + timedelta(days=n)).isoformat() for n in range(-DAYS_BACK, DAYS_AHEAD))


def _stacks(found: StageStatus) -> Table:
    table = Table("stack", "state", box=None, pad_edge=False)
    for stack in found.stacks:
        table.add_row(stack.name, stack.state, style=None if stack.usable else "red")
    for name in found.missing:
        table.add_row(name, "not deployed", style="red")
    return table


def _queues(found: StageStatus) -> Table:
    table = Table("queue", "visible", "in flight", "delayed", box=None, pad_edge=False)
    for queue in found.queues:
        if queue.total:
            counts = (str(queue.visible), str(queue.in_flight), str(queue.delayed))
            table.add_row(queue.name, *counts, style="red" if queue.is_dead_letter else None)
    idle = sum(not queue.total for queue in found.queues)
    table.add_row(f"{idle} empty queues" if found.queues else "no queues", "", "", "", style="dim")
    return table


def _lines(found: StageStatus) -> tuple[str, ...]:
    waiting = ", ".join(f"{count} in {table}" for table, count in found.unpublished.items() if count)
    return (
        f"dead letters: {found.dead_letters}",
        f"unpublished events: {waiting or 0}",
        f"last close: {found.last_close or 'none yet'}",
        *reconcile.lines(found.identities),
        *_wrong(found.wrong),
    )


def _wrong(problems: Sequence[Problem]) -> Iterator[str]:
    """Each problem on a line, with the command below it; of many alike some, with their number."""
    if not problems:
        yield "nothing is wrong"
        return
    yield f"{counted(len(problems), 'problem')}:"
    commands = dict.fromkeys(each.next_command for each in problems)
    for command in commands:
        alike = [each.what for each in problems if each.next_command == command]
        yield from (f"  {what}" for what in alike[:MAX_ALIKE])
        if len(alike) > MAX_ALIKE:
            yield f"  and {len(alike) - MAX_ALIKE} more"
        yield f"      next: {command}"
