"""The record of who did what when: whatever changes something writes how it began and how it ended."""

import getpass
import json
import random
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from ops.aws import Aws
from ops.errors import CommandFailed
from ops.output import Output
from shared.clock import Clock, rfc3339
from shared.ids import new_id

MAX_LISTED = 200
RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


@dataclass(frozen=True, slots=True)
class Operation:
    """`by` is who AWS takes the caller for, `at` the user and machine it was called from; times in UTC.

    One that is `running` although nobody runs it any more was killed.
    """

    operation_id: str
    month: str
    command: str
    parameters: str
    by: str
    at: str
    began_at: str
    state: str
    ended_at: str | None = None
    result: str | None = None


@dataclass
class Course:
    """What a command has to say of itself while it runs; kept with its end, whichever that is."""

    result: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recorded(aws: Aws, command: str, parameters: Mapping[str, Any], clock: Clock) -> Iterator[Course]:
    """Around all that changes something: no record, no operation. A dry run is none."""
    operation = _begin(aws, command, parameters, clock())
    course = Course()
    try:
        yield course
    except BaseException as error:
        interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
        course.result.setdefault("reason", str(error) or type(error).__name__)
        _end(aws, operation, INTERRUPTED if interrupted else FAILED, course, clock())
        raise
    _end(aws, operation, DONE, course, clock())


def listed(aws: Aws, clock: Clock) -> list[Operation]:
    """Those of this month and the last one, newest first, at most MAX_LISTED."""
    now = clock()
    months = [_month(now), _month(now.replace(day=1) - timedelta(days=1))]
    found: list[Operation] = []
    for month in months:
        answer = aws.dynamodb.query(
            TableName=aws.target.name("operations"),
            KeyConditionExpression="#month = :month",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": month}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=MAX_LISTED,
        )
        found += [_operation(item) for item in answer["Items"]]
    return found[:MAX_LISTED]


def report(out: Output, operations: list[Operation]) -> None:
    lines: list[Text] = []
    for each in operations:
        said = f"{each.command} {_words(each.parameters)}".strip()
        lines.append(Text(f"{each.began_at}  {each.at}  {said}: {each.state} {_words(each.result)}".rstrip()))
    document = [
        asdict(each)
        | {"parameters": json.loads(each.parameters), "result": json.loads(each.result or "null")}
        for each in operations
    ]
    out.result({"operations": document}, *(lines or [Text("nothing was done yet")]))


def _begin(aws: Aws, command: str, parameters: Mapping[str, Any], now: datetime) -> Operation:
    operation = Operation(
        operation_id=new_id(now, random.SystemRandom()),
        month=_month(now),
        command=command,
        parameters=json.dumps(
            {name: value for name, value in parameters.items() if value is not None}, default=str
        ),
        by=aws.identity.get_caller_identity()["Arn"],
        at=f"{getpass.getuser()}@{socket.gethostname()}",
        began_at=rfc3339(now),
        state=RUNNING,
    )
    _write(aws, operation)
    return operation


def _end(aws: Aws, operation: Operation, state: str, course: Course, now: datetime) -> None:
    ended = {"state": state, "ended_at": rfc3339(now), "result": json.dumps(course.result, default=str)}
    _write(aws, Operation(**{**asdict(operation), **ended}))


def _write(aws: Aws, operation: Operation) -> None:
    item = {name: {"S": value} for name, value in asdict(operation).items() if value is not None}
    aws.dynamodb.put_item(TableName=aws.target.name("operations"), Item=item)


def _operation(item: Mapping[str, Any]) -> Operation:
    try:
        return Operation(**{name: typed["S"] for name, typed in item.items()})
    except (KeyError, TypeError) as error:
        raise CommandFailed(f"an operation's record cannot be read: {error}") from error


def _words(document: str | None) -> str:
    """Of a list how long it is; all of it is in the JSON."""
    values = json.loads(document or "{}")
    short = {name: len(value) if isinstance(value, list) else value for name, value in values.items()}
    return " ".join(f"{name}={value}" for name, value in short.items())


def _month(instant: datetime) -> str:
    return rfc3339(instant)[:7]
