"""Every use case that writes is killed between any two of its calls; its work is still done once."""

import uuid
from typing import Any

import pytest

from tests.system.failures import days
from tests.system.failures.conftest import Begin
from tests.system.failures.crash import crashing
from tests.system.failures.effects import journaled
from tests.system.failures.installation import Installation
from tests.system.failures.repeat import repeated
from tests.system.failures.scenario import Scenario
from tests.system.product import wait_for

# The least number of calls that each makes for one piece of work, even if part of it was done before.
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
    "notifications/queue_due_reports": 6,
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
        crashes.complete(lambda: run_load(failing, run, shuffles=0))


@pytest.mark.night
@pytest.mark.parametrize(("name", "calls"), [("commands", COMMANDS), ("shuffle", SHUFFLE)])
def test_tracking(failing: Installation, scenario: Begin, name: str, calls: dict[str, int]) -> None:
    with (
        scenario(f"crash-{name}", injects=killed(f"tracking's {name}"), holds=HOLDS) as run,
        crashing(failing, calls) as crashes,
    ):
        crashes.complete(lambda: run_load(failing, run, shuffles=1))


@pytest.mark.night
def test_inviting_and_changing_accounts(failing: Installation, scenario: Begin) -> None:
    injects = killed("inviting and changing accounts, and of every replica")
    with scenario("crash-accounts", injects=injects, holds=HOLDS):
        with crashing(failing, ACCOUNTS) as crashes:
            account_ids: list[str] = []
            crashes.complete(lambda: account_ids.append(invite_and_change(failing)))
        for account_id in account_ids:
            assert_replicated(failing, account_id)


@pytest.mark.night
def test_corrections_and_closes(failing: Installation, scenario: Begin) -> None:
    injects = killed("corrections, closes, and the consumers of the ledger's events")
    with (
        scenario("crash-closing", injects=injects, holds=HOLDS) as run,
        crashing(failing, MONEY) as crashes,
    ):
        crashes.complete(lambda: correct_and_close(failing, run))


@pytest.mark.night
def test_sending_reports(failing: Installation, scenario: Begin) -> None:
    holds = "every report is mailed; twice, with the same id, only if its sender died before marking it"
    with (
        scenario("crash-mail", injects=killed("queueing and sending reports"), holds=holds) as run,
        crashing(failing, MAIL) as crashes,
    ):
        crashes.complete(lambda: close_and_mail(failing, run))


def killed(what: str) -> str:
    return f"SIGKILL before and after each call of {what}"


def run_load(failing: Installation, run: Scenario, shuffles: int) -> None:
    run.load(2, shuffles).finish()
    failing.settle()


def invite_and_change(failing: Installation) -> str:
    """Invite an account and change it three times; returns its id."""
    account_id = invited(failing)
    for change in ({"name": "Renamed Popug"}, {"role": "admin"}, {"status": "deactivated"}):
        changed(failing, account_id, change)
    failing.settle()
    return account_id


def correct_and_close(failing: Installation, run: Scenario) -> None:
    run_load(failing, run, shuffles=0)
    correct_a_fee(failing)
    repeated(failing.product, "accountant", "POST", "accounting", "/closes", {}, uuid.uuid4().hex)
    through = days.first_open_day(failing.product)
    wait_for(
        lambda: days.survived(failing.product, CLOSE, through=through), WORK_SECONDS, "no close succeeded"
    )
    failing.settle()


def close_and_mail(failing: Installation, run: Scenario) -> None:
    run.load(4).finish()
    failing.settle()
    assert days.survived(failing.product, CLOSE, through=days.first_open_day(failing.product))
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


def assert_replicated(failing: Installation, account_id: str) -> None:
    """There are exactly four events, and each replica has the last one."""
    events = [each for each in journaled(failing.product, "auth") if each["data"]["account_id"] == account_id]
    assert sorted(each["data"]["version"] for each in events) == [1, 2, 3, 4]
    for service in ("auth", "tracking", "accounting"):
        row = account_row(failing, service, account_id)
        assert (row["version"], row["role"], row["status"]) == (4, "admin", "deactivated"), service


def account_row(failing: Installation, service: str, account_id: str) -> dict[str, Any]:
    (row,) = [row for row in failing.product.rows(service, "accounts") if row["account_id"] == account_id]
    return row


def correct_a_fee(failing: Installation) -> None:
    """Correct the latest assignment fee."""
    entries = failing.product.rows("accounting", "entries")
    fee = max(
        (row for row in entries if row["kind"] == "assignment_fee"), key=lambda row: row["source_occurred_at"]
    )
    path = f"/accounts/{fee['account_id']}/corrections"
    body = {"entry_id": fee["entry_id"], "reason": "charged in error"}
    answer, _ = repeated(failing.product, "admin", "POST", "accounting", path, body, uuid.uuid4().hex)
    assert answer.status_code == 201, answer.text


def all_mailed(failing: Installation, run: Scenario) -> bool:
    """Make waiting reports due once none is being sent; whether all are mailed."""
    if not days.none_being_sent(failing):
        return False
    run.crashed_senders |= days.crashed_senders(failing)
    days.end_leases(failing)
    queued = days.survived(failing.product, "notifications/queue_due_reports")
    return queued and not days.waiting_reports(failing)
