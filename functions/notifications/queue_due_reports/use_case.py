"""Queue the reports that are due for the sender, as many as there is room for."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from functions.notifications.domain import QUEUED, Job
from functions.notifications.rows import REPORTS, DueReport, Report
from shared.clock import rfc3339
from shared.context import Context
from shared.messages import WorkQueue
from shared.store import MAX_ACTIONS, Add, ConditionFailed, Store, chunks

SHARE = 10
"""The least to read of a shard."""


def queue_due_reports(
    store: Store, context: Context, queue: WorkQueue, room: int, has_time: Callable[[], bool]
) -> int:
    """Returns how many were queued, at most `room`; raises NotSent or StoreError.

    Reports are queued first and postponed afterwards: after a crash in between, the next run queues them
    again, and of two jobs for one attempt the second is void.
    """
    queued = 0
    for group in chunks(_due(store, rfc3339(context.now()), room), MAX_ACTIONS):
        if not has_time():
            break
        queue.send(
            [asdict(Job(report.report_id, report.attempts)) for report in group], context.correlation_id
        )
        _put_off(group, store, rfc3339(context.now() + QUEUED))
        queued += len(group)
    return queued


def _due(store: Store, now: str, room: int) -> list[DueReport]:
    """The first that are due, of all shards: from each somewhat more than its part."""
    shards = store.shards(REPORTS)
    share = 2 * room // shards.written + SHARE
    due = [row for shard in shards.all for row in store.query(DueReport, shard, through=now, limit=share)]
    return sorted(due, key=lambda report: report.next_attempt_at)[:room]


def _put_off(reports: Sequence[DueReport], store: Store, until: str) -> None:
    """Skip reports that differ from the index: an attempt has begun or ended meanwhile."""
    changes = [_postponement(report, until) for report in reports]
    while changes:
        try:
            store.transact(changes)
            break
        except ConditionFailed as refusal:
            changes = [change for position, change in enumerate(changes) if position not in refusal.failed]


def _postponement(report: DueReport, until: str) -> Add:
    return Add(
        Report,
        {"report_id": report.report_id},
        values={"next_attempt_at": until},
        expected={"attempts": report.attempts, "next_attempt_at": report.next_attempt_at},
    )
