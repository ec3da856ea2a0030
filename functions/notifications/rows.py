"""The notification service's rows and tables, private to it. None holds an e-mail address."""

from shared.records import JOURNAL
from shared.tables import Index, Row, Table

CREDITS = frozenset({"completion_reward", "fee_correction"})


class ReportLine(Row):
    """A ledger entry as its account's report shows it; `account_day` is the report's id.

    `amount` is positive cents, the kind tells its sign.
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
        """What the entry did to the account's balance."""
        return self.amount if self.kind in CREDITS else -self.amount


class Report(Row):
    """A report to be mailed, kept for good.

    `attempts` counts the attempts begun. Taking the lease raises it, so it is the lease's number too:
    whoever writes anything later than that holds on to the number it took. While an attempt runs, and
    while one is queued, `next_attempt_at` is when to look again in case nothing comes of it.
    `due_shard` is there while the report waits. `event_id` is the Account.DayClosed it comes from.
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
    """What the index of the waiting reports holds."""

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
    ),
    JOURNAL,
)
