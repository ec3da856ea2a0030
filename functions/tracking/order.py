"""Orders the events of a task by its version, because clocks differ."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_order(by_time: Sequence[T], version: Callable[[T], int | None]) -> list[T]:
    """Sort events of one task, oldest first. Old events without a version keep their places by time."""
    versioned = iter(sorted(filter(version, by_time), key=lambda event: version(event) or 0))
    return [next(versioned) if version(event) else event for event in by_time]
