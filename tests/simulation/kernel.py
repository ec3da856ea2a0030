"""Processes that take turns: each stops before its next effect, and the caller chooses which one continues.

A process is a greenlet. One runs at a time, and turns change only between two effects, so the same choices
repeat a run exactly.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from greenlet import greenlet

from tests.simulation.clock import SimulatedClock


class Crash(BaseException):
    """Ends a process as if its machine had lost power: nothing catches it, and no effect follows."""


@dataclass(eq=False)
class Process:
    """One invocation of a function; `next_effect` is what it is about to do.

    `failed`: it could not do all its work. `clock_off`: how far its host's clock is ahead of the true time.
    Until `wakes_at` it waits; `is_frozen` if its machine stands still.
    """

    name: str
    service: str
    deadline: datetime
    began: int
    began_at: datetime
    clock_off: timedelta = timedelta(0)
    wakes_at: datetime | None = None
    next_effect: str = "begin"
    is_frozen: bool = False
    crashed: bool = False
    failed: bool = False
    work: greenlet | None = None


@dataclass
class Kernel:
    """`effects` counts effects, and so gives the order of everything that happened.

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
        """A process that has done nothing yet; it is crashed if it lasts longer than `lasts`."""
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
        """Stop the running process before this effect; returns at its next turn, or raises Crash."""
        process = self.current
        if process is None or process.work is None:
            raise RuntimeError(f"{what}: only a process has effects")
        if process.crashed:
            raise Crash
        process.next_effect = what
        process.work.parent.switch()
        self.effects += 1

    def wait(self, what: str, seconds: float) -> None:
        """Suspend the running process for this long."""
        if self.current is None:
            raise RuntimeError(f"{what}: only a process can wait")
        self.current.wakes_at = self.clock() + timedelta(seconds=seconds)
        self.effect(what)

    def freeze(self, process: Process, by: timedelta) -> None:
        """Let the machine of a process stand still for this long; it notices nothing."""
        process.wakes_at = self.clock() + by
        process.deadline += by
        process.is_frozen = True

    @property
    def awake(self) -> list[Process]:
        """The processes that can continue now."""
        for each in self.processes:
            if each.wakes_at is not None:
                break
        else:
            return self.processes
        now = self.clock()
        return [each for each in self.processes if each.wakes_at is None or each.wakes_at <= now]

    @property
    def next_wake(self) -> datetime | None:
        """The earliest time at which a waiting process continues."""
        return min((each.wakes_at for each in self.processes if each.wakes_at), default=None)

    def resume(self, process: Process) -> None:
        """Let a process run to its next effect or its end; past its deadline it is crashed."""
        if self.clock() > process.deadline:
            self.crash(process)
            return
        process.wakes_at = None
        process.is_frozen = False
        self._switch(process, None)

    def crash(self, process: Process) -> None:
        process.crashed = True
        self._switch(process, Crash())

    @contextmanager
    def acting_for(self, process: Process | None) -> Iterator[None]:
        """What happens counts as done by this process, which may have ended."""
        self.current, before = process, self.current
        try:
            yield
        finally:
            self.current = before

    def lose_power(self) -> NoReturn:
        """Crash the running process."""
        if self.current is not None:
            self.current.crashed = True
        raise Crash

    def _switch(self, process: Process, crash: Crash | None) -> None:
        if process.work is None:
            raise RuntimeError(f"{process.name} has not begun")
        self.current = process
        try:
            if crash is None:
                process.work.switch()
            elif process.next_effect != "begin":
                process.work.throw(crash)
        finally:
            self.current = None
            if process.crashed or process.work.dead:
                self.processes.remove(process)
