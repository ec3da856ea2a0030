"""The operator: copies the ledger, restores it when it is lost, regenerates events, rebuilds analytics."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from events.accounting import LEDGER_EVENTS
from functions.accounting import restoring as accounting
from functions.analytics import domain as analytics
from functions.analytics.domain import AnalyticsError
from functions.analytics.fill_generation.use_case import read_fill
from functions.analytics.projection import project
from functions.auth import restoring as auth
from functions.notifications import restoring as notifications
from functions.tracking import restoring as tracking
from shared.records import JournalRecord
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP
from shared.spec import Bus
from shared.store import Put, StoreError
from tests.simulation.wiring import CONSUMERS

if TYPE_CHECKING:
    from tests.simulation.world import World

REBUILD = "operator.rebuild_analytics"
BACKUP = "operator.backup"


RESTORABLE = ("auth", "tracking", "accounting", "notifications")

Rows = dict[type[Any], list[Any]]


@dataclass(frozen=True)
class Copy:
    began: datetime
    rows: Rows


@dataclass
class Operator:
    world: "World"
    copies: dict[str, Copy] = field(default_factory=dict)
    restores: int = 0

    def back_up(self, service: str) -> None:
        if not self.world.is_running(BACKUP):
            self.world.begin(BACKUP, lambda: self._copy(service), 600)

    def _copy(self, service: str) -> None:
        """Table by table while the product writes, the journal last."""
        store, began = self.world.stores[service], self.world.clock()
        rows: Rows = {}
        for kind in sorted(store.kinds, key=lambda each: each is JournalRecord):
            self.world.kernel.effect(f"copy {kind.__name__}")
            rows[kind] = store.rows(kind)
        self.copies[service] = Copy(began, rows)

    def can_restore(self, service: str) -> bool:
        """Not while own events wait to be published, or are in no archive: those are two losses at once."""
        journal = self.world.items(service, "journal")
        return self.world.bus.is_archive_whole and not any("unpublished_shard" in row for row in journal)

    def lose_and_restore(self, service: str) -> None:
        """All tables of a service are gone; the last copy, its own events, then the others'."""
        world, store = self.world, self.world.stores[service]
        for process in [each for each in world.kernel.processes if each.service == service]:
            world.kernel.crash(process)
        nothing = Copy(world.clock() - timedelta(days=365), {kind: [] for kind in store.kinds})
        copy = self.copies.get(service, nothing)
        own = [
            json.loads(entry.detail)
            for at, entry in world.bus.archive
            if entry.producer == service and at >= copy.began - OWN_OVERLAP
        ]
        store.wipe()
        world.streams[service].clear()
        store.fill(self._restored(service, copy.rows, own))
        self.restores += 1
        world.auditor.restored(service)
        self._replay(service, copy.began - OTHERS_OVERLAP)

    def _restored(self, service: str, rows: Rows, own: list[Any]) -> Rows:
        match service:
            case "accounting":
                return accounting.restored(rows, own)
            case "tracking":
                return tracking.restored(rows, own, self.world.clock())
            case "auth":
                emails = {user.account_id: user.email for user in self.world.user_pool.users.values()}
                return auth.restored(rows, own, emails.get)
        return notifications.restored(rows, own)

    def _replay(self, service: str, since: datetime) -> None:
        """To the consumers of this service alone; among its own events are those it consumes itself."""
        queues = [
            self.world.queues[each.queue]
            for each in CONSUMERS
            if each.spec.service == service and isinstance(each.trigger, Bus)
        ]
        for at, entry in self.world.bus.archive:
            if at >= since:
                routed = self.world.bus.routes.get((entry.producer, entry.event_name), ())
                self.world.bus.deliver(entry, [queue for queue in routed if queue in queues])

    def regenerate(self) -> None:
        """Everything, from the journals, onto the bus again."""
        world = self.world
        for service in world.streams:
            for row in sorted(world.items(service, "journal"), key=lambda row: str(row["event_id"])):
                world.bus.take_again(row["producer"], row["event_name"], row["event"])
        world.bus.is_archive_whole = True

    def rebuild_analytics(self) -> None:
        if not self.world.is_running(REBUILD):
            self.world.begin(REBUILD, self._rebuild, 3600)

    def _rebuild(self) -> None:
        """One that fails is begun again some time, and finds what it has done."""
        try:
            self._fill_and_switch()
        except (AnalyticsError, StoreError) as error:
            self.world.note(f"{REBUILD}: {error!r}")

    def _fill_and_switch(self) -> None:
        """Beside what is read: the consumer pauses, a new generation is filled from the journal, and read."""
        world, store = self.world, self.world.stores["analytics"]
        rows = world.items("analytics", "generations")
        generation = 1 + next((row["generation"] for row in rows), analytics.FIRST_GENERATION)
        names = [event.event_name for event in LEDGER_EVENTS]
        events = [
            json.loads(row["event"])
            for row in world.items("accounting", "journal")
            if row["event_name"] in names
        ]
        job = read_fill({"generation": generation, "events": events})
        project(job.events, generation, store, world.clock, world.zone)
        store.transact([Put(analytics.Generation(analytics.CURRENT, generation))])
