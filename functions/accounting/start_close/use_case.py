"""The job of the schedule, asked for by a person."""

from collections.abc import Callable

from functions.accounting.closing import due_day, start_closing
from functions.accounting.domain import Started
from shared.idempotency import Remember, forget
from shared.messages import WorkQueue
from shared.scope import Scope
from shared.store import Store


def start_close(
    store: Store,
    queue: WorkQueue,
    waiting_events: Callable[[], int],
    scope: Scope,
    zone: str,
    remember: Remember[Started] = forget,
) -> Started:
    """Never closes a day sooner than the schedule would."""
    return start_closing(due_day(scope.now(), zone, waiting_events), store, queue, scope, remember)
