"""In which order the events of a task happened: by its version where they tell it, for clocks differ."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_order(by_time: Sequence[T], version: Callable[[T], int | None]) -> list[T]:
    """Events of one task, oldest first. Those of before the version was told keep their places by time."""
    told = iter(sorted(filter(version, by_time), key=lambda event: version(event) or 0))
    return [next(told) if version(event) else event for event in by_time]
