"""Queue the reports that are due for the sender, a bounded number at each run."""

from collections.abc import Sequence
from dataclasses import asdict

from functions.notifications.domain import DUE_SHARDS, QUEUED, Job
from functions.notifications.rows import DueReport, Report
from shared.clock import rfc3339
from shared.context import Context
from shared.messages import WorkQueue
from shared.store import MAX_ACTIONS, Add, ConditionFailed, Store, chunks

REPORTS_PER_SHARD = 250


def queue_due_reports(store: Store, context: Context, queue: WorkQueue) -> int:
    """Returns how many were queued; raises NotSent or StoreError.

    Reports are queued first and postponed afterwards: after a crash in between, the next run queues them
    again, and of two jobs for one attempt the second is void.
    """
    queued = 0
    for shard in range(DUE_SHARDS):
        due = store.query(DueReport, shard, through=rfc3339(context.now()), limit=REPORTS_PER_SHARD)
        for group in chunks(due, MAX_ACTIONS):
            queue.send(
                [asdict(Job(report.report_id, report.attempts)) for report in group], context.correlation_id
            )
            _put_off(group, store, rfc3339(context.now() + QUEUED))
        queued += len(due)
    return queued


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
