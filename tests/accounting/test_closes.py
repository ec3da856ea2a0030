"""Closes of days: by schedule, by request, their progress and their payouts."""

from typing import Any

import pytest

from events.accounting import CloseRequested
from events.tracking import TaskCompleted
from functions.accounting.rows import Entry
from shared.clock import business_day, next_day, previous_day, system_clock
from shared.settings import settings
from tests.accounting.deployed import ACCOUNTANT, ADMIN, Deployed, usd
from tests.accounting.support import FEE, REWARD, TODAY, TOMORROW, findings


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
    service.open_since(past)
    status, answer = service.call("start_close", **ACCOUNTANT)
    assert status == 202
    assert answer["accounts"] == 1
    assert answer["through"] >= past
    assert service.queue.jobs == []
    _, shown = service.call("get_close", path={"day": answer["through"]}, **ACCOUNTANT)
    assert shown["status"] == "running"
    service.hear("begin_close", ("asked", CloseRequested(through=answer["through"], requested_by="olga")))
    assert service.queue.jobs == [{"account_ids": ["ann"], "through": answer["through"]}]


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
