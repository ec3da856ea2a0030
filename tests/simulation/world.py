"""The whole product in one process: tables, queues, bus, external services and the auditor."""

import hashlib
import json
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.accounting.rows import TABLES as ACCOUNTING
from functions.analytics.rows import TABLES as ANALYTICS
from functions.auth.rows import TABLES as AUTH
from functions.notifications.domain import Letterhead
from functions.notifications.rows import TABLES as NOTIFICATIONS
from functions.tracking.rows import TABLES as TRACKING
from ops.local.in_process import CONSUMERS, TICKS, InProcessConsumer
from shared.bus import BusDown, BusEntry
from shared.context import Context
from shared.ids import instant_of
from shared.journal import JournalForm, events_in
from shared.messages import NotSent
from shared.outbox import WATERMARK, EventsLeft, has_passed, journaled, publish, sweep, watermark
from shared.queue import handle_apart, read_all
from shared.records import JournalRecord, Watermark
from shared.spec import Events
from shared.store import Action, Insert, Put, Remove, StoreError
from tests.simulation.auditor.auditor import Auditor
from tests.simulation.bus import SimulatedBus
from tests.simulation.clock import SimulatedClock
from tests.simulation.hosts import HostClock, Hosts
from tests.simulation.kernel import Kernel, Process
from tests.simulation.meddling import Meddler
from tests.simulation.outside import REFUSED, SimulatedAddressBook, SimulatedMailer, SimulatedUserPool
from tests.simulation.queues import Message, SimulatedQueue, SimulatedWorkQueue
from tests.simulation.tables import SimulatedStore
from tests.simulation.weather import CALM, Faults, drawn

TABLES = {
    "auth": AUTH,
    "tracking": TRACKING,
    "accounting": ACCOUNTING,
    "notifications": NOTIFICATIONS,
    "analytics": ANALYTICS,
}
PUBLISHERS = ("auth", "tracking", "accounting", "notifications")
ZONES = ("UTC", "Asia/Yangon", "America/New_York", "Europe/Berlin", "Pacific/Apia")
START = datetime(2026, 10, 24, 12, tzinfo=UTC)
"""The day before Europe's clocks are put back; New York's follow a week later."""

LONG = timedelta(hours=1)
STREAM_KEPT = timedelta(hours=24)
VISIBILITY_FACTOR = 6
RELAY_BATCH = 20
SWEEP_SECONDS = 50
SHARDS = (1, 2, 3)
FIRST_FORM = 0.4
AS_RELEASED = 0.4
"""Probabilities that a release writes journal records of the first form, and other rows as before."""


def drawn_form(randomness: random.Random) -> JournalForm:
    shards, first = randomness.choice(SHARDS), randomness.random()
    return JournalForm(shards, per_event=first < FIRST_FORM, as_released=randomness.random() < AS_RELEASED)


class World:
    """Everything of one run; the same seed makes the same world.

    `time` is the true time, `clock` the time on the running process's host. `forms` are how two releases
    write journals; a process is of either, and they differ while a deployment is under way.
    """

    time: SimulatedClock
    clock: HostClock
    randomness: random.Random
    zone: str
    stores: dict[str, SimulatedStore]
    user_pool: SimulatedUserPool

    def __init__(self, seed: int) -> None:
        self.randomness = random.Random(seed)
        self.notes: list[str] = []
        self.happened: Counter[str] = Counter()
        self._digest = hashlib.blake2b(digest_size=16)
        self.zone = self.randomness.choice(ZONES)
        self.letterhead = Letterhead("reports@ates.example", self.zone)
        self.time = SimulatedClock(START + timedelta(minutes=self.randomness.randrange(3 * 24 * 60)))
        self.storm = drawn(self.randomness)
        self.kernel = Kernel(self.time)
        self.clock = HostClock(self.kernel)
        self.faults = Faults(CALM, self.time, self.randomness, self.fault)
        self.hosts = Hosts(self.randomness, self.faults)
        self.auditor = Auditor(self.zone, self.time, self.kernel, self.items, REFUSED)
        self.stores = {
            service: SimulatedStore(
                service, tables, self.kernel, self.faults, self._committed, self.storm.stale_index > 0
            )
            for service, tables in TABLES.items()
        }
        for service in PUBLISHERS:
            self.stores[service].clock = self.clock
            self.stores[service].write_unseen([Put(watermark(self.time(), shards=1))])
        first = drawn_form(self.randomness)
        self.forms = (first, first)
        self.queues = {each.queue: self._queue(each) for each in CONSUMERS}
        self.streams: dict[str, deque[JournalRecord]] = {service: deque() for service in PUBLISHERS}
        self.bus = SimulatedBus(self.kernel, self.faults, self._taken, self._routes())
        self.user_pool = SimulatedUserPool(self.kernel, self.faults)
        self.meddler = Meddler(self.user_pool, self.randomness)
        self.mailer = SimulatedMailer(self.kernel, self.faults, self.auditor.mails.mailed)
        self.addresses = SimulatedAddressBook(self.stores["auth"], self.faults)

    def context(self, correlation_id: str, causation_id: str | None = None) -> Context:
        before, after = self.forms
        form = before if before == after else self.randomness.choice(self.forms)
        return Context(self.clock, self.randomness, correlation_id, causation_id, form)

    def jobs(self, queue: str) -> SimulatedWorkQueue:
        return SimulatedWorkQueue(self.queues[queue], self.kernel)

    def items(self, service: str, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        return self.stores[service].sound.items(table)

    def unpublished(self, service: str) -> list[str]:
        """The events that the bus has not accepted, as far as the service knows."""
        marks = self.stores[service].rows(Watermark)
        accepted = {
            event_id for row in self.items(service, "receipts") for event_id in row.get("event_ids", ())
        }
        return [
            event["event_id"]
            for record in self.stores[service].rows(JournalRecord)
            if record.published_at is None
            and (record.unpublished_shard is not None or not any(has_passed(mark, record) for mark in marks))
            for event in events_in(record)
            if event["event_id"] not in accepted
        ]

    def note(self, what: str) -> None:
        """Record what happened, and add it to the digest by which runs are compared."""
        line = f"{self.time.instant} {what}"
        self.notes.append(line)
        self._digest.update(line.encode())

    def fault(self, what: str) -> None:
        self.happened[what.partition(":")[0]] += 1
        self.note(f"! {what}")

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def waiting_task_events(self) -> int:
        """The depth of the queue of task events, for the close."""
        self.kernel.effect("look at the queue of task events")
        depth = self.queues["accounting.on_task_event"].depth
        self.auditor.close.looked(depth)
        return depth

    def let_time_pass(self, by: timedelta) -> None:
        """Advance the time; an hour or more also lets messages, rows and stream records expire."""
        self.time.advance(by)
        self.bus.deliver_due()
        for store in self.stores.values():
            store.commit_late()
        if by < LONG:
            return
        for queue in self.queues.values():
            queue.forget_old()
        for store in self.stores.values():
            store.expire(self.time(), self.randomness)
        for stream in self.streams.values():
            while stream and instant_of(stream[0].event_id) < self.time() - STREAM_KEPT:
                self.fault("stream record expired")
                stream.popleft()

    def lose_watermark(self, service: str) -> None:
        """Lose the watermark, or all receipts too, just after the stream lost its records."""
        store = self.stores[service]
        self.streams[service].clear()
        if self.randomness.random() < 0.5:
            store.empty("receipts")
            store.guard()
        else:
            store.write_unseen([Remove(Watermark, dict(WATERMARK))])

    def begin(self, name: str, work: Callable[[], None], seconds: int = 30) -> Process:
        self.note(f"{name} begins")
        lasts, clock_off = timedelta(seconds=seconds), self.hosts.clock_off()
        return self.kernel.begin(name, name.partition(".")[0], work, lasts, clock_off)

    def is_running(self, name: str) -> bool:
        return any(process.name == name for process in self.kernel.processes)

    def deliver(self, consumer: InProcessConsumer) -> None:
        """Deliver some of a consumer's messages to a new invocation."""
        queue, trigger = self.queues[consumer.queue], consumer.trigger
        messages = queue.receive(self.randomness.randint(1, trigger.batch_size), self.randomness)
        if messages:
            spec = consumer.spec
            self.begin(spec.consumer, lambda: self._consume(consumer, queue, messages), spec.timeout_seconds)

    def _consume(
        self, consumer: InProcessConsumer, queue: SimulatedQueue, messages: Sequence[Message]
    ) -> None:
        """Like every consumer's wiring: each message is done, retried, or moved to the dead letters."""
        received, unreadable = read_all([each.record() for each in messages], consumer.read)
        process = self.kernel.current
        failed = {**unreadable, **handle_apart(received, lambda some: consumer.handle(self, some))}
        if process and failed:
            process.failed = True
        self.kernel.effect("acknowledge")
        for message in messages:
            if message.message_id not in failed:
                queue.delete(message)
            elif message.message_id in unreadable or message.receives >= queue.max_receives:
                queue.give_up(message)
        if failed:
            self.note(f"{len(failed)} of {len(messages)} failed: {next(iter(failed.values()))!r}")

    def relay(self, service: str) -> None:
        """Publish the next batch of a journal's stream, one batch at a time."""
        name, stream = f"{service}.publish_events", self.streams[service]
        if not stream or self.is_running(name):
            return
        if self.faults.strikes("stream_lost"):
            stream.clear()
            return
        batch = list(stream)[: self.randomness.randint(1, RELAY_BATCH)]
        self.begin(name, lambda: self._publish(service, batch))

    def _publish(self, service: str, batch: Sequence[JournalRecord]) -> None:
        try:
            work = self.context(f"{service}.publish_events")
            publish(journaled(batch), self.bus, self.stores[service], work)
        except EventsLeft as refused:
            self.note(f"{service} leaves {refused.count} events to the sweep")
        except (BusDown, StoreError) as error:
            self.note(f"{service}: {error!r}")
            return
        self.kernel.effect("move on in the stream")
        stream = self.streams[service]
        while stream and stream[0] in batch:
            stream.popleft()

    def sweep(self, service: str) -> None:
        self.begin(f"{service}.sweep_journal", lambda: self._sweep(service), SWEEP_SECONDS)

    def _sweep(self, service: str) -> None:
        try:
            work = self.context(f"{service}.sweep_journal")
            sweep(self.stores[service], self.bus, work, lambda: True, START)
        except (EventsLeft, BusDown, StoreError) as error:
            self.note(f"{service}: {error!r}")

    def tick(self, name: str) -> None:
        """Start a scheduled use case."""
        self.begin(name, lambda: self._tick(name), 50)

    def _tick(self, name: str) -> None:
        try:
            TICKS[name](self)
        except (StoreError, NotSent) as error:
            self.note(f"{name}: {error!r}")

    def _queue(self, consumer: InProcessConsumer) -> SimulatedQueue:
        visibility = timedelta(seconds=VISIBILITY_FACTOR * consumer.spec.timeout_seconds)
        return SimulatedQueue(
            consumer.queue, visibility, consumer.trigger.max_receives, self.time, self.faults
        )

    def _routes(self) -> dict[tuple[str, str], list[SimulatedQueue]]:
        routes: dict[tuple[str, str], list[SimulatedQueue]] = {}
        for each in CONSUMERS:
            if isinstance(each.trigger, Events):
                for event in each.trigger.events:
                    routes.setdefault((event.producer, event.event_name), []).append(self.queues[each.queue])
        return routes

    def _taken(self, entry: BusEntry) -> None:
        self.auditor.taken(entry, json.loads(entry.detail)["event_id"])

    def _committed(self, service: str, actions: Sequence[Action]) -> None:
        """Pass a committed transaction to the auditor, and its journal records to the stream."""
        for action in actions:
            if not isinstance(action, Insert) or not isinstance(action.row, JournalRecord):
                continue
            if not self.faults.strikes("record_missed"):
                self.streams[service].append(action.row)
        self.auditor.committed(service, actions)
