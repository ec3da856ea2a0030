"""Accounting's handlers: requests, messages and ticks as Lambda gets them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from events.accounting import CloseRequested
from events.auth import AccountCreated
from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from functions.accounting.ledger import new_balance
from functions.accounting.rows import Account, Entry, Price
from shared.clock import business_day, next_day, previous_day, system_clock
from shared.settings import settings
from shared.store import Insert, Remove
from tests.accounting.deployed import Deployed, spec_of
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    YESTERDAY,
    findings,
    place_of,
    priced,
    stranded,
)
from tests.support.fakes import envelope_of

ACCOUNTANT: dict[str, Any] = {"caller": "olga", "role": "accountant"}
ADMIN: dict[str, Any] = {"caller": "boss", "role": "admin"}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    yield Deployed(monkeypatch)
    settings.cache_clear()


@pytest.fixture
def busy(service: Deployed) -> Deployed:
    """Ann earned today; Bob was charged. An accountant and an admin are known."""
    priced(service.store)
    service.know("olga", "accountant")
    service.know("boss", "admin")
    for account_id in ("ann", "bob"):
        state = AccountCreated(
            account_id=account_id, name=account_id.title(), role="worker", status="active", version=1
        )
        service.hear("on_account_event", (f"joined-{account_id}", state))
    service.hear(
        "on_task_event",
        ("e1", TaskAssigned(task_id="task-1", title="Fix it", jira_id="POPUG-1", assignee_id="ann")),
        ("e2", TaskCompleted(task_id="task-1", title="Fix it", jira_id="POPUG-1", assignee_id="ann")),
        ("e3", TaskAssigned(task_id="task-1", title="Fix it", assignee_id="bob")),
    )
    return service


def usd(cents: int) -> dict[str, Any]:
    return {"amount": cents, "currency": "USD"}


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


ANY = {"worker", "accountant", "manager", "admin"}
ROLES = {
    "get_my_balance": ANY,
    "list_my_entries": ANY,
    "list_my_days": ANY,
    "list_accounts": {"accountant", "admin"},
    "get_account_balance": {"accountant", "admin"},
    "list_account_entries": {"accountant", "admin"},
    "list_account_days": {"accountant", "admin"},
    "list_days": {"accountant", "admin"},
    "start_close": {"accountant", "admin"},
    "list_closes": {"accountant", "admin"},
    "get_close": {"accountant", "admin"},
    "list_payouts": {"accountant", "admin"},
    "correct_entry": {"admin"},
}


@pytest.mark.parametrize("use_case", ROLES)
@pytest.mark.parametrize("role", sorted(ANY))
def test_only_the_allowed_roles_may_call(busy: Deployed, use_case: str, role: str) -> None:
    busy.know("ann", role)
    path = {"account_id": "ann", "day": TODAY}
    status, _ = busy.call(use_case, role=role, path=path, body={})
    assert (status != 403) == (role in ROLES[use_case])


def test_all_accounts_are_listed_with_their_balances_page_by_page(busy: Deployed) -> None:
    for number in range(9):
        name = f"account-{number}"
        state = AccountCreated(account_id=name, name=name, role="worker", status="active", version=1)
        busy.hear("on_account_event", (name, state))
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        assert 0 < len(page["items"]) <= 2
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len({item["account"]["account_id"] for item in seen}) == 13
    (ann,) = [item for item in seen if item["account"]["account_id"] == "ann"]
    assert ann == {
        "account": {"account_id": "ann", "name": "Ann"},
        "role": "worker",
        "status": "active",
        "balance": usd(REWARD - FEE),
    }


@pytest.mark.parametrize("order", ["account_id", "name", "balance"])
def test_the_lists_of_accounts_are_paged_in_their_order(busy: Deployed, order: str) -> None:
    listed, query = [], {"limit": "1", "order": order}
    for _ in range(9):
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        listed += [item["account"]["account_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    # Boss and Olga have no balance yet, so the order by balance lacks them.
    assert listed == (["bob", "ann"] if order == "balance" else ["ann", "bob", "boss", "olga"])


def test_a_cursor_of_one_order_is_refused_under_another(busy: Deployed) -> None:
    _, page = busy.call("list_accounts", query={"limit": "1", "order": "name"}, **ACCOUNTANT)
    query = {"limit": "1", "order": "balance", "cursor": page["next_cursor"]}
    assert busy.call("list_accounts", query=query, **ACCOUNTANT)[0] == 400


def test_accounts_are_filtered_by_minus_and_part_of_the_name(busy: Deployed) -> None:
    def listed(**query: str) -> list[str]:
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        return [item["account"]["account_id"] for item in page["items"]]

    assert listed(in_minus="true") == ["bob"]
    assert listed(in_minus="true", q="AN") == []
    assert listed(q="bO") == ["bob", "boss"]
    assert listed(q="bO", in_minus="true", order="name") == ["bob"]


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


def test_company_statistics_by_day(busy: Deployed) -> None:
    query = {"from": "2026-11-21", "to": TODAY}
    status, answer = busy.call("list_days", query=query, **ACCOUNTANT)
    assert (status, answer["next_cursor"]) == (200, None)
    today, before = answer["items"]
    assert today == {
        "day": TODAY,
        "fees": usd(2 * FEE),
        "rewards": usd(REWARD),
        "fee_corrections": usd(0),
        "reward_corrections": usd(0),
        "management_earnings": usd(2 * FEE - REWARD),
        "payouts": usd(0),
    }
    assert (before["day"], before["management_earnings"]) == ("2026-11-21", usd(0))


def test_corrections_count_in_the_statistics_and_payouts_do_not(busy: Deployed) -> None:
    busy.tick(through=TODAY)
    busy.close_what_was_sent()
    _, entries = busy.call("list_my_entries", query={"day": TODAY})
    for item in entries["items"][1:]:
        body = {"entry_id": item["entry_id"], "reason": "a mistake"}
        status, _ = busy.call("correct_entry", path={"account_id": "ann"}, body=body, **ADMIN)
        assert status == 201
    # The correction counts on the day of this run, unless that is closed.
    corrected_on = max(TOMORROW, business_day(system_clock(), "UTC"))
    (closed,), (corrected,) = [
        busy.call("list_days", query={"from": day, "to": day}, **ACCOUNTANT)[1]["items"]
        for day in (TODAY, corrected_on)
    ]
    assert closed["management_earnings"] == usd(2 * FEE - REWARD)
    assert closed["payouts"] == usd(REWARD - FEE)
    assert (corrected["fee_corrections"], corrected["reward_corrections"]) == (usd(FEE), usd(REWARD))
    assert corrected["management_earnings"] == usd(REWARD - FEE)
    assert findings(busy.store) == []


def test_the_last_thirty_days_are_the_default(service: Deployed) -> None:
    for use_case in ("list_days", "list_my_days"):
        _, answer = service.call(use_case, **ACCOUNTANT)
        assert len(answer["items"]) == 30


def test_a_close_from_its_start_to_its_end(busy: Deployed) -> None:
    assert busy.tick(through=TODAY) == {"through": TODAY, "accounts": 2}
    _, running = busy.call("get_close", path={"day": TODAY}, **ACCOUNTANT)
    assert (running["status"], running["accounts_closed"]) == ("running", 0)
    busy.close_what_was_sent()
    assert busy.tick(through=TODAY) == {"through": None, "accounts": 0}
    _, done = busy.call("get_close", path={"day": TODAY}, **ACCOUNTANT)
    assert done == {
        "day": TODAY,
        "status": "done",
        "accounts_closed": 2,
        "payouts": usd(REWARD - FEE),
        "started_at": done["started_at"],
        "finished_at": done["finished_at"],
    }
    assert None not in (done["started_at"], done["finished_at"])
    query = {"from": TODAY, "to": TOMORROW}
    assert busy.call("list_closes", query=query, **ACCOUNTANT)[1] == {"items": [done], "next_cursor": None}
    assert findings(busy.store) == []


def test_a_close_is_running_until_no_account_is_open(busy: Deployed) -> None:
    busy.tick(through=TODAY)
    for account_id, status in (("ann", "running"), ("bob", "done")):
        busy.work("close_account", {"account_ids": [account_id], "through": TODAY})
        assert busy.call("get_close", path={"day": TODAY}, **ACCOUNTANT)[1]["status"] == status


def test_missed_days_are_listed_as_closed(busy: Deployed) -> None:
    busy.tick(through="2026-11-24")
    busy.close_what_was_sent()
    query = {"from": TODAY, "to": "2026-11-24"}
    _, answer = busy.call("list_closes", query=query, **ACCOUNTANT)
    assert [(item["day"], item["status"], item["accounts_closed"]) for item in answer["items"]] == [
        ("2026-11-24", "done", 1),
        (TOMORROW, "done", 1),
        (TODAY, "done", 2),
    ]


def test_a_day_that_was_not_closed_has_no_close(busy: Deployed) -> None:
    for use_case in ("get_close", "list_payouts"):
        assert busy.call(use_case, path={"day": TODAY}, **ACCOUNTANT)[0] == 404
        assert busy.call(use_case, path={"day": "today"}, **ACCOUNTANT)[0] == 400


def test_the_payouts_of_a_closed_day_are_listed(busy: Deployed) -> None:
    busy.tick(through=TODAY)
    path = {"day": TODAY}
    assert busy.call("list_payouts", path=path, **ACCOUNTANT)[1] == {"items": [], "next_cursor": None}
    busy.close_what_was_sent()
    status, answer = busy.call("list_payouts", path=path, **ACCOUNTANT)
    _, log = busy.call("list_my_entries", query={"day": TODAY})
    assert status == 200
    assert answer == {
        "items": [
            {
                "account": {"account_id": "ann", "name": "Ann"},
                "amount": usd(REWARD - FEE),
                "entry_id": log["items"][0]["entry_id"],
            }
        ],
        "next_cursor": None,
    }


def test_a_cursor_of_one_days_payouts_is_refused_under_another(busy: Deployed) -> None:
    busy.hear("on_task_event", ("e4", TaskCompleted(task_id="task-1", title="Fix it", assignee_id="bob")))
    busy.tick(through=TOMORROW)
    busy.close_what_was_sent()
    query = {"limit": "1"}
    _, first = busy.call("list_payouts", path={"day": TODAY}, query=query, **ACCOUNTANT)
    again = {**query, "cursor": first["next_cursor"]}
    assert busy.call("list_payouts", path={"day": TODAY}, query=again, **ACCOUNTANT)[0] == 200
    assert busy.call("list_payouts", path={"day": TOMORROW}, query=again, **ACCOUNTANT)[0] == 400


def test_only_stage_dev_closes_a_given_day(busy: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    far = next_day(next_day(business_day(system_clock(), "UTC")))
    monkeypatch.setenv("ATES_STAGE", "prod")
    settings.cache_clear()
    assert busy.tick(through=far)["through"] != far
    monkeypatch.setenv("ATES_STAGE", "dev")
    settings.cache_clear()
    assert busy.tick(through=far)["through"] == far
    for wrong in ("tomorrow", "2026-02-30"):
        with pytest.raises(ValueError, match=r"."):
            busy.tick(through=wrong)


def test_a_requested_close_returns_202_and_closes_like_the_schedule(service: Deployed) -> None:
    service.know("olga", "accountant")
    past = previous_day(previous_day(business_day(system_clock(), "UTC")))
    _open_since(service, past)
    status, answer = service.call("start_close", **ACCOUNTANT)
    assert status == 202
    assert answer["accounts"] == 1
    assert answer["through"] >= past
    assert service.queue.jobs == []
    _, shown = service.call("get_close", path={"day": answer["through"]}, **ACCOUNTANT)
    assert shown["status"] == "running"
    service.hear("begin_close", ("asked", CloseRequested(through=answer["through"], requested_by="olga")))
    assert service.queue.jobs == [{"account_ids": ["ann"], "through": answer["through"]}]


def _open_since(service: Deployed, day: str, account_id: str = "ann") -> None:
    service.store.transact([Insert(new_balance(account_id, day))])


def test_the_same_request_twice_gets_the_first_answer(busy: Deployed) -> None:
    first = busy.call("start_close", key="key-1", **ACCOUNTANT)
    assert busy.call("start_close", key="key-1", **ACCOUNTANT) == first
    (entry,) = [entry for entry in busy.store.rows(Entry) if entry.account_id == "bob"]
    body = {"entry_id": entry.entry_id, "reason": "a mistake"}
    arguments: dict[str, Any] = {"path": {"account_id": "bob"}, "body": body, "key": "key-2", **ADMIN}
    status, correction = busy.call("correct_entry", **arguments)
    assert (status, correction["kind"]) == (201, "fee_correction")
    assert correction["correction"]["corrects_entry_id"] == entry.entry_id
    assert busy.call("correct_entry", **arguments) == (201, correction)
    assert busy.call("correct_entry", **{**arguments, "body": {**body, "reason": "x"}})[0] == 422
    assert busy.call("correct_entry", **{**arguments, "key": None})[0] == 409
    assert busy.call("correct_entry", **{**arguments, "key": None, "body": {"entry_id": "no"}})[0] == 400
    assert len([entry for entry in busy.store.rows(Entry) if entry.account_id == "bob"]) == 2


def test_an_event_of_an_unknown_version_becomes_a_dead_letter(
    service: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up: list[Any] = []
    monkeypatch.setattr("shared.queue._send_to_dead_letters", lambda *args: given_up.append(args))
    monkeypatch.setattr("shared.queue._publish_failure", lambda *args: None)

    class FromTomorrow(TaskCreated):
        event_version = 99

    service.hear("on_task_event", ("e1", FromTomorrow(task_id="t", title="T")))
    assert "no contract for Task.Created v99" in given_up[0][2].reason
    assert service.store.rows(Price) == []


USE_CASES = (
    "on_account_event",
    "on_task_event",
    "begin_close",
    "close_account",
    "close_days",
    "book_payout",
    *ROLES,
)


def test_every_use_case_uses_exactly_what_its_spec_grants(busy: Deployed) -> None:
    """A grant that these calls do not use is not needed."""
    busy.hear("on_task_event", ("e9", TaskCreated(task_id="task-9", title="New")))
    busy.tick(through=TODAY)
    busy.close_what_was_sent()
    busy.store, payout = stranded(busy.store)
    place = place_of(busy.store, entry_id=payout.entry_id)
    assert busy.book_payout(place) == {"entry_number": payout.entry_number}
    assert busy.book_payout(place) == {"entry_number": None}
    busy.tick(through=TODAY)
    for event_id in ("asked", "asked again"):
        busy.hear("begin_close", (event_id, CloseRequested(through=TOMORROW, requested_by="olga")))
        busy.close_what_was_sent()
    for use_case in ("get_my_balance", "list_my_entries"):
        busy.call(use_case, query={"day": TODAY} if use_case == "list_my_entries" else None)
        busy.call(use_case)
    path = {"account_id": "ann", "day": TODAY}
    busy.hear("on_task_event", ("e10", TaskAssigned(task_id="task-1", title="Fix it", assignee_id="idle")))
    for use_case in (
        "list_accounts",
        "list_days",
        "list_my_days",
        "list_closes",
        "get_close",
        "list_payouts",
    ):
        busy.call(use_case, path=path, **ADMIN)
    for order in ("name", "balance"):
        busy.call("list_accounts", query={"order": order}, **ADMIN)
    for account_id in ("ann", "idle"):
        path = {"account_id": account_id}
        busy.call("get_account_balance", path=path, **ADMIN)
        busy.call("list_account_days", path=path, **ADMIN)
        busy.call("list_account_entries", path=path, **ADMIN)
        busy.call("list_account_entries", path=path, query={"day": TODAY}, **ADMIN)
    _, page = busy.call("list_my_entries")
    body = {"entry_id": page["items"][-1]["entry_id"], "reason": "a mistake"}
    busy.call("correct_entry", path={"account_id": "ann"}, body=body, key="k", **ADMIN)
    busy.call("list_my_entries")
    busy.call("list_account_entries", path={"account_id": "ann"}, **ADMIN)
    _open_since(busy, "2000-01-02", "forgotten")
    busy.call("start_close", key="k", **ADMIN)
    for use_case in USE_CASES:
        named = {(path, action) for path, actions in spec_of(use_case).access.items() for action in actions}
        assert busy.touched[use_case] <= named, use_case
        needless = named - busy.touched[use_case] - RARELY_USED.get(use_case, set())
        assert needless == set(), use_case


RARELY_USED = {
    # only for a payout under another number, or with later days
    "book_payout": {("entries/by_entry_id", "Query")},
    # only if two of them race
    "on_task_event": {("balances", "GetItem")},
}
