"""EventBridge: takes entries, each or not, keeps what it took, and delivers to every consumer's queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.bus import BusDown, BusEntry
from tests.simulation.kernel import Kernel
from tests.simulation.queues import SimulatedQueue
from tests.simulation.weather import Faults

Key = tuple[str, str]
"""What a rule routes by: producer and event name."""


@dataclass
class SimulatedBus:
    """`archive` is what it took, and when; `routes` the queues by what they are for."""

    kernel: Kernel
    faults: Faults
    taken: Callable[[BusEntry], None]
    routes: dict[Key, list[SimulatedQueue]] = field(default_factory=dict)
    archive: list[tuple[datetime, BusEntry]] = field(default_factory=list)
    is_archive_whole: bool = True

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        self.kernel.effect(f"put {len(entries)} events")
        if self.faults.away("bus") or self.faults.strikes("bus_call_lost"):
            raise BusDown("injected")
        accepted = [not self.faults.strikes("entry_refused") for _ in entries]
        for entry, is_taken in zip(entries, accepted, strict=True):
            if is_taken:
                self._take(entry)
        if self.faults.strikes("bus_call_lost"):
            raise BusDown("injected: the answer is lost")
        return accepted

    def deliver(self, entry: BusEntry, queues: Sequence[SimulatedQueue]) -> None:
        for queue in queues:
            queue.send(f'{{"detail":{entry.detail}}}')

    def take_again(self, producer: str, event_name: str, detail: str) -> None:
        """What an operator publishes once more."""
        self._take(BusEntry(producer, event_name, detail))

    def _take(self, entry: BusEntry) -> None:
        self.taken(entry)
        if self.faults.away("archive and deliveries of the bus"):
            self.is_archive_whole = False
            return
        self.archive.append((self.kernel.clock(), entry))
        self.deliver(entry, self.routes.get((entry.producer, entry.event_name), ()))
