"""`ates rebuild bus`: recreates missing parts of the bus (archive, rules, targets) by the same names.

CloudFormation would not create again what it believes to exist; as all names are fixed, it adopts what is
created here.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra import names, patterns
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.stage import connection, consumers, operation_log, stage_settings
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import system_clock

TARGET_ID = "Target0"


@dataclass(frozen=True, slots=True)
class BusPart:
    """A part of the bus: whether it exists, and how to create it."""

    what: str
    exists: Callable[[], bool]
    create: Callable[[], object]


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Recreate what is missing of the bus, its archive and its rules."""
    aws, out = connection.aws(stage), Output(as_json)
    if dry_run:
        gone = missing(aws)
        out.result({"dry_run": True, "missing": gone}, f"{len(gone)} parts are missing", *gone)
        return
    with operation_log.recorded(aws, "rebuild bus", {}, system_clock) as operation:
        made = operation.result["made"] = list(rebuild(aws))
    out.result({"made": made}, f"{len(made)} parts created", *made)


def missing(aws: Aws) -> list[str]:
    return [part.what for part in parts(aws) if not part.exists()]


def rebuild(aws: Aws) -> Iterator[str]:
    """Yields what it creates."""
    for part in parts(aws):
        if not part.exists():
            part.create()
            yield part.what


def parts(aws: Aws) -> Iterator[BusPart]:
    """In the order in which they can be created."""
    events, bus, stage = aws.events, aws.target.bus, aws.target.stage
    yield BusPart(
        f"bus {bus}",
        lambda: _exists(lambda: events.describe_event_bus(Name=bus)),
        lambda: events.create_event_bus(Name=bus),
    )
    yield BusPart(
        f"archive {bus}",
        lambda: _exists(lambda: events.describe_archive(ArchiveName=bus)),
        lambda: events.create_archive(
            ArchiveName=bus,
            EventSourceArn=events.describe_event_bus(Name=bus)["Arn"],
            EventPattern=json.dumps(patterns.ours()),
            RetentionDays=stage_settings.archive_days(stage),
        ),
    )
    replayed = names.replayed(stage)
    yield from _rule(
        aws, replayed, patterns.replayed(replayed), {"Id": TARGET_ID, "Arn": _queue_arn(aws, replayed)}
    )
    for each in consumers.of(stage).values():
        if each.trigger:
            dead_letters = {"Arn": _queue_arn(aws, each.dead_letters)}
            arn = _queue_arn(aws, each.queue)
            target = {"Id": TARGET_ID, "Arn": arn, "DeadLetterConfig": dead_letters}
            yield from _rule(aws, each.function, patterns.consumer(each.trigger, each.function), target)


def _rule(aws: Aws, rule: str, pattern: patterns.Pattern, target: Any) -> Iterator[BusPart]:
    events, bus = aws.events, aws.target.bus
    yield BusPart(
        f"rule {rule}",
        lambda: _exists(lambda: events.describe_rule(Name=rule, EventBusName=bus)),
        lambda: events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern)),
    )
    yield BusPart(
        f"target of {rule}",
        lambda: _has_target(aws, rule, target["Arn"]),
        lambda: events.put_targets(Rule=rule, EventBusName=bus, Targets=[target]),
    )


def _has_target(aws: Aws, rule: str, arn: str) -> bool:
    """False, too, if the rule itself is missing."""
    bus = aws.target.bus
    targets: list[Any] = []

    def look() -> None:
        targets.extend(aws.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"])

    return _exists(look) and any(target["Arn"] == arn for target in targets)


def _queue_arn(aws: Aws, queue: str) -> str:
    url = consumers.url(aws, queue)
    return aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


def _exists(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as refused:
        if error_code(refused) == "ResourceNotFoundException":
            return False
        raise
    return True
