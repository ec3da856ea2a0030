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

    `failed` says that it could not do all it was there for.
    """

    name: str
    service: str
    deadline: datetime
    began: int
    next_effect: str = "begin"
    crashed: bool = False
    failed: bool = False
    work: greenlet | None = None


@dataclass
class Kernel:
    """`effects` counts those that took place; it is also the order in which everything happened."""

    clock: SimulatedClock
    processes: list[Process] = field(default_factory=list)
    current: Process | None = None
    effects: int = 0

    def begin(self, name: str, service: str, work: Callable[[], None], lasts: timedelta) -> Process:
        """A process that has done nothing yet; it is crashed when it lasts longer than that."""
        process = Process(name, service, self.clock() + lasts, self.effects)

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

    def go_on(self, process: Process) -> None:
        """Let a process come to its next effect, or its end; one whose time is up is crashed."""
        if self.clock() > process.deadline:
            self.crash(process)
            return
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
