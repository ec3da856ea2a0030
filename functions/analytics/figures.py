"""Reading a generation."""

from functions.analytics.domain import SHARDS, Standing
from functions.analytics.rows import CURRENT, FIRST_GENERATION, Generation, MinusCount
from shared.store import Store


def current_generation(store: Store) -> int:
    """Read anew each time: a rebuild switches it while processes live on."""
    row = store.get(Generation, name=CURRENT)
    return FIRST_GENERATION if row is None else row.generation


def standing(store: Store, generation: int) -> Standing:
    """Read before the figures that it is told with, which then hold at least what was posted until then."""
    counts = store.query(MinusCount, str(generation), limit=SHARDS)
    return Standing(
        accounts_in_minus=sum(count.accounts for count in counts),
        as_of=max((count.posted_at for count in counts if count.posted_at), default=None),
    )
