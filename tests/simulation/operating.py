"""The operator: copies the ledger, restores it when it is lost, regenerates events, rebuilds analytics."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from events.accounting import LEDGER_EVENTS
from functions.accounting import restoring
from functions.analytics import domain as analytics
from functions.analytics.domain import AnalyticsError
from functions.analytics.fill_generation.use_case import read_fill
from functions.analytics.projection import project
from shared.records import JournalRecord
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP, Tables
from shared.store import Put, StoreError
from tests.simulation.wiring import CONSUMERS

if TYPE_CHECKING:
    from tests.simulation.world import World

REBUILD = "operator.rebuild_analytics"
BACKUP = "operator.backup"


@dataclass(frozen=True)
class Copy:
    began: Any
    rows: Tables


@dataclass
class Operator:
    world: "World"
    copies: list[Copy] = field(default_factory=list)
    restores: int = 0

    def back_up(self) -> None:
        if not self.world.is_running(BACKUP):
            self.world.begin(BACKUP, self._copy, 600)

    def _copy(self) -> None:
        """Table by table while the product writes, the journal last."""
        world, began = self.world, self.world.clock()
        kinds = self._kinds("accounting")
        rows: dict[type[Any], list[Any]] = {}
        for kind in sorted(kinds, key=lambda each: each is JournalRecord):
            world.kernel.effect(f"copy {kind.__name__}")
            rows[kind] = world.stores["accounting"].sound.rows(kind)
        self.copies.append(Copy(began, rows))

    def can_restore(self) -> bool:
        """Not while own events wait to be published, or are in no archive: see the docs on double faults."""
        journal = self.world.items("accounting", "journal")
        return self.world.bus.is_archive_whole and not any("unpublished_shard" in row for row in journal)

    def lose_and_restore_ledger(self) -> None:
        """All of accounting's tables are gone; the last copy, its own events, then the others'."""
        world, store = self.world, self.world.stores["accounting"]
        for process in [each for each in world.kernel.processes if each.service == "accounting"]:
            world.kernel.crash(process)
        store.wipe()
        world.streams["accounting"].clear()
        empty = Copy(
            world.clock.instant - timedelta(days=365), {kind: [] for kind in self._kinds("accounting")}
        )
        copy = self.copies[-1] if self.copies else empty
        archive = world.bus.archive
        own = [
            json.loads(entry.detail)
            for at, entry in archive
            if entry.producer == "accounting" and at >= copy.began - OWN_OVERLAP
        ]
        archived = [entry for at, entry in archive if at >= copy.began - OTHERS_OVERLAP]
        store.fill(restoring.restored(copy.rows, own))
        self.restores += 1
        world.auditor.ledger_restored()
        queues = {id(queue) for queue in self._queues("accounting")}
        for entry in archived:
            routed = world.bus.routes.get((entry.producer, entry.event_name), ())
            world.bus.deliver(entry, [queue for queue in routed if id(queue) in queues])

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

    def _kinds(self, service: str) -> list[type[Any]]:
        return self.world.stores[service].kinds

    def _queues(self, service: str) -> Sequence[Any]:
        return [self.world.queues[each.queue] for each in CONSUMERS if each.spec.service == service]
