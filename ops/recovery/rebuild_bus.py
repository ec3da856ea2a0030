"""`ates rebuild bus`: what is missing of bus, archive, rules and targets is made again, under its own name.

For the day on which they are gone for good. CloudFormation would not make again what it believes is there;
as all names are fixed, it takes what is made here for its own.
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
    """Something that the bus needs, how to see whether it is there, and how to make it."""

    what: str
    is_there: Callable[[], bool]
    make: Callable[[], object]


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Recreate what is missing of the bus, its archive and its rules."""
    aws, out = connection.aws(stage), Output(as_json)
    if dry_run:
        gone = missing(aws)
        out.result({"dry_run": True, "missing": gone}, f"{len(gone)} parts are missing", *gone)
        return
    with operation_log.recorded(aws, "rebuild bus", {}, system_clock) as operation:
        made = operation.result["made"] = list(rebuild(aws))
    out.result({"made": made}, f"{len(made)} parts were made again", *made)


def missing(aws: Aws) -> list[str]:
    return [part.what for part in parts(aws) if not part.is_there()]


def rebuild(aws: Aws) -> Iterator[str]:
    """What was made; nothing where all is there."""
    for part in parts(aws):
        if not part.is_there():
            part.make()
            yield part.what


def parts(aws: Aws) -> Iterator[BusPart]:
    """In the order in which they can be made."""
    events, bus, stage = aws.events, aws.target.bus, aws.target.stage
    yield BusPart(
        f"bus {bus}",
        lambda: _found(lambda: events.describe_event_bus(Name=bus)),
        lambda: events.create_event_bus(Name=bus),
    )
    yield BusPart(
        f"archive {bus}",
        lambda: _found(lambda: events.describe_archive(ArchiveName=bus)),
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
        if each.bus:
            dead_letters = {"Arn": _queue_arn(aws, each.dead_letters)}
            arn = _queue_arn(aws, each.queue)
            target = {"Id": TARGET_ID, "Arn": arn, "DeadLetterConfig": dead_letters}
            yield from _rule(aws, each.function, patterns.consumer(each.bus, each.function), target)


def _rule(aws: Aws, rule: str, pattern: patterns.Pattern, target: Any) -> Iterator[BusPart]:
    events, bus = aws.events, aws.target.bus
    yield BusPart(
        f"rule {rule}",
        lambda: _found(lambda: events.describe_rule(Name=rule, EventBusName=bus)),
        lambda: events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern)),
    )
    yield BusPart(
        f"target of {rule}",
        lambda: _has_target(aws, rule, target["Arn"]),
        lambda: events.put_targets(Rule=rule, EventBusName=bus, Targets=[target]),
    )


def _has_target(aws: Aws, rule: str, arn: str) -> bool:
    """In a dry run the rule itself may be missing."""
    bus = aws.target.bus
    targets: list[Any] = []

    def look() -> None:
        targets.extend(aws.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"])

    return _found(look) and any(target["Arn"] == arn for target in targets)


def _queue_arn(aws: Aws, queue: str) -> str:
    url = consumers.url(aws, queue)
    return aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


def _found(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as refused:
        if error_code(refused) == "ResourceNotFoundException":
            return False
        raise
    return True
