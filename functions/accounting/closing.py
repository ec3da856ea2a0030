"""Which business days are to be closed, and for which accounts: alike for the schedule and for a request."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from functions.accounting.ledger import CLOSE_SHARDS, Started
from functions.accounting.rows import Close, OpenAccount
from shared.clock import business_day, day_end, previous_day, rfc3339
from shared.context import Context
from shared.messages import WorkQueue
from shared.store import MAX_ACTIONS, Action, Add, ConditionFailed, Insert, Store, chunks

SETTLES_AFTER = timedelta(minutes=5)
CLOSES_AFTER = timedelta(hours=1)
ACCOUNTS_PER_JOB = 25
MAX_ACCOUNTS = 10_000
"""Of one shard at one tick; the next tick goes on with those still open."""
PAGE_DAYS = 31
MAX_PAGES = 12


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


def start_closing(through: str, store: Store, context: Context, queue: WorkQueue) -> Started:
    """Send the accounts that are open on this day to be closed; harmless to do again at any time.

    Raises NotSent when the queue refused; what was sent before is closed all the same.
    """
    accounts = open_accounts(through, store)
    account_ids = [account.account_id for account in accounts]
    jobs = [CloseJob(list(group), through).document() for group in chunks(account_ids, ACCOUNTS_PER_JOB)]
    queue.send(jobs, context.correlation_id)
    _note_progress(through, accounts, store, rfc3339(context.now()))
    return started(through, accounts)


def open_accounts(through: str, store: Store) -> list[OpenAccount]:
    """From an index that lags: one that is closed meanwhile is passed over, one that is missed comes next."""
    return [
        account
        for shard in range(CLOSE_SHARDS)
        for account in store.query(OpenAccount, shard, below=through, limit=MAX_ACCOUNTS)
    ]


def started(through: str, accounts: Sequence[OpenAccount]) -> Started:
    return Started(through if accounts else None, len(accounts))


def _note_progress(through: str, accounts: Sequence[OpenAccount], store: Store, now: str) -> None:
    """That the close of a day began, and of which days no account is open any more.

    What another tick has noted first is left as it is; the next one notes the rest.
    """
    is_begun, unfinished = _closes(through, store)
    closed_by_all = min((account.closed_through for account in accounts), default=through)
    progress: list[Action] = [_finished(row, now) for row in unfinished if row.business_day <= closed_by_all]
    if accounts and not is_begun:
        progress.append(Insert(Close(through, now)))
    for actions in chunks(progress, MAX_ACTIONS):
        with suppress(ConditionFailed):
            store.transact(actions)


def _closes(through: str, store: Store) -> tuple[bool, list[Close]]:
    """Whether the close of this day has begun, and the closes up to it that were not finished.

    Who is open on a day is open on all later ones, so these days lie together at the end: the search
    stops where a page has none.
    """
    rows: list[Close] = []
    day = through
    for _ in range(MAX_PAGES):
        days = [(date.fromisoformat(day) - timedelta(days=back)).isoformat() for back in range(PAGE_DAYS)]
        page = store.get_many(Close, [{"business_day": each} for each in days])
        rows += page
        if all(row.finished_at is not None for row in page):
            break
        day = previous_day(days[-1])
    is_begun = any(row.business_day == through for row in rows)
    return is_begun, [row for row in rows if row.finished_at is None]


def _finished(close: Close, now: str) -> Action:
    expected = {"started_at": close.started_at, "finished_at": None}
    return Add(Close, {"business_day": close.business_day}, values={"finished_at": now}, expected=expected)
