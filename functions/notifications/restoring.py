"""Rebuilds notifications' tables from an older or incomplete copy of them and its own events.

Sent reports are rebuilt from `Email.Sent`, before accounting's events are replayed, which leave them as they
are. Lines and waiting reports are rebuilt by that replay.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from events.envelope import Envelope, read_envelope
from events.notifications import EmailFailed, EmailSent
from functions.notifications.domain import SENT
from functions.notifications.rows import Report
from shared.clock import rfc3339
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import Tables, documents, with_published


def restored(tables: Tables, published: Iterable[EventDocument]) -> dict[type[Any], list[Any]]:
    """All rows; a report with an `Email.Sent` is sent, whatever the copy says."""
    journal = with_published(tables, published, "report_id")
    reports = {report.report_id: report for report in tables[Report]}
    for document in documents(journal):
        envelope, event = read_envelope(document)
        if isinstance(event, EmailSent):
            reports[event.report_id] = _sent(envelope, event)
        elif isinstance(event, EmailFailed) and event.report_id in reports:
            reports[event.report_id] = replace(reports[event.report_id], failure_told=True)
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: journal,
        Report: list(reports.values()),
    }


def _sent(envelope: Envelope, event: EmailSent) -> Report:
    """`next_attempt_at` has no meaning in a sent report."""
    return Report(
        report_id=event.report_id,
        account_id=event.account_id,
        business_day=event.business_day,
        earned=event.earned,
        paid_out=event.paid_out,
        carried_over=event.carried_over,
        currency=event.currency,
        entry_count=event.entry_count,
        state=SENT,
        attempts=event.attempts,
        next_attempt_at=rfc3339(event.sent_at),
        created_at=rfc3339(event.created_at),
        failure_told=event.failure_told,
        correlation_id=envelope.correlation_id,
        event_id=envelope.causation_id or envelope.event_id,
        message_id=event.message_id,
        sent_at=rfc3339(event.sent_at),
    )
