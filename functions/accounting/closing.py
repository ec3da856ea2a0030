"""Which business days to close for which accounts, by schedule or by request."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from functions.accounting.ledger import Started
from functions.accounting.rows import BALANCES, Close, OpenAccount
from shared.clock import business_day, day_end, previous_day, rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.messages import WorkQueue
from shared.store import MAX_ACTIONS, Action, Add, ConditionFailed, Insert, Store, chunks

SETTLES_AFTER = timedelta(minutes=5)
CLOSES_AFTER = timedelta(hours=1)
LATE_AFTER = timedelta(hours=2)
ACCOUNTS_PER_JOB = 25
MAX_ACCOUNTS = 40_000
"""Per run of the schedule; the next run takes those still open."""
PAGE_DAYS = 31
MAX_PAGES = 12


class CloseJob(Frozen):
    """Close these accounts through this day."""

    account_ids: list[str]
    through: str

    def document(self) -> dict[str, Any]:
        return {"account_ids": self.account_ids, "through": self.through}


def read_close_job(document: Any) -> CloseJob:
    """Raises KeyError or TypeError if the document is not such a job."""
    return CloseJob([str(account_id) for account_id in document["account_ids"]], str(document["through"]))


def due_day(now: datetime, zone: str, waiting_events: Callable[[], int]) -> str:
    """The latest business day to close at this instant.

    A day is due 5 minutes after its end if no task event is waiting, else one hour after its end. The queue
    is read only if it matters.
    """
    yesterday = previous_day(business_day(now, zone))
    over_for = now - day_end(yesterday, zone)
    if over_for >= CLOSES_AFTER or (over_for >= SETTLES_AFTER and waiting_events() == 0):
        return yesterday
    return previous_day(yesterday)


def late_day(now: datetime, zone: str) -> str:
    """The latest business day that every account should be closed through by now."""
    return previous_day(business_day(now - LATE_AFTER, zone))


def start_closing(
    through: str, store: Store, context: Context, queue: WorkQueue, late: str | None = None
) -> Started:
    """Queue the accounts that are open on this day to be closed; may be repeated at any time.

    Those open on the day `late`, or an earlier one, are counted.
    Raises NotSent if the queue refused some; those queued before are closed anyway.
    """
    accounts = open_accounts(through, store)
    account_ids = [account.account_id for account in accounts]
    jobs = [CloseJob(list(group), through).document() for group in chunks(account_ids, ACCOUNTS_PER_JOB)]
    queue.send(jobs, context.correlation_id)
    if late and (behind := sum(account.closed_through < late for account in accounts)):
        context.count("ClosesLate", behind)
    _note_progress(through, accounts, store, rfc3339(context.now()))
    return started(through, accounts)


def open_accounts(through: str, store: Store) -> list[OpenAccount]:
    """Each once, even if it moves to another shard meanwhile.

    The index lags: accounts closed meanwhile are skipped later, missed ones are found by the next run.
    """
    shards = store.shards(BALANCES)
    found = [
        account
        for shard in shards.all
        for account in store.query(OpenAccount, shard, below=through, limit=MAX_ACCOUNTS // shards.read)
    ]
    return list({account.account_id: account for account in found}.values())


def started(through: str, accounts: Sequence[OpenAccount]) -> Started:
    return Started(through if accounts else None, len(accounts))


def _note_progress(through: str, accounts: Sequence[OpenAccount], store: Store, now: str) -> None:
    """Store that the close of this day has started, and which closes are finished for all accounts.

    What another run has stored first is left as it is; the next run stores the rest.
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
    """Whether the close of this day has started, and the unfinished closes up to it.

    An account that is open on a day is open on all later days, so unfinished closes are the latest ones:
    the search ends at a page without any.
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
