"""Every consumer by name, such as `accounting.on_task_event`, with the queue that feeds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra import names
from infra.discovery import discover
from ops.console.errors import BadInput
from ops.stage.aws import Aws
from shared.spec import Events, UseCase


@dataclass(frozen=True, slots=True)
class Consumer:
    """Physical names. `trigger` is only that of a consumer of events; `rule` is their rule."""

    name: str
    function: str
    queue: str
    trigger: Events | None

    @property
    def dead_letters(self) -> str:
        return names.dead_letter_queue(self.queue)

    @property
    def rule(self) -> str | None:
        return self.function if self.trigger else None


def of(stage: str, service: str | None = None) -> Mapping[str, Consumer]:
    """Consumers of all services, or of one, by name."""
    return {
        spec.consumer: consumer
        for each in discover()
        if service in (None, each.name)
        for spec in each.use_cases
        if (consumer := _consumer(stage, spec))
    }


def named(stage: str, name: str, *, of_events: bool = False) -> Consumer:
    """Raises BadInput for an unknown name; with `of_events`, work queues don't count."""
    there = {key: each for key, each in of(stage).items() if each.trigger or not of_events}
    if name not in there:
        raise BadInput(f"unknown consumer {name!r}; there are {', '.join(there)}")
    return there[name]


def url(aws: Aws, queue: str) -> str:
    return aws.queues.get_queue_url(QueueName=queue)["QueueUrl"]


def _consumer(stage: str, spec: UseCase) -> Consumer | None:
    queue = names.queue(stage, spec)
    if queue is None:
        return None
    trigger = spec.trigger if isinstance(spec.trigger, Events) else None
    return Consumer(spec.consumer, names.function(stage, spec), queue, trigger)
