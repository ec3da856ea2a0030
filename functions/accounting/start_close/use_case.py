"""Requests a close before the schedule's next run; the consumer of its event does the work."""

from collections.abc import Callable

from events.accounting import CloseRequested
from functions.accounting.closing import due_day, open_accounts, started
from functions.accounting.ledger import Started
from functions.accounting.rows import Close
from shared.clock import rfc3339
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Action, ConditionFailed, Insert, Store

MAX_TRIES = 3


def start_close(
    requested_by: str,
    store: Store,
    context: Context,
    waiting_events: Callable[[], int],
    zone: str,
    remember: Remember[Started] = forget,
) -> Started:
    """Close only days that the schedule would close too; raises ConditionFailed."""
    now = context.now()
    through = due_day(now, zone, waiting_events)
    found = started(through, open_accounts(through, store))
    event = CloseRequested(through=through, requested_by=requested_by)
    for _ in range(MAX_TRIES):
        own = [*_start_actions(found, store, rfc3339(now)), *context.record(event, occurred_at=now)]
        try:
            store.transact([*own, *remember(found)])
            return found
        except ConditionFailed as refusal:
            if max(refusal.failed) >= len(own):
                raise
            trouble = refusal  # another request started the same close meanwhile
    raise trouble


def _start_actions(found: Started, store: Store, now: str) -> list[Action]:
    """Write the close's row, unless there is one or nothing to close."""
    if found.through is None or store.get(Close, business_day=found.through) is not None:
        return []
    return [Insert(Close(found.through, now))]
