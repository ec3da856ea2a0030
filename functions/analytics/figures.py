"""Reading a generation."""

from functions.analytics.domain import (
    CURRENT,
    FIRST_GENERATION,
    SHARDS,
    Generation,
    MinusCount,
)
from shared.store import Store


def current_generation(store: Store) -> int:
    """Read anew each time: a rebuild switches it while processes live on."""
    row = store.get(Generation, name=CURRENT)
    return FIRST_GENERATION if row is None else row.generation


def accounts_in_minus_now(store: Store, generation: int) -> int:
    """By the accounts' latest entries."""
    counts = store.query(MinusCount, str(generation), limit=SHARDS)
    return sum(count.accounts for count in counts)
