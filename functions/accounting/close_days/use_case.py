"""The daily close: finds the last business day that is due, and starts closing accounts through it."""

from collections.abc import Callable

from functions.accounting.closing import due_day, late_day, start_closing
from functions.accounting.ledger import Started
from shared.context import Context
from shared.messages import WorkQueue
from shared.store import Store


def close_days(
    store: Store,
    context: Context,
    queue: WorkQueue,
    waiting_events: Callable[[], int],
    zone: str,
    through: str | None = None,
) -> Started:
    """`through` is a day given by hand, over or not; by default the last day that is due."""
    now = context.now()
    day = through or due_day(now, zone, waiting_events)
    return start_closing(day, store, context, queue, late=late_day(now, zone))
