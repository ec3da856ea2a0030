"""The archive of the bus: started to replay for one rule alone, or read by replaying it to the operator.

A replay brings events in no order, and again such as came twice. On AWS an event is in the archive some
minutes after it was published; what is younger is missed and has to come from a journal.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra import names
from ops.console.errors import CommandFailed, TimedOut
from ops.console.wait import Timer, until
from ops.stage import consumers
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import Clock

REPLAY_TIMEOUT_SECONDS = 6 * 3600
# The archive keeps whole seconds, of the bus's clock.
MARGIN = timedelta(seconds=2)
# After the end of a replay its last messages may still be on their way to the queue, on AWS for a while.
EMPTY_LOOKS = 3
QUIET_SECONDS = 60
LOOK_SECONDS = 1
WAIT_SECONDS = 1
BATCH = 10
READERS = 8
UNDER_WAY = ("STARTING", "RUNNING")
# AWS says that an event may be so late in its archive; an emulator's has it at once.
DELAY_SECONDS = 600

Envelope = dict[str, Any]
Progress = Callable[[str], None]


class NoArchive(CommandFailed):
    """There is nothing to replay from."""


def await_whole(aws: Aws, timer: Timer, progress: Progress) -> None:
    """Until all that was published before is in the archive; whatever ran then has come to its end, too."""
    deadline = timer.now() + (DELAY_SECONDS if aws.target.endpoint is None else 0)

    def is_whole() -> bool:
        left = deadline - timer.now()
        progress(f"the archive has all of it in {max(0, int(left))} s")
        return left <= 0

    until(is_whole, timer, DELAY_SECONDS)


def counted(aws: Aws) -> int:
    """How many events the archive says it has; on AWS that is a day old, so it decides nothing."""
    return int(aws.events.describe_archive(ArchiveName=aws.target.bus).get("EventCount", 0))


def replay(
    aws: Aws, rule: str, begin: datetime, end: datetime, clock: Clock, timer: Timer, progress: Progress
) -> str:
    """Have the archived events of a span delivered to this rule's target alone; returns the replay's name.

    Ends when all are delivered (to a queue, not yet consumed). Raises NoArchive, CommandFailed or TimedOut.
    """
    name = start(aws, rule, begin, end, clock)
    if not until(lambda: _done(aws, name, progress), timer, REPLAY_TIMEOUT_SECONDS, interval_seconds=0.3):
        raise TimedOut(f"replay {name} is still at work after {REPLAY_TIMEOUT_SECONDS // 3600} hours")
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
    aws: Aws, begin: datetime, end: datetime, clock: Clock, timer: Timer, progress: Progress
) -> Iterator[Envelope]:
    """The envelopes of all archived events of a span, each once; raises CommandFailed.

    One reader at a time: two would take each other's messages.
    """
    rule = names.replayed(aws.target.stage)
    for other in aws.events.list_replays(NamePrefix=names.replay(rule, ""))["Replays"]:
        if other["State"] in UNDER_WAY:
            raise CommandFailed(f"somebody else reads the archive: replay {other['ReplayName']} is under way")
    name = start(aws, rule, begin, end, clock)
    seen: set[str] = set()
    for body in _replayed(aws, name, timer, progress):
        envelope = body["detail"]
        # What an earlier reader left behind is of another replay.
        if body.get("replay-name") == name and envelope["event_id"] not in seen:
            seen.add(envelope["event_id"])
            yield envelope


def _replayed(aws: Aws, name: str, timer: Timer, progress: Progress) -> Iterator[dict[str, Any]]:
    """What comes into the queue until the replay is over and nothing has come for a while.

    That is no end for certain: who needs it whole knows what it must hold, and reads it again.
    """
    url, deadline = consumers.url(aws, names.replayed(aws.target.stage)), timer.now() + REPLAY_TIMEOUT_SECONDS
    empty, looks = 0, EMPTY_LOOKS if aws.target.endpoint else QUIET_SECONDS // LOOK_SECONDS
    with ThreadPoolExecutor(READERS) as pool:
        while empty < looks:
            if timer.now() > deadline:
                raise TimedOut(f"replay {name} is still at work after {REPLAY_TIMEOUT_SECONDS // 3600} hours")
            over = _done(aws, name, progress)
            found = [body for part in pool.map(lambda _: _receive(aws, url), range(READERS)) for body in part]
            empty = empty + 1 if over and not found else 0
            if empty and aws.target.endpoint is None:
                timer.sleep(LOOK_SECONDS)
            yield from found


def _receive(aws: Aws, url: str) -> list[dict[str, Any]]:
    """Taken out of the queue at once: whoever fails reads the archive again."""
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


def _done(aws: Aws, name: str, progress: Progress) -> bool:
    described = aws.events.describe_replay(ReplayName=name)
    state = described["State"]
    reached: datetime | None = described.get("EventLastReplayedTime")
    progress(f"replaying{f', now at {reached:%Y-%m-%d %H:%M:%S}' if reached else ''}")
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
                f"there is no archive {name}; `ates rebuild bus` makes a new, empty one"
            ) from None
        raise
