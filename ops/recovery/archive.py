"""The archive of the bus: replayed to one rule, or read by replaying it to the operator.

A replay delivers events unordered, and some twice. On AWS an event reaches the archive some minutes after it
was published, so younger events are missed and must come from a journal.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra import names
from ops.console.errors import CommandFailed, TimedOut
from ops.console.output import ShowProgress
from ops.console.wait import Timer, until
from ops.stage import consumers
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import Clock
from shared.journal import EventDocument

REPLAY_TIMEOUT_SECONDS = 6 * 3600
# The archive keeps whole seconds of the bus's clock.
MARGIN = timedelta(seconds=2)
# When a replay is complete, its last messages may not be in the queue yet; on AWS this takes a while.
EMPTY_LOOKS = 3
QUIET_SECONDS = 60
LOOK_SECONDS = 1
WAIT_SECONDS = 1
BATCH = 10
READERS = 8
UNDER_WAY = ("STARTING", "RUNNING")
# AWS says that an event may reach the archive this late; an emulator's archive has it at once.
DELAY_SECONDS = 600


class NoArchive(CommandFailed):
    """The stage has no archive."""


def await_whole(aws: Aws, timer: Timer, progress: ShowProgress) -> None:
    """Waits until everything published so far is archived; functions that ran have ended by then."""
    deadline = timer.now() + (DELAY_SECONDS if aws.target.endpoint is None else 0)

    def is_whole() -> bool:
        left = deadline - timer.now()
        progress(f"the archive is complete in {max(0, int(left))} s")
        return left <= 0

    until(is_whole, timer, DELAY_SECONDS)


def counted(aws: Aws) -> int:
    """The archive's own count; on AWS it is a day old, so nothing depends on it."""
    return int(aws.events.describe_archive(ArchiveName=aws.target.bus).get("EventCount", 0))


def replay(
    aws: Aws, rule: str, begin: datetime, end: datetime, clock: Clock, timer: Timer, progress: ShowProgress
) -> str:
    """Delivers the archived events of a span to this rule's target only; returns the replay's name.

    Returns once all are in the queue, not consumed. Raises NoArchive, CommandFailed or TimedOut.
    """
    name = start(aws, rule, begin, end, clock)
    if not until(lambda: _done(aws, name, progress), timer, REPLAY_TIMEOUT_SECONDS, interval_seconds=0.3):
        raise TimedOut(f"replay {name} is still running after {REPLAY_TIMEOUT_SECONDS // 3600} hours")
    return name


def start(aws: Aws, rule: str, begin: datetime, end: datetime, clock: Clock) -> str:
    bus, archive = aws.target.bus, _arn(aws)
    name = names.replay(rule, f"{clock():%Y%m%dT%H%M%S%f}"[:19])
    described = aws.events.describe_rule(Name=rule, EventBusName=bus)
    aws.events.start_replay(
        ReplayName=name,
        EventSourceArn=archive,
        EventStartTime=begin - MARGIN,
        EventEndTime=end + MARGIN,
        Destination={
            "Arn": aws.events.describe_event_bus(Name=bus)["Arn"],
            "FilterArns": [described["Arn"]],
        },
    )
    return name


def read(
    aws: Aws, begin: datetime, end: datetime, clock: Clock, timer: Timer, progress: ShowProgress
) -> Iterator[EventDocument]:
    """All archived events of a span, each once.

    Raises CommandFailed if somebody else is reading, because two readers would take each other's messages.
    """
    rule = names.replayed(aws.target.stage)
    for other in aws.events.list_replays(NamePrefix=names.replay(rule, ""))["Replays"]:
        if other["State"] in UNDER_WAY:
            raise CommandFailed(f"the archive is being read already, by replay {other['ReplayName']}")
    name = start(aws, rule, begin, end, clock)
    seen: set[str] = set()
    for body in _replayed(aws, name, timer, progress):
        envelope = body["detail"]
        # Messages that an earlier reader left behind belong to another replay.
        if body.get("replay-name") == name and envelope["event_id"] not in seen:
            seen.add(envelope["event_id"])
            yield envelope


def _replayed(aws: Aws, name: str, timer: Timer, progress: ShowProgress) -> Iterator[dict[str, Any]]:
    """What arrives in the queue until the replay is complete and nothing has come for a while.

    More may still arrive: a caller that needs everything must know what to expect, and read again.
    """
    url, deadline = consumers.url(aws, names.replayed(aws.target.stage)), timer.now() + REPLAY_TIMEOUT_SECONDS
    empty, looks = 0, EMPTY_LOOKS if aws.target.endpoint else QUIET_SECONDS // LOOK_SECONDS
    with ThreadPoolExecutor(READERS) as pool:
        while empty < looks:
            if timer.now() > deadline:
                raise TimedOut(f"replay {name} is still running after {REPLAY_TIMEOUT_SECONDS // 3600} hours")
            over = _done(aws, name, progress)
            found = [body for part in pool.map(lambda _: _receive(aws, url), range(READERS)) for body in part]
            empty = empty + 1 if over and not found else 0
            if empty and aws.target.endpoint is None:
                timer.sleep(LOOK_SECONDS)
            yield from found


def _receive(aws: Aws, url: str) -> list[dict[str, Any]]:
    """Deletes messages at once: a reader that fails reads the archive again."""
    answer = aws.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=WAIT_SECONDS)
    messages = answer.get("Messages", [])
    if messages:
        aws.queues.delete_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(messages)
            ],
        )
    return [json.loads(message["Body"]) for message in messages]


def _done(aws: Aws, name: str, progress: ShowProgress) -> bool:
    described = aws.events.describe_replay(ReplayName=name)
    state = described["State"]
    reached: datetime | None = described.get("EventLastReplayedTime")
    progress(f"replaying{f', at {reached:%Y-%m-%d %H:%M:%S}' if reached else ''}")
    if state in ("FAILED", "CANCELLED", "CANCELLING"):
        raise CommandFailed(f"replay {name} is {state}: {described.get('StateReason', 'no reason given')}")
    return state == "COMPLETED"


def _arn(aws: Aws) -> str:
    name = aws.target.bus
    try:
        return aws.events.describe_archive(ArchiveName=name)["ArchiveArn"]
    except ClientError as refused:
        if error_code(refused) == "ResourceNotFoundException":
            raise NoArchive(
                f"there is no archive {name}; `ates rebuild bus` creates a new, empty one"
            ) from None
        raise
