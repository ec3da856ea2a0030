"""The most expensive task of a day, a week, a month or any range, and of each of its days."""

from functions.analytics.domain import MAX_DAYS, TopTask
from functions.analytics.figures import current_generation
from functions.analytics.periods import DayRange
from shared.clock import previous_day
from shared.store import Store


def list_top_tasks(asked: DayRange, store: Store) -> list[TopTask]:
    """One task for each day on which a task was completed, newest first."""
    return store.query(
        TopTask,
        str(current_generation(store)),
        above=previous_day(asked.first),
        through=asked.last,
        limit=MAX_DAYS,
        newest_first=True,
    )
