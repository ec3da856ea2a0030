"""`ates logs`: what functions have logged, in one stream, the oldest line first."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from botocore.exceptions import ClientError
from rich.text import Text

from infra import names
from infra.discovery import discover
from ops.console import times
from ops.console.errors import BadInput
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage import connection
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import Clock, rfc3339, system_clock

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

HOURS_BACK = 1
MAX_LINES = 10_000
FOLLOW_SECONDS = 1.0
THREADS = 8
# Lines that the platform writes around each invocation.
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")
KNOWN = ("level", "location", "message", "timestamp", "service", "correlation_id", "_aws", "stage")

Function = Annotated[
    str | None,
    typer.Argument(metavar="FUNCTION", help="Such as accounting.on_task_event, or a service; default: all."),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on, until Ctrl-C.")]
Correlation = Annotated[
    str | None, typer.Option("--correlation", metavar="ID", help="Only lines with this correlation id.")
]
Since = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="RFC 3339 or a date; default: an hour ago.")
]


@dataclass(frozen=True, slots=True)
class Line:
    """`at` in milliseconds; `event_id` tells it from others."""

    at: int
    function: str
    message: str
    event_id: str


def command(
    function: Function = None,
    follow: Follow = False,
    correlation: Correlation = None,
    begin: Since = None,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Show what functions have logged; a correlation id finds one request in all services."""
    aws, out = connection.aws(stage), Output(as_json)
    if follow and as_json:
        raise BadInput("--follow has no end, so it can't be one JSON document")
    functions = chosen(aws.target.stage, function)
    since = times.instant(begin, "--from") if begin else system_clock() - timedelta(hours=HOURS_BACK)
    if follow:
        for line in followed(aws, functions, correlation, since, system_clock, Timer()):
            out.result(None, words(line))
        return
    found = logged(aws, functions, correlation, since)
    none = Text(f"nothing was logged since {rfc3339(since)}")
    out.result({"lines": [asdict(each) for each in found]}, *(map(words, found) if found else [none]))


def chosen(stage: str, function: str | None) -> dict[str, str]:
    """By physical name, the functions that are meant; raises BadInput."""
    known = {
        names.function(stage, spec): spec.consumer for service in discover() for spec in service.use_cases
    }
    if function is None:
        return known
    wanted = function.replace("/", ".")
    found = {
        physical: name
        for physical, name in known.items()
        if wanted in (physical, name, name.partition(".")[0])
    }
    if not found:
        raise BadInput(f"there is no function and no service {function!r}")
    return found


def logged(aws: Aws, functions: dict[str, str], correlation: str | None, since: datetime) -> list[Line]:
    """Lines since then, in order; at most MAX_LINES of each function."""
    client, begin = aws.logs, int(since.timestamp() * 1000)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(lambda each: list(_of(client, each[0], each[1], begin)), functions.items())
        lines = [line for part in parts for line in part]
    return sorted(_of_request(lines, correlation), key=lambda line: (line.at, line.event_id))


def followed(
    aws: Aws,
    functions: dict[str, str],
    correlation: str | None,
    since: datetime,
    clock: Clock,
    timer: Timer,
) -> Iterator[Line]:
    """Each line once, as it comes; a line may come some seconds late."""
    seen: set[str] = set()
    while True:
        begin = clock() - timedelta(seconds=30)
        for line in logged(aws, functions, correlation, since):
            if line.event_id not in seen:
                seen.add(line.event_id)
                yield line
        since = max(since, begin)
        timer.sleep(FOLLOW_SECONDS)


def words(line: Line) -> Text:
    """A structured line as its message and its own fields."""
    at = rfc3339(datetime.fromtimestamp(line.at / 1000, UTC))
    return Text(f"{at}  {line.function}  {_message(line.message)}")


def _message(text: str) -> str:
    try:
        fields = json.loads(text)
    except ValueError:
        return text.rstrip()
    if not isinstance(fields, dict):
        return text.rstrip()
    own = " ".join(f"{name}={_plain(value)}" for name, value in fields.items() if name not in KNOWN)
    parts = (fields.get("level"), fields.get("message"), own, f"[{fields.get('correlation_id', '')}]")
    return "  ".join(str(part) for part in parts if part and part != "[]")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of(client: "CloudWatchLogsClient", physical: str, name: str, begin: int) -> Iterator[Line]:
    """A function that never ran has no log group."""
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{physical}", startTime=begin, PaginationConfig={"MaxItems": MAX_LINES}
    )
    try:
        for page in pages:
            for each in page["events"]:
                if not each["message"].startswith(PLATFORM):
                    yield Line(each["timestamp"], name, each["message"], _id(each))
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise


def _id(event: Mapping[str, Any]) -> str:
    """An emulator may give none."""
    own = (event.get("logStreamName"), event["timestamp"], event["message"])
    return str(event.get("eventId") or "/".join(map(str, own)))


def _of_request(lines: Sequence[Line], correlation: str | None) -> Iterable[Line]:
    return (line for line in lines if correlation is None or correlation in line.message)
