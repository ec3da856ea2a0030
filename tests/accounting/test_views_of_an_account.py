"""What accounts see of their own ledger, and accountants and admins of any account's."""

from datetime import datetime
from typing import Any

import pytest

from events.tracking import TaskAssigned, TaskCompleted
from functions.accounting.rows import Account
from shared.clock import business_day, system_clock
from shared.store import Remove
from tests.accounting.deployed import ACCOUNTANT, ADMIN, Deployed, usd
from tests.accounting.support import FEE, REWARD, TODAY, TOMORROW, YESTERDAY, priced
from tests.support.fakes import envelope_of


def test_an_account_without_rows_has_balance_zero_and_no_entries(service: Deployed) -> None:
    today = business_day(system_clock(), "UTC")
    assert service.call("get_my_balance") == (
        200,
        {"balance": usd(0), "earned_today": usd(0), "business_day": today},
    )
    assert service.call("list_my_entries") == (200, {"items": [], "next_cursor": None})


def test_my_balance_shows_the_balance_and_todays_earnings(
    service: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real clock."""
    priced(service.store)
    now = system_clock()
    event = TaskCompleted(task_id="task-1", title="Fix it", assignee_id="ann")
    monkeypatch.setattr("tests.accounting.deployed.envelope_of", _at(now))
    service.hear("on_task_event", ("e1", event))
    status, answer = service.call("get_my_balance")
    assert (status, answer["balance"]) == (200, usd(REWARD))
    assert answer["earned_today"] == usd(REWARD if answer["business_day"] == business_day(now, "UTC") else 0)


def _at(now: datetime) -> Any:
    return lambda event, event_id: envelope_of(event, event_id=event_id, occurred_at=now)


def test_the_audit_log_shows_each_entry_with_its_task(busy: Deployed) -> None:
    status, answer = busy.call("list_my_entries")
    assert status == 200
    reward, fee = answer["items"]
    assert fee == {
        "entry_id": fee["entry_id"],
        "entry_number": 1,
        "kind": "assignment_fee",
        "amount": usd(FEE),
        "balance_after": usd(-FEE),
        "business_day": TODAY,
        "source_occurred_at": "2026-11-22T12:00:00.000Z",
        "posted_at": fee["posted_at"],
        "task": {"task_id": "task-1", "title": "Fix it", "jira_id": "POPUG-1"},
        "correction": None,
        "corrected": None,
    }
    assert (reward["kind"], reward["balance_after"]) == ("completion_reward", usd(REWARD - FEE))


@pytest.mark.parametrize("day", [None, TODAY])
def test_the_audit_log_is_paged(busy: Deployed, day: str | None) -> None:
    query = {"limit": "1", **({"day": day} if day else {})}
    _, first = busy.call("list_my_entries", query=query)
    _, second = busy.call("list_my_entries", query={**query, "cursor": first["next_cursor"]})
    assert [item["entry_number"] for item in first["items"] + second["items"]] == [2, 1]
    assert second["next_cursor"] is None


def test_the_audit_log_of_another_day_is_empty(busy: Deployed) -> None:
    assert busy.call("list_my_entries", query={"day": TOMORROW})[1]["items"] == []


@pytest.mark.parametrize(
    ("use_case", "query", "field"),
    [
        ("list_my_entries", {"cursor": "nonsense"}, "cursor"),
        ("list_my_entries", {"cursor": "Im5vIG51bWJlciI"}, "cursor"),
        ("list_my_entries", {"day": "2026-02-31"}, "day"),
        ("list_my_entries", {"day": "20261122"}, "day"),
        ("list_my_entries", {"limit": "201"}, "limit"),
        ("list_my_entries", {"colour": "red"}, "colour"),
        ("list_accounts", {"cursor": "Im5vIG51bWJlciI"}, "cursor"),
        ("list_accounts", {"cursor": "IsKyI2FubiI"}, "cursor"),
        ("list_accounts", {"order": "age"}, "order"),
        ("list_accounts", {"in_minus": "perhaps"}, "in_minus"),
        ("list_accounts", {"q": "n" * 201}, "q"),
        ("list_days", {"from": "2026-11-22"}, "to"),
        ("list_days", {"from": "2026-11-22", "to": "2026-11-21"}, "to"),
        ("list_days", {"from": "2025-11-22", "to": "2026-11-23"}, "to"),
        ("list_closes", {"from": "yesterday", "to": "2026-11-21"}, "from"),
        ("list_my_days", {"from": "2026-11-22"}, "to"),
        ("list_my_days", {"from": "2025-11-22", "to": "2026-11-23"}, "to"),
        ("list_my_days", {"from": "2026-13-01", "to": "2026-11-23"}, "from"),
    ],
)
def test_an_invalid_parameter_is_named(
    service: Deployed, use_case: str, query: dict[str, str], field: str
) -> None:
    status, problem = service.call(use_case, query=query, **ADMIN)
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == [field]


def test_accountants_see_any_account(busy: Deployed) -> None:
    status, answer = busy.call("get_account_balance", path={"account_id": "bob"}, **ACCOUNTANT)
    assert status == 200
    assert (answer["account"], answer["balance"]) == ({"account_id": "bob", "name": "Bob"}, usd(-FEE))
    status, answer = busy.call("list_account_entries", path={"account_id": "bob"}, **ACCOUNTANT)
    assert [item["entry_number"] for item in answer["items"]] == [1]


def test_an_account_without_a_replica_is_shown_by_id(service: Deployed) -> None:
    service.hear("on_task_event", ("e1", TaskAssigned(task_id="t", title="T", assignee_id="carl")))
    status, answer = service.call("get_account_balance", path={"account_id": "carl"}, **ACCOUNTANT)
    assert (status, answer["account"]["name"]) == (200, "carl")


@pytest.mark.parametrize("use_case", ["get_account_balance", "list_account_entries", "list_account_days"])
def test_an_unknown_account_is_not_found(busy: Deployed, use_case: str) -> None:
    status, problem = busy.call(use_case, path={"account_id": "nobody"}, **ACCOUNTANT)
    assert (status, problem["type"]) == (404, "urn:ates:problem:not-found")


def correct(service: Deployed, account_id: str, entry_id: str, **arguments: Any) -> Any:
    body = {"entry_id": entry_id, "reason": "a mistake"}
    path = {"account_id": account_id}
    status, answer = service.call("correct_entry", path=path, body=body, **arguments, **ADMIN)
    assert status == 201
    return answer


@pytest.mark.parametrize("day", [None, TODAY])
def test_a_correction_and_its_entry_name_each_other_and_the_admin(busy: Deployed, day: str | None) -> None:
    _, before = busy.call("list_my_entries")
    reward, fee = before["items"]
    answer = correct(busy, "ann", fee["entry_id"])
    boss = {"account_id": "boss", "name": "Boss"}
    assert answer["correction"] == {
        "corrects_entry_id": fee["entry_id"],
        "corrected_by": "boss",
        "made_by": boss,
        "reason": "a mistake",
    }
    assert answer["corrected"] is None
    query = {"day": day} if day else None
    _, after = busy.call("list_account_entries", path={"account_id": "ann"}, query=query, **ACCOUNTANT)
    shown = {item["entry_id"]: item for item in after["items"]}
    assert shown[fee["entry_id"]]["corrected"] == {
        "entry_id": answer["entry_id"],
        "entry_number": 3,
        "made_by": boss,
        "reason": "a mistake",
        "posted_at": answer["posted_at"],
    }
    assert shown[reward["entry_id"]]["corrected"] is None
    if day is None:
        assert shown[answer["entry_id"]] == answer


def test_the_admin_of_a_correction_without_a_replica_is_named_by_id(busy: Deployed) -> None:
    _, page = busy.call("list_my_entries")
    correct(busy, "ann", page["items"][0]["entry_id"])
    busy.store.transact([Remove(Account, {"account_id": "boss"})])
    _, after = busy.call("list_my_entries")
    assert after["items"][0]["correction"]["made_by"] == {"account_id": "boss", "name": "boss"}


def test_my_days_show_the_sums_of_each_day(busy: Deployed) -> None:
    _, page = busy.call("list_my_entries")
    busy.tick(through=TODAY)
    busy.close_what_was_sent()
    correct(busy, "ann", page["items"][1]["entry_id"])
    # The correction counts on the day of this run, unless that is closed.
    corrected_on = max(TOMORROW, business_day(system_clock(), "UTC"))
    days = {}
    for day in (YESTERDAY, TODAY, corrected_on):
        status, answer = busy.call("list_my_days", query={"from": day, "to": day})
        assert (status, answer["next_cursor"], len(answer["items"])) == (200, None, 1)
        days[day] = answer["items"][0]
    nothing = dict.fromkeys(("earned", "fees", "rewards", "paid_out"), usd(0))
    corrections = {"fee_corrections": usd(0), "reward_corrections": usd(0)}
    assert days[YESTERDAY] == {"day": YESTERDAY, **nothing, **corrections, "entry_count": 0}
    assert days[TODAY] == {
        "day": TODAY,
        "earned": usd(REWARD - FEE),
        "fees": usd(FEE),
        "rewards": usd(REWARD),
        **corrections,
        "paid_out": usd(REWARD - FEE),
        "entry_count": 3,
    }
    assert (days[corrected_on]["earned"], days[corrected_on]["fee_corrections"]) == (usd(FEE), usd(FEE))
    path = {"account_id": "ann"}
    query = {"from": TODAY, "to": TODAY}
    assert busy.call("list_account_days", path=path, query=query, **ACCOUNTANT)[1]["items"] == [days[TODAY]]


def test_my_days_are_newest_first_and_within_the_range(busy: Deployed) -> None:
    _, answer = busy.call("list_my_days", query={"from": YESTERDAY, "to": TOMORROW})
    assert [item["day"] for item in answer["items"]] == [TOMORROW, TODAY, YESTERDAY]
    _, later = busy.call("list_my_days", query={"from": TOMORROW, "to": TOMORROW})
    assert [item["entry_count"] for item in later["items"]] == [0]
