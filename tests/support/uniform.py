"""A chi-square test that draws are uniform: not too far off, not suspiciously even."""

from collections import Counter
from collections.abc import Collection, Hashable

Z = 3.719
"""One of 10,000 fair series lies beyond each bound; a seeded series always gives the same result."""


def chi_square(counts: Counter[Hashable], expected: Collection[Hashable]) -> float:
    """For counts that should be equal; a value never drawn counts as zero."""
    share = counts.total() / len(expected)
    return sum((counts[value] - share) ** 2 / share for value in expected)


def bounds(cells: int) -> tuple[float, float]:
    """The bounds of a fair series' chi-square (Wilson and Hilferty's approximation)."""
    freedom = cells - 1
    spread = (2 / (9 * freedom)) ** 0.5
    low, high = ((1 - spread**2 + z * spread) ** 3 * freedom for z in (-Z, Z))
    return low, high


def assert_uniform(counts: Counter[Hashable], expected: Collection[Hashable]) -> None:
    """Every expected value was drawn, no other, and none too often."""
    assert set(counts) == set(expected)
    low, high = bounds(len(expected))
    found = chi_square(counts, expected)
    assert low < found < high, (
        f"chi-square {found:.1f} of {counts.total()} draws, not in {low:.1f}..{high:.1f}"
    )
