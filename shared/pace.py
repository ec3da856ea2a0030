"""Limits the rate of calls to a service of AWS that allows only so many from all callers together."""

import time
from collections.abc import Callable


class Pace:
    """Call it before each call; it returns when that may be made.

    The first one waits too: another invocation may have made a call just before this one began. So several
    invocations, each at its share of the rate, stay below it together.
    """

    def __init__(
        self,
        calls_per_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds_between = 1 / calls_per_second
        self._now, self._sleep = now, sleep
        self._free_at = now() + self._seconds_between

    def __call__(self) -> None:
        if (wait := self._free_at - self._now()) > 0:
            self._sleep(wait)
        self._free_at = self._now() + self._seconds_between


def unpaced() -> None:
    """For calls that nothing limits."""
