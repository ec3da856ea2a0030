"""Reads the current generation and its figures."""

from functions.analytics.domain import CurrentFigures, minus_key
from functions.analytics.rows import CURRENT, FIGURES, FIRST_GENERATION, Generation, MinusCount
from shared.store import Store


def current_generation(store: Store) -> int:
    """Read at each call, because a rebuild switches it while processes are running."""
    row = store.get(Generation, name=CURRENT)
    return FIRST_GENERATION if row is None else row.generation


def current_figures(store: Store, generation: int) -> CurrentFigures:
    """Read this before other figures, so that these include at least what was posted by `as_of`."""
    keys = [minus_key(generation, shard) for shard in store.shards(FIGURES).all]
    counts = store.get_many(MinusCount, keys)
    return CurrentFigures(
        accounts_in_minus=sum(count.accounts for count in counts),
        as_of=max((count.posted_at for count in counts if count.posted_at), default=None),
    )
