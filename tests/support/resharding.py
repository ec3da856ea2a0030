"""A stage changes the number of shards while it works, up and down."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, product

from shared.tables import Shards, Spread

Sharding = Mapping[str, Shards]


def steps(spread: Spread) -> list[Shards]:
    """What is deployed, one after the other: more are read, more are written, then fewer are written."""
    now, more, fewer = spread.shards, 4 * spread.shards, spread.shards // 2
    return [Shards(now, now), Shards(now, more), Shards(more, more), Shards(fewer, more)]


def deployments(spread: Spread) -> Iterator[tuple[Sharding, Sharding]]:
    """While each step is deployed (or rolled back), writers and readers of before and after it work."""
    together = [both for step in pairwise(steps(spread)) for both in product(step, repeat=2)]
    for writers, readers in dict.fromkeys(together):
        yield {spread.name: writers}, {spread.name: readers}
