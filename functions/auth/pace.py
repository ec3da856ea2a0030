"""Limits the rate of calls to the user pool; Cognito's limit is for all callers together."""

import time
from collections.abc import Callable

# Cognito allows about 25 in the most limited category; the rest is left to interactive use.
CALLS_PER_SECOND = 20


class Pace:
    """Call it with a number of calls before making them; it returns when they may be made."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._now, self._sleep = now, sleep
        self._free_at = now()

    def __call__(self, calls: int) -> None:
        if (wait := self._free_at - self._now()) > 0:
            self._sleep(wait)
        self._free_at = self._now() + calls / CALLS_PER_SECOND
