"""Reports: one per closed day with entries, when all have arrived; once unless the sender crashed."""

from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from tests.simulation.auditor.close import CloseRules
from tests.simulation.auditor.rules import in_dollars
from tests.simulation.auditor.seen import Commit, Row, Watch
from tests.simulation.kernel import Process

REPORT_ID = "X-Ates-Report-Id"
SHOWN_ENTRY = "(Balance: "


@dataclass(frozen=True)
class Mailing:
    """A mail sent by `process`; `is_uncertain` if that got no answer, crashed or failed."""

    process: Process | None
    answered: bool

    @property
    def is_uncertain(self) -> bool:
        return not self.answered or self.process is None or self.process.crashed or self.process.failed


@dataclass
class MailRules:
    """`again` counts permitted repeats; `reported_failed` are reports whose failure was published."""

    watch: Watch
    close: CloseRules
    refused: str
    mailings: dict[str, list[Mailing]] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)
    reported_failed: set[str] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    may_fail_again: set[str] = field(default_factory=set)
    again: int = 0

    def mailed(self, email: str, mail: bytes, answered: bool) -> None:
        message = message_from_bytes(mail)
        report_id = str(message[REPORT_ID])
        account_id, _, day = report_id.partition("#")
        closed = self.close.closes.get((account_id, day))
        self.watch.expect(closed is not None, f"report {report_id} is mailed, its day is not closed")
        is_theirs = self.addresses.get(account_id) == email
        self.watch.expect(is_theirs, f"report {report_id} goes to a wrong address")
        if closed is not None:
            self._check_figures(_text_of(message), report_id, closed["data"])
        self._check_not_repeated(report_id, answered)

    def _check_figures(self, text: str, report_id: str, day: Row) -> None:
        shown = text.count(SHOWN_ENTRY)
        self.watch.expect(
            shown == day["entry_count"], f"report {report_id} shows {shown} of {day['entry_count']} entries"
        )
        for name, words in (("earned", "Earned"), ("paid_out", "Paid out"), ("carried_over", "Carried over")):
            line = f"{words}: {in_dollars(day[name])}"
            self.watch.expect(line in text, f"report {report_id} does not say {line!r}")

    def _check_not_repeated(self, report_id: str, answered: bool) -> None:
        before = self.mailings.setdefault(report_id, [])
        if before:
            rightly = before[-1].is_uncertain and report_id not in self.marked
            self.watch.expect(rightly, f"report {report_id} is mailed again")
            self.again += 1
        before.append(Mailing(self.watch.kernel.current, answered))

    def committed(self, commit: Commit) -> None:
        if commit.service == "auth":
            self.addresses.update({row["account_id"]: row["email"] for row in commit.rows.get("Account", ())})
        if commit.service != "notifications":
            return
        for event in commit.events:
            report_id = event["data"]["report_id"]
            if event["event_name"] == "Email.Sent":
                self.watch.expect(report_id not in self.marked, f"report {report_id} is marked twice")
                self.watch.expect(report_id in self.mailings, f"report {report_id} is marked, not mailed")
                self.marked.add(report_id)
            if event["event_name"] == "Email.Failed":
                again = report_id in self.reported_failed and report_id not in self.may_fail_again
                self.watch.expect(not again, f"report {report_id} is told to fail again")
                self.reported_failed.add(report_id)
                self.may_fail_again.discard(report_id)

    def restored(self) -> None:
        """Sent reports stay known; waiting ones start again and may publish their failure once more."""
        self.may_fail_again = self.reported_failed - self.marked

    def addresses_restored(self) -> None:
        """Addresses missing in the backup come from the user pool, or are empty."""
        rows = self.watch.items("auth", "accounts")
        self.addresses = {row["account_id"]: row["email"] for row in rows}

    def check_at_end(self) -> None:
        """At the end every report is sent, or has failed for good and published that.

        Reports also fail if the address was lost with auth's tables and is not in the user pool either.
        """
        rows = {row["report_id"]: row for row in self.watch.items("notifications", "reports")}
        addresses = {row["account_id"]: row["email"] for row in self.watch.items("auth", "accounts")}
        wanted = {
            f"{account_id}#{day}": closed["data"]
            for (account_id, day), closed in self.close.closes.items()
            if closed["data"]["entry_count"]
        }
        self.watch.expect(
            rows.keys() == wanted.keys(), lambda: f"reports {sorted(rows)}, due {sorted(wanted)}"
        )
        for report_id, row in rows.items():
            email, reported_failed = addresses[row["account_id"]], report_id in self.reported_failed
            mailed = report_id in self.mailings
            fails = email.startswith(self.refused) or (not email and row["state"] != "sent")
            state = ("failed", mailed and not email, True) if fails else ("sent", True, reported_failed)
            got = (row["state"], mailed, reported_failed)
            self.watch.expect(got == state, f"report {report_id} is {got}, should be {state}")


def _text_of(message: "Message[str, str]") -> str:
    plain = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    body = plain.get_payload(decode=True)
    return body.decode() if isinstance(body, bytes) else ""
