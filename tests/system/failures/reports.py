"""Close days by command and follow their reports."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.notifications.domain import SENT, WAITING
from ops.stage import in_flight
from tests.system.failures.days import first_open_day, make_due
from tests.system.failures.effects import journaled, mails
from tests.system.failures.installation import Installation
from tests.system.product import wait_for

TRIED_SECONDS = 60
Row = Mapping[str, Any]


@dataclass
class Reports:
    """The reports of the days closed since this object was created; each day is closed only once."""

    installation: Installation
    _earlier: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """What other tests left waiting is sent first, so that no fault of this test meets it."""
        self.installation.settle()
        self.let_time_pass()
        self.await_each(lambda row: row["state"] != WAITING, "a report of another test is still waiting")
        self._earlier = frozenset(row["report_id"] for row in self._all())

    def close(self) -> str:
        """Close the first day that is open for all accounts; waits for its reports."""
        day = first_open_day(self.installation.product)
        self.installation.product.ates("close-day", "--through", day, "--yes")
        self.installation.product.settle()
        assert self.rows(), "the day has no report"
        return day

    def rows(self) -> dict[str, Row]:
        return {row["report_id"]: row for row in self._all() if row["report_id"] not in self._earlier}

    def await_each(self, condition: Callable[[Row], bool], otherwise: str) -> dict[str, Row]:
        """Queue due reports, as the schedule does, until the condition holds for each report."""

        def reached() -> bool:
            self.installation.product.tick("notifications", "queue_due_reports")
            return all(condition(row) for row in self.rows().values())

        wait_for(reached, TRIED_SECONDS, otherwise)
        return self.rows()

    def await_sent(self) -> dict[str, Row]:
        return self.await_each(lambda row: row["state"] == SENT, "a report is not sent")

    def let_time_pass(self) -> None:
        """Make the next attempt of each waiting report due now."""
        wait_for(self._made_due, TRIED_SECONDS, "an attempt does not end")

    def mails(self) -> "Counter[str]":
        """The number of mails of each report."""
        found = mails(self.installation.product)
        return Counter({report_id: found[report_id] for report_id in self.rows()})

    def failures(self) -> "Counter[str]":
        """The number of published Email.Failed of each report."""
        events = journaled(self.installation.product, "notifications")
        failed = (event["data"]["report_id"] for event in events if event["event_name"] == "Email.Failed")
        mine = self.rows()
        return Counter(report_id for report_id in failed if report_id in mine)

    def _all(self) -> list[dict[str, Any]]:
        return self.installation.product.rows("notifications", "reports")

    def _made_due(self) -> bool:
        """False while an attempt is running: its job is in the queue, or it has changed the row."""
        waiting = [row for row in self.rows().values() if row["state"] == WAITING]
        url = self.installation.queue("notifications.send_report")
        if in_flight.depths(self.installation.aws, [url])[0].total:
            return False
        made = [make_due(self.installation, row) for row in waiting]
        return all(made)
