"""Management earnings and accounts in the minus, day by day."""

from collections import defaultdict
from collections.abc import Mapping

from functions.analytics.domain import Days, day_figures, shard_key
from functions.analytics.figures import current_figures, current_generation
from functions.analytics.rows import FIGURES, DayTotal
from shared.clock import previous_day
from shared.days import MAX_DAYS, DayRange
from shared.store import Store


def list_days(asked: DayRange, today: str, store: Store) -> Days:
    """Every day of the range, newest first, days without entries included."""
    generation = current_generation(store)
    now = current_figures(store, generation)
    totals = _totals_by_day(asked, generation, store)
    days = [day_figures(day, today, totals.get(day, ()), now.accounts_in_minus) for day in asked.days()]
    return Days(days, now.as_of)


def _totals_by_day(asked: DayRange, generation: int, store: Store) -> Mapping[str, list[DayTotal]]:
    by_day: dict[str, list[DayTotal]] = defaultdict(list)
    for shard in store.shards(FIGURES).all:
        key = shard_key(generation, shard)
        before = previous_day(asked.first)
        for total in store.query(DayTotal, key, above=before, through=asked.last, limit=MAX_DAYS):
            by_day[total.business_day].append(total)
    return by_day
