"""The notification service's tables, private to it. None holds an e-mail address."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from functions.notifications.domain import DueReport, Report, ReportLine
from shared.tables import Binding, journal_bindings


class ReportLineTable(Model):
    class Meta:
        table_name = "entries"

    account_day = UnicodeAttribute(hash_key=True)
    entry_number = NumberAttribute(range_key=True)
    kind = UnicodeAttribute()
    amount = NumberAttribute()
    balance_after = NumberAttribute()
    source_occurred_at = UnicodeAttribute()
    title = UnicodeAttribute(null=True)
    jira_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)


class ByDueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Sparse: holds a report only while it waits."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["attempts"])

    due_shard = NumberAttribute(hash_key=True)
    next_attempt_at = UnicodeAttribute(range_key=True)


class ReportTable(Model):
    class Meta:
        table_name = "reports"

    report_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    business_day = UnicodeAttribute()
    earned = NumberAttribute()
    paid_out = NumberAttribute()
    carried_over = NumberAttribute()
    currency = UnicodeAttribute()
    entry_count = NumberAttribute()
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    next_attempt_at = UnicodeAttribute()
    created_at = UnicodeAttribute()
    failure_told = BooleanAttribute()
    correlation_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    due_shard = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)

    by_due = ByDueIndex()


TABLES: tuple[Binding, ...] = (
    Binding(ReportLine, ReportLineTable),
    Binding(Report, ReportTable, guarded=True),
    Binding(DueReport, ReportTable, "by_due"),
    *journal_bindings(),
)
