"""Functions that die: at each of their calls to AWS in turn, before it is forwarded and after its answer.

The call is held by the proxy, its process gets SIGKILL, and the next process meets the next point. A
function that is tried again until it succeeds so crashes at every point of one and the same work.
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
class Course:
    """How far a function (`accounting/on_task_event`) is: two points for each call, before and after."""

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
    """Runs in a thread of its own until it is stopped."""

    installation: Installation
    courses: list[Course]
    _over: threading.Event = field(default_factory=threading.Event)

    def left(self) -> dict[str, int]:
        """By function, at how many points it has not died; nothing when all did."""
        return {each.function: left for each in self.courses if (left := each.points - each.killed)}

    def complete(self, work: Callable[[], Any]) -> None:
        """Has the work done until all died at every point; one that starts beside a kill gets past some."""
        for _ in range(ROUNDS):
            work()
            if not self.left():
                return
        raise AssertionError(f"after {ROUNDS} rounds of work: {self.left()} points are left")

    def run(self) -> None:
        proxy = self.installation.proxy
        for course in self.courses:
            proxy.add(*course.rules())
        while not self._over.wait(LOOK_SECONDS):
            held = proxy.holding()
            for course in (each for each in self.courses if each.name in held):
                self._kill(course)

    def stop(self) -> None:
        self._over.set()

    def _kill(self, course: Course) -> None:
        """No process of the function is left when the next point is set, so its calls are counted anew."""
        for pid in self.installation.product.lambda_workers(course.function):
            os.kill(pid, signal.SIGKILL)
        course.killed += 1
        self.installation.proxy.remove(course.name)
        self.installation.proxy.add(*course.rules())


@contextmanager
def crashing(installation: Installation, calls: Mapping[str, int]) -> Iterator[Crashes]:
    """Functions, and at how many of their calls they die; their messages come again as often as it takes."""
    courses = [Course(each, installation.name(each), 2 * count) for each, count in calls.items()]
    crashes = Crashes(installation, courses)
    thread = threading.Thread(target=crashes.run)
    with ExitStack() as undo:
        for consumer in installation.consumers(list(calls)):
            undo.enter_context(installation.tireless(consumer))
        thread.start()
        try:
            yield crashes
        finally:
            crashes.stop()
            thread.join(STOP_SECONDS)
            installation.proxy.heal()
