"""Store the lines of reports, and a report for each closed day with entries, in any order of events.

Keys follow from the events, so a repeated event finds its rows.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from events.accounting import AccountDayClosed, LedgerEntryPosted
from events.envelope import Event
from functions.notifications.domain import WAITING, report_id_of
from functions.notifications.rows import REPORTS, Report, ReportLine
from shared.clock import rfc3339
from shared.context import Context
from shared.guards import check_rows
from shared.messages import NONE_FAILED, Failed, Received
from shared.store import ConditionFailed, Insert, Store
from shared.tables import Shards


def on_ledger_event(messages: Sequence[Received[Event]], store: Store, context: Context) -> Failed:
    """Raises StoreError.

    If the reports' sentinel is missing (RowsLost), no report is stored: a lost one would be mailed again.
    """
    _keep_lines((m.payload for m in messages if isinstance(m.payload, LedgerEntryPosted)), store)
    reports = [
        _report(message, message.payload, context.now(), store.shards(REPORTS))
        for message in messages
        if isinstance(message.payload, AccountDayClosed) and message.payload.entry_count > 0
    ]
    if reports:
        check_rows(store, Report, "report_id")
    for report in reports:
        _keep_report(report, store)
    return NONE_FAILED


def _keep_lines(entries: Iterable[LedgerEntryPosted], store: Store) -> None:
    """An entry never changes: it may be written again, and a part of them without the rest."""
    lines = {(line.account_day, line.entry_number): line for line in map(_line, entries)}
    if lines:
        store.put_all(list(lines.values()))


def _keep_report(report: Report, store: Store) -> None:
    """An existing report may be queued or sent, so it is not changed."""
    try:
        store.transact([Insert(report)])
    except ConditionFailed:
        return


def _line(entry: LedgerEntryPosted) -> ReportLine:
    return ReportLine(
        account_day=report_id_of(entry.account_id, entry.business_day),
        entry_number=entry.entry_number,
        kind=entry.kind,
        amount=entry.amount,
        balance_after=entry.balance_after,
        source_occurred_at=rfc3339(entry.source_occurred_at),
        title=entry.title,
        jira_id=entry.jira_id,
        reason=entry.reason,
    )


def _report(message: Received[Event], closed: AccountDayClosed, now: datetime, shards: Shards) -> Report:
    report_id = report_id_of(closed.account_id, closed.business_day)
    return Report(
        report_id=report_id,
        account_id=closed.account_id,
        business_day=closed.business_day,
        earned=closed.earned,
        paid_out=closed.paid_out,
        carried_over=closed.carried_over,
        currency=closed.currency,
        entry_count=closed.entry_count,
        state=WAITING,
        attempts=0,
        next_attempt_at=rfc3339(now),
        created_at=rfc3339(now),
        failure_told=False,
        correlation_id=message.correlation_id,
        event_id=message.event_id,
        due_shard=shards.of(report_id),
    )
