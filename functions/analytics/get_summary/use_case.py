"""Management earnings of a day, and how many accounts are in the minus."""

from functions.analytics.domain import Summary, day_figures, shard_key
from functions.analytics.figures import current_figures, current_generation
from functions.analytics.rows import FIGURES, DayTotal
from shared.store import Store


def get_summary(day: str, today: str, store: Store) -> Summary:
    generation = current_generation(store)
    now = current_figures(store, generation)
    keys = [
        {"generation_shard": shard_key(generation, shard), "business_day": day}
        for shard in store.shards(FIGURES).all
    ]
    totals = store.get_many(DayTotal, keys)
    return Summary(day_figures(day, today, totals, now.accounts_in_minus), now.as_of)
