"""Reading several partitions as one ordered list, a bounded number of rows at a time."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")
Position = Callable[[R], str]
Read = Callable[[str | None, int], Sequence[R]]
"""From a position (None for the start) and a number to at most as many rows of a partition after it."""

MAX_EXAMINED = 500


@dataclass(frozen=True, slots=True)
class Examined(Generic[R]):
    """`next_position` is that of the last row examined, or None after the end of the list."""

    found: list[R]
    next_position: str | None


def examine(
    partitions: Sequence[Read[R]],
    position: Position[R],
    after: str | None,
    *,
    limit: int,
    fits: Callable[[R], bool] | None = None,
    descending: bool = False,
) -> Examined[R]:
    """The first rows that fit, at most `limit` of them, out of at most 500."""
    wanted = MAX_EXAMINED if fits else limit
    page = _page_size(wanted, len(partitions))
    rows = heapq.merge(
        *(_rows(read, position, after, page) for read in partitions), key=position, reverse=descending
    )
    found: list[R] = []
    for number, row in enumerate(rows, 1):
        if fits is None or fits(row):
            found.append(row)
        if len(found) == limit or number == MAX_EXAMINED:
            return Examined(found, position(row) if next(rows, None) is not None else None)
    return Examined(found, None)


def _page_size(wanted: int, partitions: int) -> int:
    """Rarely does a partition hold so much more than its share that it must be asked twice."""
    if partitions == 1:
        return wanted + 1
    return wanted * 3 // (2 * partitions) + 5


def _rows(read: Read[R], position: Position[R], after: str | None, page: int) -> Iterator[R]:
    while True:
        rows = read(after, page)
        yield from rows
        if len(rows) < page:
            return
        after = position(rows[-1])
