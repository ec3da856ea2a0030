"""The operator backs up tables, restores lost ones, regenerates events, and rebuilds analytics.

A command lasts for hours while the product keeps running, and may be interrupted at any of its effects;
then it is repeated until it completes.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from events.accounting import LEDGER_EVENTS
from functions.accounting import restoring as accounting
from functions.analytics import rows as analytics
from functions.analytics.domain import AnalyticsError
from functions.analytics.fill_generation.use_case import read_fill
from functions.analytics.projection import project
from functions.auth import restoring as auth
from functions.notifications import restoring as notifications
from functions.tracking import restoring as tracking
from ops.local.in_process import CONSUMERS
from ops.recovery import completeness
from ops.recovery.rebuild_analytics import missing_entries
from ops.recovery.salvage import joined
from ops.recovery.starting_point import others_begin
from shared.journal import events_in, text_of
from shared.records import JournalRecord, Watermark
from shared.restoring import OWN_OVERLAP, CannotRestore, watermark_of
from shared.spec import Events
from shared.store import Put, StoreError
from tests.simulation.queues import SimulatedQueue

if TYPE_CHECKING:
    from tests.simulation.world import World

REBUILD = "operator.rebuild_analytics"
BACKUP = "operator.backup"
RESTORE = "operator.restore"
FILLING = "filling"
EXPIRED = "message expired"

RESTORABLE = ("auth", "tracking", "accounting", "notifications")

ARCHIVE_IS_LATE_BY = 600
LASTS_SECONDS = 7 * 24 * 3600
QUIET_SECONDS = 1800
"""Reading ends after this time without new events from the archive."""

READING_SECONDS = QUIET_SECONDS // 6
"""How long a reader of the archive waits for a replay's events."""

Rows = Mapping[type[Any], Sequence[Any]]


@dataclass(frozen=True)
class Copy:
    began: datetime
    rows: Rows


@dataclass
class Operator:
    """`damaged` are the services with lost tables that are not repaired yet.

    `catching_up` are those whose old events were replayed; a backup waits until these are consumed.
    """

    world: "World"
    copies: dict[str, Copy] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    losses: Counter[str] = field(default_factory=Counter)
    catching_up: set[str] = field(default_factory=set)
    has_noticed: bool = True
    restores: int = 0
    regenerated: int = 0

    @property
    def has_lost_events(self) -> bool:
        """Whether undelivered events are lost for good."""
        return not self.world.bus.is_archive_whole or self.world.happened[EXPIRED] > self.regenerated

    def back_up(self, service: str) -> None:
        if service in self.catching_up and not self._is_waiting(service):
            self.catching_up.discard(service)
        if not self.world.is_running(BACKUP) and service not in self.damaged | self.catching_up:
            self.world.begin(BACKUP, lambda: self._copy(service), 600)

    def _is_waiting(self, service: str) -> bool:
        queues = self._fed_by_the_bus(service)
        late = {each.queue for each in self.world.bus.late}
        return any(queue in late or queue.depth or queue.dead for queue in queues)

    def _fed_by_the_bus(self, service: str) -> list[SimulatedQueue]:
        return [
            self.world.queues[each.queue]
            for each in CONSUMERS
            if each.spec.service == service and isinstance(each.trigger, Events)
        ]

    def _copy(self, service: str) -> None:
        """Copy table by table while the product writes, the journal last."""
        store, began = self.world.stores[service], self.world.clock()
        rows: dict[type[Any], list[Any]] = {}
        for kind in sorted(store.kinds, key=lambda each: each is JournalRecord):
            self.world.kernel.effect(f"copy {kind.__name__}")
            rows[kind] = store.rows(kind)
        self.copies[service] = Copy(began, rows)

    def can_lose(self, service: str, tables: Sequence[str]) -> bool:
        """At most two services at a time, and no journal with events that are nowhere else."""
        if service in self.damaged or len(self.damaged) > 1:
            return False
        if "journal" not in tables:
            return True
        return self.world.bus.is_archive_whole and not self.world.unpublished(service)

    def lose(self, service: str, tables: Sequence[str], *, emptied: bool) -> None:
        """Delete or empty tables; the service keeps running until somebody notices."""
        world, store = self.world, self.world.stores[service]
        world.note(f"{service} loses {', '.join(tables)}")
        for process in list(world.kernel.processes):
            if process.name == BACKUP:
                world.kernel.crash(process)
        for table in tables:
            if emptied:
                store.empty(table)
            else:
                store.lose(table)
        if "journal" in tables and service in world.streams:
            world.streams[service].clear()
        self.damaged.add(service)
        self.losses[service] += 1
        self.has_noticed = not emptied
        world.auditor.lost(service)

    def repair(self) -> None:
        """Follow the runbook for the first damaged service."""
        self.has_noticed = True
        for service in sorted(self.damaged):
            if service == "analytics":
                self.rebuild_analytics()
            elif not self.world.is_running(RESTORE):
                self.world.begin(RESTORE, lambda: self._try_to_restore(service), LASTS_SECONDS)  # noqa: B023
            return

    def _try_to_restore(self, service: str) -> None:
        try:
            self._restore(service)
        except CannotRestore as error:
            self.world.auditor.findings.append(f"{service} cannot be restored: {error}")

    def _restore(self, service: str) -> None:
        """Restore like `ates restore`."""
        world, store = self.world, self.world.stores[service]
        nothing = Copy(world.clock() - timedelta(days=365), {kind: [] for kind in store.kinds})
        copy = self.copies.get(service, nothing)
        self._pause(service)
        while any(each.service == service for each in world.kernel.processes):
            world.kernel.wait("until nothing of it is at work", 60)
        world.kernel.wait("until the archive has everything", ARCHIVE_IS_LATE_BY)
        left = {kind: store.rows(kind) for kind in store.kinds}
        whole = joined(copy.rows, left)
        own = self._own_events(service, copy.began - OWN_OVERLAP, whole, left[JournalRecord])
        found = self._restored(service, whole, own)
        rows = {**found, Watermark: [watermark_of(found, world.clock())]}
        world.kernel.effect(f"{service}: missing tables are created")
        store.lost.clear()
        world.auditor.lost(service)
        store.fill(rows)
        store.prune(rows)
        store.guard()
        world.auditor.restored(service)
        world.kernel.effect(f"{service} is resumed")
        world.faults.still.discard(f"service {service}")
        world.kernel.effect("the others' events")
        self._others_events(service, others_begin(service, copy.began, rows))
        self.damaged.discard(service)
        self.restores += 1

    def _pause(self, service: str) -> None:
        self.world.kernel.effect(f"{service} is paused")
        self.world.faults.still.add(f"service {service}")

    def _own_events(
        self, service: str, begin: datetime, before: Rows, journal: Sequence[JournalRecord]
    ) -> list[Any]:
        """Read the archive until it has every event known to others, like `ates restore`."""
        own = self._read_archive(service, begin)
        quiet = 0
        while self._missing(service, before, own) or not completeness.is_whole(journal, own):
            if quiet >= QUIET_SECONDS:
                break
            again = self._read_archive(service, begin)
            quiet = 0 if again.keys() - own.keys() else quiet + READING_SECONDS
            own |= again
        if lost := self._missing(service, before, own) - completeness.rebuildable(before, own.values()):
            raise CannotRestore(f"neither archive nor journal has {sorted(lost)}")
        return list(own.values())

    def _read_archive(self, service: str, begin: datetime) -> dict[str, Any]:
        """The events that one replay delivers in time; the next reader discards the rest."""
        replay = self.world.bus.replay(begin, self.world.clock())
        self.world.kernel.wait("look at what the archive has replayed", READING_SECONDS)
        arrived = [json.loads(each.detail) for each in replay.arrived(self.world.kernel.clock())]
        return {each["event_id"]: each for each in arrived if each["producer"] == service}

    def _missing(self, service: str, before: Rows, own: Mapping[str, Any]) -> frozenset[completeness.Fact]:
        def items(other: str, table: str) -> list[dict[str, Any]]:
            return [] if table in self.world.stores[other].lost else self.world.items(other, table)

        return completeness.missing(completeness.known_in(service, items), before, own.values())

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

    def _others_events(self, service: str, begin: datetime) -> None:
        """Replay to this service's consumers only, including its own events that it consumes itself."""
        self.catching_up.add(service)
        self.world.bus.replay_to(self._fed_by_the_bus(service), begin, self.world.clock())

    def regenerate(self) -> None:
        """Publish all events of the journals again; the bus may lose them again.

        A service whose journal is lost is restored first.
        """
        world = self.world
        world.bus.is_archive_whole = True
        self.regenerated = world.happened[EXPIRED]
        self.catching_up.update(RESTORABLE)
        for service in world.streams:
            for row in sorted(world.stores[service].rows(JournalRecord), key=lambda row: row.event_id):
                for event in events_in(row):
                    world.bus.publish_again(event["producer"], event["event_name"], text_of(event))

    def rebuild_analytics(self) -> None:
        if not self.world.is_running(REBUILD) and self._has_source():
            self.world.begin(REBUILD, self._rebuild, 3600)

    def _has_source(self, posted: Mapping[str, int] | None = None, events: Sequence[Any] = ()) -> bool:
        """A journal that is lost, or not restored yet, would give an incomplete generation."""
        return "accounting" not in self.damaged and not missing_entries(posted or {}, events)

    def _rebuild(self) -> None:
        """A failed rebuild is repeated later and finds what it has done."""
        try:
            self._fill_and_switch()
        except (AnalyticsError, StoreError) as error:
            self.world.note(f"{REBUILD}: {error!r}")

    def _fill_and_switch(self) -> None:
        """Pause the consumer, fill a new generation from the journal, then switch to it."""
        world, store, losses = self.world, self.world.stores["analytics"], self.losses["analytics"]
        world.kernel.effect("analytics: missing tables are created")
        store.lost.clear()
        generation = 1 + max([analytics.FIRST_GENERATION, *self._generations()])
        store.transact([Put(analytics.Generation(FILLING, generation))])
        events = self._whole_ledger()
        job = read_fill({"generation": generation, "events": events})
        project(job.events, generation, store, world.context("rebuild"), world.zone)
        self._check(generation, len(events))
        store.transact([Put(analytics.Generation(analytics.CURRENT, generation))])
        store.guard()
        if losses == self.losses["analytics"]:
            self.damaged.discard("analytics")
            world.auditor.restored("analytics")

    def _whole_ledger(self) -> list[dict[str, Any]]:
        """All ledger events; raises AnalyticsError if accounting has lost some."""
        world, names = self.world, [event.event_name for event in LEDGER_EVENTS]
        posted = {
            row["account_id"]: row["last_entry_number"] for row in world.items("accounting", "balances")
        }
        records = world.stores["accounting"].rows(JournalRecord)
        events = [
            dict(event) for record in records for event in events_in(record) if event["event_name"] in names
        ]
        if not self._has_source(posted, events):
            raise AnalyticsError("accounting's journal is not complete")
        return events

    def _generations(self) -> Iterator[int]:
        """The recorded generations, and those of all rows."""
        store = self.world.stores["analytics"]
        for kind in store.kinds:
            for row in store.rows(kind):
                yield row.generation if isinstance(row, analytics.Generation) else _generation_of(row)

    def _check(self, generation: int, events: int) -> None:
        """Raise AnalyticsError unless every event is counted once."""
        totals = self.world.items("analytics", "day_totals")
        own = [row for row in totals if row["generation_shard"].startswith(f"{generation}#")]
        counted = sum(row.get("entry_count", 0) + row.get("accounts_closed", 0) for row in own)
        if counted != events:
            raise AnalyticsError(f"generation {generation} counts {counted} of {events} events")


def _generation_of(row: Any) -> int:
    """The first part of a key of analytics."""
    key = next(iter(row.__dataclass_fields__))
    return int(str(getattr(row, key)).partition("#")[0])
