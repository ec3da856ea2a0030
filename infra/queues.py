"""A consumer's queue and dead-letter queue, with their alarms."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk.aws_sqs import DeadLetterQueue, Queue, QueueEncryption
from constructs import Construct

from infra import alarms, names
from infra.stages import Stage
from shared.spec import Events, Jobs, UseCase

KEPT = Duration.days(14)
VISIBILITY_FACTOR = 6
"""Times the function's timeout, so that a batch waiting for a free Lambda is not received again."""


@dataclass(frozen=True)
class Consumed:
    """A consumer's queue and dead-letter queue."""

    trigger: Events | Jobs
    name: str
    queue: Queue
    dead_letters: Queue


def consumed(scope: Construct, stage: Stage, spec: UseCase) -> Consumed | None:
    """The queues of a consumer; SQS's own redrive acts one receive after ours, in case of crashes."""
    trigger, name = spec.trigger, names.queue(stage.name, spec)
    if name is None or not isinstance(trigger, Events | Jobs):
        return None
    dead_letters = _queue(scope, stage, spec, names.dead_letter_queue(name))
    redrive = DeadLetterQueue(queue=dead_letters, max_receive_count=trigger.max_receives + 1)
    queue = _queue(scope, stage, spec, name, redrive)
    alarms.dead_letters(dead_letters, names.dead_letter_queue(name), stage)
    alarms.message_age(queue, name, stage)
    return Consumed(trigger, name, queue, dead_letters)


def _queue(
    scope: Construct, stage: Stage, spec: UseCase, name: str, redrive: DeadLetterQueue | None = None
) -> Queue:
    """An emulator is asked by plain HTTP."""
    return Queue(
        scope,
        f"{spec.name}_queue" if redrive else f"{spec.name}_dead_letters",
        queue_name=name,
        encryption=QueueEncryption.SQS_MANAGED,
        enforce_ssl=not stage.local,
        retention_period=KEPT,
        visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * spec.timeout_seconds + _collected(spec)),
        dead_letter_queue=redrive,
    )


def _collected(spec: UseCase) -> int:
    """In seconds; a message is invisible while its batch is collected."""
    return spec.trigger.collected_seconds if isinstance(spec.trigger, Events) else 0
