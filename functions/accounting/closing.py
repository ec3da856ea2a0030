"""Which business days are to be closed, and for which accounts: alike for the schedule and for a request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.accounting.domain import CLOSE_SHARDS, Close, OpenAccount, Started
from shared.clock import business_day, day_end, previous_day, rfc3339
from shared.idempotency import Remember, forget
from shared.messages import WorkQueue
from shared.scope import Scope
from shared.store import Action, Add, ConditionFailed, Insert, Store, chunks

SETTLES_AFTER = timedelta(minutes=5)
CLOSES_AFTER = timedelta(hours=1)
ACCOUNTS_PER_JOB = 25
MAX_ACCOUNTS = 10_000
"""Of one shard at one tick; the next tick goes on with those still open."""


@dataclass(frozen=True, slots=True)
class CloseJob:
    """These accounts are to be closed through this day."""

    account_ids: list[str]
    through: str

    def document(self) -> dict[str, Any]:
        return {"account_ids": self.account_ids, "through": self.through}


def read_close_job(document: Any) -> CloseJob:
    """Raises KeyError or TypeError for what is no such job."""
    return CloseJob([str(account_id) for account_id in document["account_ids"]], str(document["through"]))


def due_day(now: datetime, zone: str, waiting_events: Callable[[], int]) -> str:
    """The latest business day to be closed at this instant.

    Over for 5 minutes, with no task event seen waiting, or over for an hour; the queue is asked only
    when it matters.
    """
    yesterday = previous_day(business_day(now, zone))
    over_for = now - day_end(yesterday, zone)
    if over_for >= CLOSES_AFTER or (over_for >= SETTLES_AFTER and waiting_events() == 0):
        return yesterday
    return previous_day(yesterday)


def start_closing(
    through: str, store: Store, queue: WorkQueue, scope: Scope, remember: Remember[Started] = forget
) -> Started:
    """Send the accounts that are open on this day to be closed; harmless to do again at any time.

    Raises NotSent when the queue refused; what was sent before is closed all the same.
    """
    accounts = _open_accounts(through, store)
    jobs = [CloseJob(list(group), through).document() for group in chunks(accounts, ACCOUNTS_PER_JOB)]
    queue.send(jobs, scope.correlation_id)
    started = Started(through if accounts else None, len(accounts))
    _note(store, _progress(store, through, bool(accounts), rfc3339(scope.now())), remember(started))
    return started


def _open_accounts(through: str, store: Store) -> list[str]:
    """From an index that lags: one that is closed meanwhile is passed over, one that is missed comes next."""
    return [
        account.account_id
        for shard in range(CLOSE_SHARDS)
        for account in store.query(OpenAccount, shard, below=through, limit=MAX_ACCOUNTS)
    ]


def _progress(store: Store, through: str, any_open: bool, now: str) -> Action | None:
    """What is new of the close of a day: that it began, or that no account is left."""
    row = store.get(Close, business_day=through)
    if row is None:
        return Insert(Close(through, now)) if any_open else None
    if any_open or row.finished_at is not None:
        return None
    return Add(Close, {"business_day": through}, values={"finished_at": now}, expected={"finished_at": None})


def _note(store: Store, progress: Action | None, remembered: Sequence[Action]) -> None:
    """Write both; progress that another tick has noted is left as it is. Raises ConditionFailed."""
    actions = [*remembered, *([progress] if progress else [])]
    if not actions:
        return
    try:
        store.transact(actions)
    except ConditionFailed:
        if remembered:
            store.transact(remembered)
