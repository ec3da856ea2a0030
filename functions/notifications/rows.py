"""The notification service's rows and tables. None holds an e-mail address."""

from shared.records import JOURNAL, RECEIPTS
from shared.tables import Index, Row, Spread, Table

REPORTS = Spread("reports", 4)
"""A waiting report's partition of the index by its next attempt."""

CREDITS = frozenset({"completion_reward", "fee_correction"})


class ReportLine(Row):
    """A ledger entry for its account's report; `account_day` is the report's id.

    `amount` is in positive cents; its sign depends on the kind.
    """

    account_day: str
    entry_number: int
    kind: str
    amount: int
    balance_after: int
    source_occurred_at: str
    title: str | None = None
    jira_id: str | None = None
    reason: str | None = None

    @property
    def change(self) -> int:
        """What the entry added to the account's balance, in cents."""
        return self.amount if self.kind in CREDITS else -self.amount


class Report(Row):
    """A report to be mailed, kept for good.

    `attempts` counts the attempts begun. Taking the lease increments it, so it is also the lease's number:
    every later write of that attempt is conditional on it. While an attempt runs or is queued,
    `next_attempt_at` is when to retry if it never ends. `due_shard` is set while the report waits.
    `event_id` is that of its Account.DayClosed.
    """

    report_id: str
    account_id: str
    business_day: str
    earned: int
    paid_out: int
    carried_over: int
    currency: str
    entry_count: int
    state: str
    attempts: int
    next_attempt_at: str
    created_at: str
    failure_told: bool
    correlation_id: str
    event_id: str
    due_shard: int | None = None
    reason: str | None = None
    message_id: str | None = None
    sent_at: str | None = None


class DueReport(Row):
    """A report in the index of waiting ones."""

    due_shard: int
    next_attempt_at: str
    report_id: str
    attempts: int


TABLES = (
    Table("entries", ReportLine, "account_day", "entry_number"),
    Table(
        "reports",
        Report,
        "report_id",
        indexes=(Index("by_due", DueReport, "due_shard", "next_attempt_at"),),
        guarded=True,
        spread=REPORTS,
    ),
    JOURNAL,
    RECEIPTS,
)
