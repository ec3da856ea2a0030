"""Pages of a list: opaque cursors, and several partitions read as one ordered list."""

import base64
import hashlib
import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.store import Store

R = TypeVar("R")
Position = Callable[[R], str]
Read = Callable[[str | None, int], Sequence[R]]
"""From a position (None for the start) and a number to at most as many rows of a partition after it."""

MAX_EXAMINED = 500
_DIGEST_BYTES = 9
NUMBER = r"[1-9][0-9]{0,14}"
"""The form of a position that is a number."""


class BadCursor(Exception):
    """A cursor that wasn't handed out for this list and this question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a list was asked, by whom; a cursor that answers it is good for no other.

    Cursors aren't signed: `form` is what a position of the list must look like, so that no table is asked
    for what can't be a key.
    """

    text: str

    def cursor(self, position: str | int | None) -> str | None:
        """An opaque text for the position of the last row that was examined; None after the last page."""
        if position is None:
            return None
        raw = self._digest() + str(position).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def position(self, cursor: str | None, form: str) -> str | None:
        """Where the page before ended, None for the first page; raises BadCursor."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            digest, position = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:].decode()
        except ValueError as error:
            raise BadCursor("is not one of ours") from error
        if digest != self._digest() or not re.fullmatch(form, position):
            raise BadCursor("belongs to another list, or to other filters")
        return position

    def _digest(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()[:_DIGEST_BYTES]


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


def oldest_first(store: Store, kind: type[R], partition: str | int, below: str | None = None) -> Read[R]:
    """A partition in the order of its keys, up to a bound."""

    def read(above: str | None, limit: int) -> Sequence[R]:
        return store.query(kind, partition, above=above, below=below, limit=limit)

    return read


def newest_first(store: Store, kind: type[R], partition: str | int) -> Read[R]:
    def read(below: str | None, limit: int) -> Sequence[R]:
        return store.query(kind, partition, below=below, limit=limit, newest_first=True)

    return read


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
