"""A consumer that a deployment made gets the events of the archive, once.

Who has caught up is kept beside the stage: a catching up that failed is repeated by the next deployment.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from ops.console.output import Output
from ops.console.wait import Timer
from ops.console.words import counted
from ops.recovery import replay
from ops.stage import consumers, event_versions, lambdas, operation_log
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import Clock, rfc3339

EVER = datetime(2020, 1, 1, tzinfo=UTC)
"""Before the first event of any installation."""


def before_deployment(aws: Aws) -> None:
    """Notes who is there already, if nobody has noted it: they get their events as they happen."""
    if _caught_up(aws) is None:
        there = lambdas.existing(aws)
        _remember(aws, [name for name, each in _of_events(aws).items() if each.function in there])


def after_deployment(aws: Aws, out: Output, clock: Clock, timer: Timer) -> list[str]:
    """Replays the archive to each consumer that is new, one after the other; returns their names.

    The consumers of a first deployment have nothing to catch up with. One that is gone is forgotten: if it
    comes back, it has missed something.
    """
    there, known = _of_events(aws), set(_caught_up(aws) or ())
    late = [name for name in there if name not in known] if known else []
    for name in late:
        _replay(aws, there[name], out, clock, timer)
        known.add(name)
        _remember(aws, known)
    _remember(aws, there)
    return late


def _replay(aws: Aws, consumer: consumers.Consumer, out: Output, clock: Clock, timer: Timer) -> None:
    now = clock()
    events = event_versions.check_sources(aws, [consumer], EVER, now)
    asked = {"consumer": consumer.name, "from": rfc3339(EVER), "to": rfc3339(now), "because": "it is new"}
    with (
        operation_log.recorded(aws, "replay", asked, clock) as operation,
        out.working(f"{consumer.name} catches up") as status,
    ):
        operation.result["replay"] = replay.replay(aws, consumer, EVER, now, clock, timer, status.update)
    out.step(
        f"{consumer.name} is new; it has got the archive's events ({counted(events, 'event')} journaled)"
    )


def _of_events(aws: Aws) -> dict[str, consumers.Consumer]:
    return {name: each for name, each in consumers.of(aws.target.stage).items() if each.trigger}


def _caught_up(aws: Aws) -> list[str] | None:
    """None before any deployment has noted it."""
    try:
        found = aws.parameters.get_parameter(Name=_mark(aws))["Parameter"]["Value"]
    except ClientError as refused:
        if error_code(refused) != "ParameterNotFound":
            raise
        return None
    return list(json.loads(found))


def _remember(aws: Aws, names: Collection[str]) -> None:
    value = json.dumps(sorted(names), separators=(",", ":"))
    aws.parameters.put_parameter(Name=_mark(aws), Value=value, Type="String", Overwrite=True)


def _mark(aws: Aws) -> str:
    return f"/ates/{aws.target.stage}/caught-up-consumers"
