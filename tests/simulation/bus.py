"""EventBridge: accepts or refuses each entry, archives the accepted ones, delivers to consumers' queues.

Deliveries may be hours late, the archive minutes; a replay arrives in pieces, the last ones after it has
reported completion.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.bus import BusDown, BusEntry
from tests.simulation.kernel import Kernel
from tests.simulation.queues import SimulatedQueue
from tests.simulation.weather import Faults

LATEST_DELIVERY = timedelta(hours=24)
"""How long the bus retries a delivery."""

LATEST_IN_ARCHIVE = timedelta(minutes=10)
LONGEST_REFUSAL = timedelta(hours=1)
"""How long the bus keeps refusing an entry."""

REPLAY_LASTS = timedelta(seconds=20)
REPLAY_IS_LATE_BY = timedelta(minutes=20)

Key = tuple[str, str]
"""What a rule routes by: producer and event name."""


@dataclass(frozen=True)
class Archived:
    """An entry accepted at `at`; readers find it in the archive from `readable_at` on."""

    at: datetime
    readable_at: datetime
    entry: BusEntry


@dataclass(frozen=True)
class Delivery:
    due_at: datetime
    entry: BusEntry
    queue: SimulatedQueue


@dataclass
class Replay:
    """Events that arrive gradually, some of them after `completed_at`."""

    completed_at: datetime
    due: list[tuple[datetime, BusEntry]]

    def arrived(self, now: datetime) -> list[BusEntry]:
        """The events that arrived since the last call."""
        arrived = [entry for at, entry in self.due if at <= now]
        self.due = [each for each in self.due if each[0] > now]
        return arrived


@dataclass
class SimulatedBus:
    """`routes` has queues by producer and event name; `late` are delayed deliveries.

    `refused` are the entries that are refused until some time.
    """

    kernel: Kernel
    faults: Faults
    taken: Callable[[BusEntry], None]
    routes: dict[Key, list[SimulatedQueue]] = field(default_factory=dict)
    archive: list[Archived] = field(default_factory=list)
    late: list[Delivery] = field(default_factory=list)
    refused: dict[str, datetime] = field(default_factory=dict)
    is_archive_whole: bool = True

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        self.kernel.effect(f"put {len(entries)} events")
        if self.faults.away("bus") or self.faults.strikes("bus_call_lost"):
            raise BusDown("injected")
        accepted = [not self._refuses(entry) for entry in entries]
        for entry, is_taken in zip(entries, accepted, strict=True):
            if is_taken:
                self._take(entry)
        if self.faults.strikes("bus_call_lost"):
            raise BusDown("injected: the answer is lost")
        return accepted

    def _refuses(self, entry: BusEntry) -> bool:
        now = self.kernel.clock()
        if self.faults.strikes("kept_refused"):
            self.refused[entry.detail] = now + self.faults.up_to(LONGEST_REFUSAL)
        return self.refused.get(entry.detail, now) > now or self.faults.strikes("entry_refused")

    def publish_again(self, producer: str, event_name: str, detail: str) -> None:
        """Publish an event again, for an operator."""
        self._take(BusEntry(producer, event_name, detail))

    def deliver_due(self) -> None:
        """Deliver the late events that are due."""
        if not self.late:
            return
        now, late = self.kernel.clock(), self.late
        self.late = [each for each in late if each.due_at > now]
        for each in late:
            if each.due_at <= now:
                _send(each.entry, each.queue)

    def hurry(self) -> None:
        """Deliver all late events now, and refuse none."""
        self.refused.clear()
        for each in self.late:
            _send(each.entry, each.queue)
        self.late.clear()

    def replay(self, begin: datetime, end: datetime) -> Replay:
        """Replay the archived events of this time range to the caller."""
        now = self.kernel.clock()
        return Replay(
            now + REPLAY_LASTS,
            [(self._replayed_at(now), each.entry) for each in self._archived(begin, end)],
        )

    def replay_to(self, queues: Iterable[SimulatedQueue], begin: datetime, end: datetime) -> None:
        """Replay only to these queues."""
        wanted, now = set(queues), self.kernel.clock()
        for each in self._archived(begin, end):
            for queue in self.routes.get((each.entry.producer, each.entry.event_name), ()):
                if queue in wanted:
                    self.late.append(Delivery(self._replayed_at(now), each.entry, queue))

    def _archived(self, begin: datetime, end: datetime) -> list[Archived]:
        now = self.kernel.clock()
        return [each for each in self.archive if begin <= each.at <= end and each.readable_at <= now]

    def _replayed_at(self, now: datetime) -> datetime:
        longest = REPLAY_IS_LATE_BY if self.faults.strikes("late_in_a_replay") else REPLAY_LASTS
        return now + longest * self.faults.randomness.random()

    def _take(self, entry: BusEntry) -> None:
        self.taken(entry)
        if self.faults.away("archive and deliveries of the bus"):
            self.is_archive_whole = False
            return
        now = self.kernel.clock()
        late = self.faults.strikes("late_in_the_archive")
        lag = LATEST_IN_ARCHIVE * self.faults.randomness.random() if late else timedelta(0)
        self.archive.append(Archived(now, now + lag, entry))
        for queue in self.routes.get((entry.producer, entry.event_name), ()):
            self._deliver(entry, queue, now)

    def _deliver(self, entry: BusEntry, queue: SimulatedQueue, now: datetime) -> None:
        if self.faults.strikes("late_on_the_bus"):
            due_at = now + LATEST_DELIVERY * self.faults.randomness.random() ** 3
            self.late.append(Delivery(due_at, entry, queue))
            return
        _send(entry, queue)


def _send(entry: BusEntry, queue: SimulatedQueue) -> None:
    queue.send(f'{{"detail":{entry.detail}}}')
