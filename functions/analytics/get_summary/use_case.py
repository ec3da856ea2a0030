"""Management earnings of a day, and how many accounts are in the minus."""

from functions.analytics.domain import SHARDS, DayFigures, DayTotal, day_figures, shard_key
from functions.analytics.figures import accounts_in_minus_now, current_generation
from shared.store import Store


def get_summary(day: str, today: str, store: Store) -> DayFigures:
    generation = current_generation(store)
    keys = [
        {"generation_shard": shard_key(generation, shard), "business_day": day} for shard in range(SHARDS)
    ]
    in_minus_now = accounts_in_minus_now(store, generation) if day >= today else 0
    return day_figures(day, today, store.get_many(DayTotal, keys), in_minus_now)
