"""`ates resume`: switches on what feeds a consumer, or a schedule, after somebody has switched it off."""

from typing import Annotated

import typer

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.recovery import pause_service
from ops.stage import connection, consumers, event_sources, operation_log, schedules
from ops.stage.aws import Aws
from shared.clock import system_clock

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A consumer or a schedule, as `ates status` names it.")
]


class SourceGone(CommandFailed):
    """There is nothing to switch on."""


def command(name: Name, dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Let a consumer or a schedule that was switched off run again; what waited is consumed then."""
    aws, out = connection.aws(stage), Output(as_json)
    is_schedule = name in schedules.of(aws.target.stage)
    if not is_schedule and name not in consumers.of(aws.target.stage):
        raise BadInput(f"{name!r} is neither a consumer nor a schedule; `ates status` names what is off")
    if not is_schedule:
        pause_service.check_not_paused(aws, name.partition(".")[0])
    if dry_run:
        out.result({"dry_run": True, "name": name}, f"{name} would be switched on")
        return
    with operation_log.recorded(aws, "resume", {"name": name}, system_clock):
        if is_schedule:
            schedules.resume(aws, name)
        else:
            _resume(aws, name, Timer())
    out.result({"resumed": name}, f"{name} is switched on")


def _resume(aws: Aws, name: str, timer: Timer) -> None:
    consumer = consumers.named(aws.target.stage, name)
    if not event_sources.resume(aws, consumer.function, timer):
        raise SourceGone(f"what fed {name} was deleted; deploy it again, as docs/runbook.md says")
