"""Waiting for a condition, with a limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timer:
    """A monotonic clock and a sleep; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def until(
    condition: Callable[[], bool], timer: Timer, timeout_seconds: float, interval_seconds: float = 0.5
) -> bool:
    """Whether the condition came true in time; checks it at least once."""
    deadline = timer.now() + timeout_seconds
    while not condition():
        if timer.now() >= deadline:
            return False
        timer.sleep(interval_seconds)
    return True
