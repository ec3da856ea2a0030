"""The bus between the services, the archive that events are replayed from, and what an operator needs."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk.aws_events import Archive, EventBus, EventPattern, Match
from constructs import Construct

from infra import names, recovery
from infra.stages import Stage


class EventsStack(Stack):
    """Known to all other stacks by its name alone, so each can be deployed without it."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, names.stack(stage.name, "events"))
        name = names.bus(stage.name)
        bus = EventBus(self, "bus", event_bus_name=name)
        bus.apply_removal_policy(RemovalPolicy.RETAIN if stage.durable else RemovalPolicy.DESTROY)
        if not stage.local:
            archive(bus, name, stage.archive_days)
        recovery.replayed_events(self, stage, bus)
        recovery.operations(self, stage)
        recovery.backups(self, stage)


def archive(bus: EventBus, name: str, days: int) -> Archive:
    """Keeps every event of ours: they all have a source `ates.…`."""
    return bus.archive(
        "archive",
        archive_name=name,
        event_pattern=EventPattern(source=Match.prefix(names.source(""))),
        retention=Duration.days(days),
    )
