"""Kill functions at each of their calls to AWS in turn: before it is forwarded, and after its answer.

The proxy holds the call, the process gets SIGKILL, and the next process is killed at the next point. A
function that is retried until it succeeds so crashes at every point of the same work.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.system.failures.installation import Installation
from tests.system.failures.proxy import PASSED, UNANSWERED, UNSENT, Rule, fault

LOOK_SECONDS = 0.05
STOP_SECONDS = 30
ROUNDS = 8


@dataclass
class KillPoints:
    """A function's (`accounting/on_task_event`) kill points: two for each call, before and after it."""

    function: str
    name: str
    points: int
    killed: int = 0

    def rules(self) -> list[Rule]:
        if self.killed == self.points:
            return []
        earlier, answered = divmod(self.killed, 2)
        passed = [fault(self.name, **PASSED, times=earlier)] if earlier else []
        return [*passed, fault(self.name, **(UNANSWERED if answered else UNSENT), times=1)]


@dataclass
class Crashes:
    """Kills functions, in a thread, until it is stopped."""

    installation: Installation
    kill_points: list[KillPoints]
    _over: threading.Event = field(default_factory=threading.Event)

    def left(self) -> dict[str, int]:
        """The number of points left, by function; empty if all were reached."""
        return {each.function: left for each in self.kill_points if (left := each.points - each.killed)}

    def complete(self, work: Callable[[], Any]) -> None:
        """Repeat the work until no point is left; a process that starts beside a kill may pass some."""
        for _ in range(ROUNDS):
            work()
            if not self.left():
                return
        raise AssertionError(f"after {ROUNDS} rounds of work: {self.left()} points are left")

    def run(self) -> None:
        proxy = self.installation.proxy
        for points_of_function in self.kill_points:
            proxy.add(*points_of_function.rules())
        while not self._over.wait(LOOK_SECONDS):
            held = proxy.holding()
            for points_of_function in (each for each in self.kill_points if each.name in held):
                self._kill(points_of_function)

    def stop(self) -> None:
        self._over.set()

    def _kill(self, points_of_function: KillPoints) -> None:
        """Kill all processes of the function before the next point is set, so calls are counted from 0."""
        for pid in self.installation.product.lambda_workers(points_of_function.function):
            os.kill(pid, signal.SIGKILL)
        points_of_function.killed += 1
        self.installation.proxy.remove(points_of_function.name)
        self.installation.proxy.add(*points_of_function.rules())


@contextmanager
def crashing(installation: Installation, calls: Mapping[str, int]) -> Iterator[Crashes]:
    """Kill functions at this many of their calls; their messages are retried without limit."""
    kill_points = [KillPoints(each, installation.name(each), 2 * count) for each, count in calls.items()]
    crashes = Crashes(installation, kill_points)
    thread = threading.Thread(target=crashes.run)
    with ExitStack() as undo:
        for consumer in installation.consumers(list(calls)):
            undo.enter_context(installation.endless_retries(consumer))
        thread.start()
        try:
            yield crashes
        finally:
            crashes.stop()
            thread.join(STOP_SECONDS)
            installation.proxy.heal()
