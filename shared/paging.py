"""Pages of a list: opaque cursors, and several partitions read as one ordered list."""

import base64
import hashlib
import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from shared.frozen import Frozen
from shared.store import Store

R = TypeVar("R")
Position = Callable[[R], str]
Read = Callable[[str | None, int], Sequence[R]]
"""Given a position (None for the start) and a limit, returns the next rows of a partition."""

MAX_EXAMINED = 500
_DIGEST_BYTES = 9
NUMBER = r"[1-9][0-9]{0,14}"
"""Matches a position that is a number."""


class BadCursor(Exception):
    """The cursor does not belong to this list, caller and filters."""


class Question(Frozen):
    """A list, its filters and its caller; its cursors are refused under any other question.

    Cursors aren't signed: a position must match `form`, so that no table is queried for an impossible key.
    """

    text: str

    def cursor(self, position: str | int | None) -> str | None:
        """The opaque cursor for the last row that was examined; None after the last page."""
        if position is None:
            return None
        raw = self._digest() + str(position).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def position(self, cursor: str | None, form: str) -> str | None:
        """The position where the previous page ended, None for the first page; raises BadCursor."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            digest, position = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:].decode()
        except ValueError as error:
            raise BadCursor("is not a cursor of this API") from error
        if digest != self._digest() or not re.fullmatch(form, position):
            raise BadCursor("belongs to another list, or to other filters")
        return position

    def _digest(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()[:_DIGEST_BYTES]


class Examined(Frozen, Generic[R]):
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
    """The first rows that match, at most `limit`, among at most 500 that are examined."""
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
    """Reads a partition in the order of its keys, up to an exclusive bound."""

    def read(above: str | None, limit: int) -> Sequence[R]:
        return store.query(kind, partition, above=above, below=below, limit=limit)

    return read


def newest_first(store: Store, kind: type[R], partition: str | int) -> Read[R]:
    def read(below: str | None, limit: int) -> Sequence[R]:
        return store.query(kind, partition, below=below, limit=limit, newest_first=True)

    return read


def _page_size(wanted: int, partitions: int) -> int:
    """Somewhat more than a partition's share, so that few must be queried twice."""
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
