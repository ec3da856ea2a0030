"""Which entries of an account were counted: a mark for each, or ranges of numbers in the account's row.

Entries of an account are numbered 1, 2, 3 … without gaps, so a row needs to hold hardly more than the last
number. A row of the first form has neither field, and all of its entries have marks. The batch that begins to
number a row is still marked: only entries after it, which nobody can have counted before, have no marks.
"""

from collections.abc import Iterable

from functions.analytics.domain import AnalyticsError
from functions.analytics.rows import LatestEntry

MAX_RANGES = 1_000
"""About 12 KB; so many gaps mean that entries arrive in no order at all, and later tries find fewer."""

Range = tuple[int, int]


class TooManyGaps(AnalyticsError):
    """Too many entries of an account have not arrived yet; the message is retried."""


def is_numbered(row: LatestEntry | None, number: int) -> bool:
    """Whether the account's row, and no mark, says if an entry was counted."""
    return row is not None and row.marked_through is not None and number > row.marked_through


def is_counted(row: LatestEntry | None, number: int) -> bool:
    """Whether the account's row says that an entry was counted."""
    counted = row.counted if row else None
    return any(first <= number <= last for first, last in _ranges(counted))


def with_numbers(counted: str | None, numbers: Iterable[int]) -> str:
    """Ranges with these numbers too; raises TooManyGaps."""
    joined: list[Range] = []
    for first, last in sorted([*_ranges(counted), *((number, number) for number in numbers)]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    if len(joined) > MAX_RANGES:
        raise TooManyGaps(f"entries in {len(joined)} parts")
    return " ".join(f"{first}-{last}" if first < last else str(first) for first, last in joined)


def _ranges(counted: str | None) -> list[Range]:
    parts = (part.partition("-") for part in (counted or "").split())
    return [(int(first), int(last or first)) for first, _, last in parts]
