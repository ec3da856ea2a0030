"""Waiting for a condition, never for longer than was said."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timer:
    """Monotonic seconds and how to let them pass; a test brings its own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def until(
    condition: Callable[[], bool], timer: Timer, timeout_seconds: float, interval_seconds: float = 0.5
) -> bool:
    """Whether the condition came true in time; it is looked at once at least."""
    deadline = timer.now() + timeout_seconds
    while not condition():
        if timer.now() >= deadline:
            return False
        timer.sleep(interval_seconds)
    return True
