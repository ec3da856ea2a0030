"""Every use case that writes dies between any two of its calls, and its work is done once all the same."""

import uuid
from typing import Any

import pytest

from tests.system.failures import days
from tests.system.failures.conftest import Begin
from tests.system.failures.crash import crashing
from tests.system.failures.installation import Installation
from tests.system.failures.repeat import repeated
from tests.system.failures.scenario import Scenario, journaled
from tests.system.product import wait_for

# How many calls each makes for one piece of work, at least, however much of it was done before.
CHARGING = {"accounting/on_task_event": 4, "tracking/publish_events": 2}
COMMANDS = {"tracking/create_task": 5, "tracking/complete_task": 3, "tracking/start_shuffle": 4}
SHUFFLE = {"tracking/count_shuffle": 2, "tracking/count_shard": 8, "tracking/reassign_chunk": 6}
ACCOUNTS = {
    "auth/invite_account": 7,
    "auth/change_account": 8,
    "auth/publish_events": 2,
    "auth/sync_identity": 5,
    "accounting/on_account_event": 2,
    "tracking/on_account_event": 2,
}
MONEY = {
    "accounting/begin_close": 5,
    "accounting/close_account": 3,
    "accounting/close_days": 7,
    "accounting/correct_entry": 6,
    "accounting/publish_events": 2,
    "accounting/start_close": 7,
    "analytics/on_ledger_event": 3,
    "notifications/on_ledger_event": 1,
}
MAIL = {
    "notifications/queue_due_reports": 5,
    "notifications/send_report": 6,
    "notifications/publish_events": 2,
}
HOLDS = "retried until it is done: every effect is there, exactly once"
CLOSE = "accounting/close_days"
WORK_SECONDS = 150


def test_the_consumer_of_task_events_and_the_relay(failing: Installation, scenario: Begin) -> None:
    with (
        scenario(
            "crash-charging", injects=killed("the consumer that charges and the relay"), holds=HOLDS
        ) as run,
        crashing(failing, CHARGING) as crashes,
    ):
        crashes.complete(lambda: worked(failing, run, shuffles=0))


@pytest.mark.night
@pytest.mark.parametrize(("name", "calls"), [("commands", COMMANDS), ("shuffle", SHUFFLE)])
def test_tracking(failing: Installation, scenario: Begin, name: str, calls: dict[str, int]) -> None:
    with (
        scenario(f"crash-{name}", injects=killed(f"tracking's {name}"), holds=HOLDS) as run,
        crashing(failing, calls) as crashes,
    ):
        crashes.complete(lambda: worked(failing, run, shuffles=1))


@pytest.mark.night
def test_what_invites_and_changes_accounts(failing: Installation, scenario: Begin) -> None:
    injects = killed("inviting and changing accounts, and of every replica")
    with scenario("crash-accounts", injects=injects, holds=HOLDS):
        with crashing(failing, ACCOUNTS) as crashes:
            account_ids: list[str] = []
            crashes.complete(lambda: account_ids.append(led_through(failing)))
        for account_id in account_ids:
            assert_followed(failing, account_id)


@pytest.mark.night
def test_what_corrects_and_closes(failing: Installation, scenario: Begin) -> None:
    injects = killed("corrections, closes, and the consumers of the ledger's events")
    with (
        scenario("crash-closing", injects=injects, holds=HOLDS) as run,
        crashing(failing, MONEY) as crashes,
    ):
        crashes.complete(lambda: corrected_and_closed(failing, run))


@pytest.mark.night
def test_what_sends_reports(failing: Installation, scenario: Begin) -> None:
    holds = "every report is mailed; twice, with the same id, only if its sender died before marking it"
    with (
        scenario("crash-mail", injects=killed("queueing and sending reports"), holds=holds) as run,
        crashing(failing, MAIL) as crashes,
    ):
        crashes.complete(lambda: closed_and_mailed(failing, run))


def killed(what: str) -> str:
    return f"SIGKILL before and after each call of {what}"


def worked(failing: Installation, run: Scenario, shuffles: int) -> None:
    run.load(2, shuffles).finish()
    failing.settle()


def led_through(failing: Installation) -> str:
    """An account that is invited, changed three times, and followed."""
    account_id = invited(failing)
    for change in ({"name": "Renamed Popug"}, {"role": "admin"}, {"status": "deactivated"}):
        changed(failing, account_id, change)
    failing.settle()
    return account_id


def corrected_and_closed(failing: Installation, run: Scenario) -> None:
    worked(failing, run, shuffles=0)
    correct_a_fee(failing)
    repeated(failing.product, "accountant", "POST", "accounting", "/closes", {}, uuid.uuid4().hex)
    through = days.day_to_close(failing)
    wait_for(lambda: days.survived(failing, CLOSE, through=through), WORK_SECONDS, "no close got through")
    failing.settle()


def closed_and_mailed(failing: Installation, run: Scenario) -> None:
    run.load(4).finish()
    failing.settle()
    assert days.survived(failing, CLOSE, through=days.day_to_close(failing))
    failing.settle()
    wait_for(lambda: all_mailed(failing, run), WORK_SECONDS, "reports wait")
    failing.settle()


def invited(failing: Installation) -> str:
    body = {"email": f"{uuid.uuid4().hex[:8]}@ates.example", "name": "New Popug", "role": "manager"}
    answer, _ = repeated(failing.product, "admin", "POST", "auth", "/accounts", body, uuid.uuid4().hex)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["account_id"])


def changed(failing: Installation, account_id: str, change: dict[str, str]) -> None:
    answer, _ = repeated(failing.product, "admin", "PATCH", "auth", f"/accounts/{account_id}", change)
    assert answer.status_code == 200, answer.text


def assert_followed(failing: Installation, account_id: str) -> None:
    """Four events and no more, and each replica is at the last one."""
    told = [each for each in journaled(failing.product, "auth") if each["data"]["account_id"] == account_id]
    assert sorted(each["data"]["version"] for each in told) == [1, 2, 3, 4]
    for service in ("auth", "tracking", "accounting"):
        row = account_row(failing, service, account_id)
        assert (row["version"], row["role"], row["status"]) == (4, "admin", "deactivated"), service


def account_row(failing: Installation, service: str, account_id: str) -> dict[str, Any]:
    (row,) = [row for row in failing.product.rows(service, "accounts") if row["account_id"] == account_id]
    return row


def correct_a_fee(failing: Installation) -> None:
    """Of the latest entry that no correction names yet."""
    entries = failing.product.rows("accounting", "entries")
    fee = max(
        (row for row in entries if row["kind"] == "assignment_fee"), key=lambda row: row["source_occurred_at"]
    )
    path = f"/accounts/{fee['account_id']}/corrections"
    body = {"entry_id": fee["entry_id"], "reason": "charged in error"}
    answer, _ = repeated(failing.product, "admin", "POST", "accounting", path, body, uuid.uuid4().hex)
    assert answer.status_code == 201, answer.text


def all_mailed(failing: Installation, run: Scenario) -> bool:
    """Does what minutes do, once nobody is sending."""
    if not days.nobody_sends(failing):
        return False
    run.crashed_senders |= days.crashed_senders(failing)
    days.end_leases(failing)
    queued = days.survived(failing, "notifications/queue_due_reports")
    return queued and not days.waiting_reports(failing)
