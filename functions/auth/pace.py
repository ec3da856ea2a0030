"""Calls to the user pool, no faster than Cognito lets all callers together make them."""

import time
from collections.abc import Callable

# Cognito takes about 25 of the slowest category; the rest is for people at work.
CALLS_PER_SECOND = 20


class Pace:
    """Called with a number of calls before they are made; returns when they may be."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._now, self._sleep = now, sleep
        self._free_at = now()

    def __call__(self, calls: int) -> None:
        if (wait := self._free_at - self._now()) > 0:
            self._sleep(wait)
        self._free_at = self._now() + calls / CALLS_PER_SECOND
