"""`ates replay`: delivers archived events again, to one consumer only."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from ops.console import times
from ops.console.errors import TimedOut
from ops.console.options import AsJson, DryRun, From, Stage, To
from ops.console.output import Output
from ops.console.wait import Timer, until
from ops.console.words import counted
from ops.recovery import archive
from ops.stage import connection, consumers, event_versions, in_flight, operation_log
from ops.stage.aws import Aws
from ops.stage.consumers import Consumer
from shared.clock import Clock, rfc3339, system_clock

CONSUMED_TIMEOUT_SECONDS = 3600
EMPTY_LOOKS = 3

ConsumerName = Annotated[
    str, typer.Option("--consumer", metavar="CONSUMER", help="Such as accounting.on_task_event.")
]


def command(
    consumer: ConsumerName,
    begin: From = None,
    end: To = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Deliver archived events to one consumer again; events that it has consumed change nothing."""
    aws, out = connection.aws(stage), Output(as_json)
    who = consumers.named(aws.target.stage, consumer, of_events=True)
    span = times.span(begin, end, system_clock())
    asked = {"consumer": consumer, "from": rfc3339(span[0]), "to": rfc3339(span[1])}
    events = event_versions.check_sources(aws, [who], *span)
    known = f"the journals have {counted(events, 'event')} of that time"
    if dry_run:
        out.result(
            {**asked, "dry_run": True, "journaled": events},
            f"the events archived since {begin} would be replayed to {consumer}; {known}",
        )
        return
    with (
        operation_log.recorded(aws, "replay", asked, system_clock) as operation,
        out.working("replaying") as status,
    ):
        operation.result["replay"] = replay(aws, who, *span, system_clock, Timer(), status.update)
    out.result(
        {**asked, **operation.result, "journaled": events},
        f"archived events replayed; {consumer} has consumed them; {known}",
    )


def replay(
    aws: Aws,
    consumer: Consumer,
    begin: datetime,
    end: datetime,
    clock: Clock,
    timer: Timer,
    progress: Callable[[str], None],
) -> str:
    """Returns the replay's name once the consumer's queue is empty; failed events are dead letters then."""
    name = archive.replay(aws, consumer.function, begin, end, clock, timer, progress)
    await_consumed(aws, consumer, timer, progress)
    return name


def await_consumed(aws: Aws, consumer: Consumer, timer: Timer, progress: Callable[[str], None]) -> None:
    """Waits until the consumer's queue is empty; raises TimedOut."""
    url, looks = consumers.url(aws, consumer.queue), list[int]()

    def consumed() -> bool:
        looks.append(in_flight.depths(aws, [url])[0].total)
        progress(f"{consumer.name} has {looks[-1]} messages left")
        return len(looks) >= EMPTY_LOOKS and not any(looks[-EMPTY_LOOKS:])

    if not until(consumed, timer, CONSUMED_TIMEOUT_SECONDS, interval_seconds=0.3):
        raise TimedOut(f"{consumer.name} still has {looks[-1]} messages left; see `ates status`")
