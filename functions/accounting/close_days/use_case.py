"""The daily close: looks which business days are over, and has them closed."""

from collections.abc import Callable

from functions.accounting.closing import due_day, start_closing
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
    """`through` is a day given by hand, over or not; without one, the last that is due."""
    return start_closing(through or due_day(context.now(), zone, waiting_events), store, context, queue)
