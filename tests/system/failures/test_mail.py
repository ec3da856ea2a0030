"""Reports that can't be sent: auth is down, SES refuses, SES's answer is lost."""

import json

import pytest

from functions.notifications.domain import FAILED, WAITING
from ops.stage.local_json import DemoAccount
from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation
from tests.system.failures.proxy import DONE_UNANSWERED, Rule, fault
from tests.system.failures.reports import Reports, Row

pytestmark = pytest.mark.night


TASKS = 8
THROTTLED = {"error": {"code": "TooManyRequestsException", "status": 429}}
REJECTED = {"error": {"code": "MessageRejected", "status": 400}}


@pytest.fixture
def reports(failing: Installation) -> Reports:
    return Reports(failing)


def has_failed(row: Row) -> bool:
    return bool(row["failure_told"])


def unsent(failing: Installation) -> dict[str, Row]:
    """The unsent reports that an operator sees."""
    shown = json.loads(failing.product.ates("reports", "list", "--json").stdout)["reports"]
    return {row["report_id"]: row for row in shown}


def charged(failing: Installation) -> DemoAccount:
    """The account of the ledger's latest entry, which gets the next report."""
    last = max(failing.product.rows("accounting", "entries"), key=lambda row: row["entry_id"])
    return next(each for each in failing.product.local.accounts if each.account_id == last["account_id"])


def sending(failing: Installation, **rule: object) -> Rule:
    return fault(failing.name("notifications/send_report"), service="sesv2", operation="SendEmail", **rule)


def test_auth_is_down_when_reports_are_sent(failing: Installation, scenario: Begin, reports: Reports) -> None:
    holds = "each report is kept, Email.Failed is published once, and it is sent by itself when auth is back"
    injects = "every invocation of auth's functions is refused while a day's reports are due"
    with scenario("auth-down-at-mail-time", injects=injects, holds=holds) as run:
        run.load(TASKS).finish()
        functions = failing.functions("auth")
        with failing.down(*functions):
            run.inject(len(functions))
            reports.close()
            kept = reports.await_each(has_failed, "a report's failure is not published")
            reports.let_time_pass()
            reports.await_each(lambda row: row["attempts"] > kept[row["report_id"]]["attempts"], "not tried")
            failing.product.settle()
            assert not reports.mails().total()
            assert {row["state"] for row in reports.rows().values()} == {WAITING}
            assert set(reports.rows()) <= set(unsent(failing))
        reports.let_time_pass()
        sent = reports.await_sent()
        assert reports.mails() == dict.fromkeys(sent, 1)
    assert reports.failures() == dict.fromkeys(sent, 1)


def test_ses_throttles(failing: Installation, scenario: Begin, reports: Reports) -> None:
    holds = "each report waits for its next attempt and is sent once"
    with scenario("ses-throttles", injects="SES answers TooManyRequestsException", holds=holds) as run:
        run.load(TASKS).finish()
        with failing.proxy.faults(sending(failing, **THROTTLED)):
            reports.close()
            reports.await_each(has_failed, "a report's failure is not published")
            assert not reports.mails().total()
        reports.let_time_pass()
        sent = reports.await_sent()
        assert reports.mails() == dict.fromkeys(sent, 1)
    assert reports.failures() == dict.fromkeys(sent, 1)


def test_ses_rejects_an_address_for_good(failing: Installation, scenario: Begin, reports: Reports) -> None:
    holds = "that report fails and is shown to the operator, the others are sent; retried, it is sent once"
    with scenario("ses-rejects", injects="SES answers MessageRejected for one address", holds=holds) as run:
        run.load(TASKS).finish()
        failing.settle()
        refused = charged(failing)
        address = f"Destination.ToAddresses[0] == '{refused.email}'"
        with failing.proxy.faults(sending(failing, body=address, **REJECTED)):
            reports.close()
            tried = reports.await_each(lambda row: row["state"] != WAITING, "a report is still waiting")
        (failed,) = (each for each, row in tried.items() if row["state"] == FAILED)
        assert failed.startswith(refused.account_id)
        assert reports.mails() == {each: int(each != failed) for each in tried}
        assert (unsent(failing)[failed]["state"], unsent(failing)[failed]["reason"]) == (
            FAILED,
            "SES: MessageRejected",
        )
        failing.product.ates("reports", "retry", failed)
        reports.await_sent()
        assert reports.mails() == dict.fromkeys(tried, 1)
    assert reports.failures() == {failed: 1}


def test_the_answer_of_ses_is_lost(failing: Installation, scenario: Begin, reports: Reports) -> None:
    holds = "it is unknown whether the mail was sent, so it is sent again, with the same report id"
    with scenario(
        "ses-answer-lost", injects="SES accepts mails and its answers are lost", holds=holds
    ) as run:
        run.load(TASKS).finish()
        with failing.proxy.faults(sending(failing, **DONE_UNANSWERED)):
            reports.close()
            unknown = reports.await_each(has_failed, "an answer arrived")
            assert reports.mails() == dict.fromkeys(unknown, 1)
        run.crashed_senders.update(unknown)
        assert set(reports.await_sent()) == set(unknown)
        assert reports.mails() == dict.fromkeys(unknown, 2)
