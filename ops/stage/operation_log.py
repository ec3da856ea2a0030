"""The operation log: each command that changes something records how it began and how it ended.

A DynamoDB row holds 400 KB. Larger records, and those that must be kept before anything is done, continue in
further rows of the same table: their month is `MONTH#OPERATION_ID`, their key `OPERATION_ID#NUMBER`.
"""

import getpass
import json
import random
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from ops.console.errors import CommandFailed
from ops.stage.aws import Aws
from shared.clock import Clock, rfc3339
from shared.ids import new_id

MAX_LISTED = 200
MAX_INLINE_BYTES = 100_000
MAX_PIECE_BYTES = 300_000
RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


@dataclass(frozen=True, slots=True)
class Operation:
    """`by` is the AWS caller, `at` the user and machine; times in UTC.

    `parameters` and `result` are complete JSON, even if `continued` in further rows. An operation that is
    `running` although no command runs was killed.
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
    continued: str | None = None


Keep = Callable[[Mapping[str, Any]], None]


@dataclass
class RunningOperation:
    """A running command's record; `result` is saved at the end, however it ends.

    `keep` saves a part of the result at once, for what must not be lost if the command is killed.
    """

    keep: Keep
    result: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recorded(
    aws: Aws, command: str, parameters: Mapping[str, Any], clock: Clock
) -> Iterator[RunningOperation]:
    """Wraps every change: nothing is changed without a record. Dry runs are not recorded."""
    record = _Record(aws, _operation_of(aws, command, clock()))
    record.begin({name: value for name, value in parameters.items() if value is not None})
    operation = RunningOperation(record.keep_result)
    try:
        yield operation
    except BaseException as error:
        state, reason = _failure(error)
        operation.result.setdefault("reason", reason)
        record.end(state, operation.result, clock())
        raise
    record.end(DONE, operation.result, clock())


def unsaved(aws: Aws, command: str, parameters: Mapping[str, Any], now: datetime) -> Operation:
    """A record of what begins before there is a log; `save` writes it later."""
    return replace(_operation_of(aws, command, now), parameters=_json(parameters))


def ended(operation: Operation, error: BaseException | None, now: datetime) -> Operation:
    """How it ended, with the reason of a failure."""
    if error is None:
        return replace(operation, state=DONE, ended_at=rfc3339(now), result="{}")
    state, reason = _failure(error)
    return replace(operation, state=state, ended_at=rfc3339(now), result=_json({"reason": reason}))


def save(aws: Aws, operation: Operation) -> None:
    _Record(aws, operation).begin(json.loads(operation.parameters))


def recent(aws: Aws, clock: Clock) -> list[Operation]:
    """Operations of this month and the last, newest first, at most MAX_LISTED."""
    now = clock()
    months = [_month(now), _month(now.replace(day=1) - timedelta(days=1))]
    found: list[Operation] = []
    for month in months:
        answer = aws.dynamodb.query(
            TableName=aws.target.operations,
            KeyConditionExpression="#month = :month",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": month}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=MAX_LISTED,
        )
        found += [_operation(item) for item in answer["Items"]]
    return [_whole(aws, each) if each.continued else each for each in found[:MAX_LISTED]]


def _failure(error: BaseException) -> tuple[str, str]:
    """The state and the reason."""
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return INTERRUPTED, str(error) or "interrupted"
    return FAILED, str(error) or "unknown"


@dataclass
class _Record:
    """The rows of one operation; what does not fit into the first continues in others."""

    aws: Aws
    operation: Operation
    pieces: int = 0

    def begin(self, parameters: Mapping[str, Any]) -> None:
        text = _json(parameters)
        if _fits(text):
            self._change(parameters=text)
        else:
            self._keep({"parameters": parameters})

    def keep_result(self, part: Mapping[str, Any]) -> None:
        self._keep({"result": part})

    def end(self, state: str, result: Mapping[str, Any], now: datetime) -> None:
        text = _json(result)
        if not _fits(text):
            self.keep_result(result)
            text = "{}"
        self._change(state=state, ended_at=rfc3339(now), result=text)

    def _keep(self, document: Mapping[str, Any]) -> None:
        """Marks the first row as continued before it writes further rows."""
        if self.operation.continued is None:
            self._change(continued="yes")
        pieces = _pieces(_json(document))
        for position, piece in enumerate(pieces, 1):
            self.pieces += 1
            self._put(
                {
                    "month": _month_of_pieces(self.operation),
                    "operation_id": f"{self.operation.operation_id}#{self.pieces:06d}",
                    "piece": piece,
                    "ends": "yes" if position == len(pieces) else "no",
                }
            )

    def _change(self, **changes: str) -> None:
        self.operation = replace(self.operation, **changes)
        self._put({name: value for name, value in asdict(self.operation).items() if value is not None})

    def _put(self, row: Mapping[str, str]) -> None:
        item = {name: {"S": value} for name, value in row.items()}
        self.aws.dynamodb.put_item(TableName=self.aws.target.operations, Item=item)


def _operation_of(aws: Aws, command: str, now: datetime) -> Operation:
    return Operation(
        operation_id=new_id(now, random.SystemRandom()),
        month=_month(now),
        command=command,
        parameters="{}",
        by=aws.identity.get_caller_identity()["Arn"],
        at=f"{getpass.getuser()}@{socket.gethostname()}",
        began_at=rfc3339(now),
        state=RUNNING,
    )


def _operation(item: Mapping[str, Any]) -> Operation:
    """Raises CommandFailed; ignores fields that later versions add."""
    names = {each.name for each in fields(Operation)}
    try:
        return Operation(**{name: typed["S"] for name, typed in item.items() if name in names})
    except (KeyError, TypeError) as error:
        raise CommandFailed(f"an operation's record cannot be read: {error}") from error


def _whole(aws: Aws, operation: Operation) -> Operation:
    """With its further rows; lists are joined."""
    documents = {
        "parameters": json.loads(operation.parameters),
        "result": json.loads(operation.result or "{}"),
    }
    for document in _continued(aws, operation):
        for name, part in document.items():
            for key, value in part.items():
                before = documents[name].get(key)
                both_lists = isinstance(before, list) and isinstance(value, list)
                documents[name][key] = [*before, *value] if both_lists else value
    parameters, result = (json.dumps(documents[name]) for name in ("parameters", "result"))
    return replace(operation, parameters=parameters, result=result)


def _continued(aws: Aws, operation: Operation) -> Iterator[dict[str, Any]]:
    """What was kept, in order. If the command was killed while writing, the last part may be incomplete."""
    pages = aws.dynamodb.get_paginator("query").paginate(
        TableName=aws.target.operations,
        KeyConditionExpression="#month = :month",
        ExpressionAttributeNames={"#month": "month"},
        ExpressionAttributeValues={":month": {"S": _month_of_pieces(operation)}},
        ConsistentRead=True,
    )
    text = ""
    for page in pages:
        for item in page["Items"]:
            text += item["piece"]["S"]
            if item["ends"]["S"] == "yes":
                yield json.loads(text)
                text = ""


def _month_of_pieces(operation: Operation) -> str:
    return f"{operation.month}#{operation.operation_id}"


def _json(document: Any) -> str:
    """Readable text; unpaired surrogates, which DynamoDB refuses, are escaped."""
    text = json.dumps(document, default=str, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(document, default=str)
    return text


def _fits(text: str) -> bool:
    return len(text.encode()) <= MAX_INLINE_BYTES


def _pieces(text: str) -> list[str]:
    """Pieces of at most MAX_PIECE_BYTES, in whole characters."""
    encoded, pieces = text.encode(), list[str]()
    while encoded:
        piece = encoded[:MAX_PIECE_BYTES].decode(errors="ignore")
        pieces.append(piece)
        encoded = encoded[len(piece.encode()) :]
    return pieces


def _month(instant: datetime) -> str:
    return rfc3339(instant)[:7]
