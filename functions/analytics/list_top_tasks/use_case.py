"""The most expensive task of a day, a week, a month or any range, and of each of its days."""

from functions.analytics.domain import TopTasks
from functions.analytics.figures import current_figures, current_generation
from functions.analytics.rows import TopTask
from shared.clock import previous_day
from shared.days import MAX_DAYS, DayRange
from shared.store import Store


def list_top_tasks(asked: DayRange, store: Store) -> TopTasks:
    generation = current_generation(store)
    as_of = current_figures(store, generation).as_of
    tasks = store.query(
        TopTask,
        str(generation),
        above=previous_day(asked.first),
        through=asked.last,
        limit=MAX_DAYS,
        newest_first=True,
    )
    return TopTasks(tasks, as_of)
