"""Processes that take turns: each stops before its next effect, and whoever goes on is somebody's choice.

A process is a greenlet. One runs at a time, and only between two effects does another get its turn, so a run
is repeated exactly by making the same choices.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from greenlet import greenlet

from tests.simulation.clock import SimulatedClock


class Crash(BaseException):
    """A process ends here, as if its machine had lost power: nothing catches it."""


@dataclass(eq=False)
class Process:
    """One invocation of a function; `next_effect` is what it is about to do.

    `failed` says that it could not do all it was there for. `clock_off` is by how much its host's clock is
    ahead of the true time; until `wakes_at` it waits for time to pass.
    """

    name: str
    service: str
    deadline: datetime
    began: int
    began_at: datetime
    clock_off: timedelta = timedelta(0)
    wakes_at: datetime | None = None
    next_effect: str = "begin"
    crashed: bool = False
    failed: bool = False
    work: greenlet | None = None


@dataclass
class Kernel:
    """`effects` counts those that took place; it is also the order in which everything happened.

    `clock` is the true time, which no process sees.
    """

    clock: SimulatedClock
    processes: list[Process] = field(default_factory=list)
    current: Process | None = None
    effects: int = 0

    def begin(
        self,
        name: str,
        service: str,
        work: Callable[[], None],
        lasts: timedelta,
        clock_off: timedelta = timedelta(0),
    ) -> Process:
        """A process that has done nothing yet; it is crashed when it lasts longer than that."""
        now = self.clock()
        process = Process(name, service, now + lasts, self.effects, now, clock_off)

        def run() -> None:
            try:
                work()
            except Crash:
                process.crashed = True

        process.work = greenlet(run)
        self.processes.append(process)
        return process

    def effect(self, what: str) -> None:
        """The running process is about to do this; returns when it is its turn, or raises Crash."""
        process = self.current
        if process is None or process.work is None:
            raise RuntimeError(f"{what}: effects are the business of processes")
        process.next_effect = what
        process.work.parent.switch()
        self.effects += 1

    def wait(self, what: str, seconds: float) -> None:
        """The running process does nothing for so long."""
        if self.current is None:
            raise RuntimeError(f"{what}: waiting is the business of processes")
        self.current.wakes_at = self.clock() + timedelta(seconds=seconds)
        self.effect(what)

    @property
    def awake(self) -> list[Process]:
        """Those that can go on now."""
        for each in self.processes:
            if each.wakes_at is not None:
                break
        else:
            return self.processes
        now = self.clock()
        return [each for each in self.processes if each.wakes_at is None or each.wakes_at <= now]

    @property
    def next_wake(self) -> datetime | None:
        """When the first of those goes on who wait for time to pass."""
        return min((each.wakes_at for each in self.processes if each.wakes_at), default=None)

    def go_on(self, process: Process) -> None:
        """Let a process come to its next effect, or its end; one whose time is up is crashed."""
        if self.clock() > process.deadline:
            self.crash(process)
            return
        process.wakes_at = None
        self._switch(process, None)

    def crash(self, process: Process) -> None:
        self._switch(process, Crash())

    def _switch(self, process: Process, crash: Crash | None) -> None:
        if process.work is None:
            raise RuntimeError(f"{process.name} has not begun")
        self.current = process
        try:
            if crash is None:
                process.work.switch()
            elif process.next_effect == "begin":
                process.crashed = True
            else:
                process.work.throw(crash)
        finally:
            self.current = None
            if process.crashed or process.work.dead:
                self.processes.remove(process)
