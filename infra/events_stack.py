"""The bus, the archive from which events are replayed, the resources for recovery, the topic of alarms."""

from aws_cdk import Duration, Stack
from aws_cdk.aws_events import Archive, EventBus, EventPattern, Match
from constructs import Construct

from infra import alarms, api_domain, names, notices, recovery
from infra.business_dashboard import business_dashboard
from infra.copies import copies
from infra.stages import Stage


class EventsStack(Stack):
    """Other stacks refer to it only by name, so each can be deployed without it."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, names.stack(stage.name, "events"), **stage.of_stacks)
        name = names.bus(stage.name)
        bus = EventBus(self, "bus", event_bus_name=name)
        bus.apply_removal_policy(stage.removal)
        if not stage.local:
            archive(bus, name, stage.archive_days).apply_removal_policy(stage.removal)
            self._watch(stage)
            self._options(stage)
        recovery.replayed_events(self, stage, bus)
        recovery.operations(self, stage)
        recovery.backups(self, stage)

    def _options(self, stage: Stage) -> None:
        """What a setting adds for the whole stage."""
        if stage.backup_copies:
            copies(self, stage, stage.backup_copies)
        if stage.has_api_domain:
            api_domain.domain(self, stage)

    def _watch(self, stage: Stage) -> None:
        """The topic of all alarms, and what is watched for the whole stage."""
        notices.topic(self, stage)
        alarms.throttles(self, stage)
        alarms.business(self, stage)
        business_dashboard(self, stage)


def archive(bus: EventBus, name: str, days: int) -> Archive:
    """Keeps all of our events: their source is `ates.…`."""
    return bus.archive(
        "archive",
        archive_name=name,
        event_pattern=EventPattern(source=Match.prefix(names.source(""))),
        retention=Duration.days(days),
    )
