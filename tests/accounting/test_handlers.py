"""Accounting's handlers as Lambda calls them: roles, unreadable events, grants."""

from typing import Any

import pytest

from events.accounting import CloseRequested
from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from functions.accounting.rows import Price
from shared.settings import NEWEST
from tests.accounting.deployed import ADMIN, Deployed, spec_of
from tests.accounting.support import TODAY, TOMORROW, entries, place_of, stranded

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
    busy.write_rows("")
    for account_id in ("cleo", "dan"):
        done = TaskCompleted(task_id="task-9", title="New", version=2, assignee_id=account_id)
        busy.hear("on_task_event", (f"done-by-{account_id}", done))
    reward, *_ = entries(busy.store, "dan")
    body = {"entry_id": reward.entry_id, "reason": "a mistake"}
    busy.call("correct_entry", path={"account_id": "dan"}, body=body, **ADMIN)
    busy.tick(through=TODAY)
    busy.close_what_was_sent()
    busy.call("get_my_balance", caller="dan")
    busy.call("get_account_balance", path={"account_id": "dan"}, **ADMIN)
    busy.write_rows(NEWEST)
    reward, *_ = entries(busy.store, "cleo")
    body = {"entry_id": reward.entry_id, "reason": "a mistake"}
    busy.call("correct_entry", path={"account_id": "cleo"}, body=body, **ADMIN)
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
    busy.open_since("2000-01-02", "forgotten")
    busy.call("start_close", key="k", **ADMIN)
    for use_case in USE_CASES:
        named = {(path, action) for path, actions in spec_of(use_case).access.items() for action in actions}
        assert busy.touched[use_case] <= named, use_case
        needless = named - busy.touched[use_case] - RARELY_USED.get(use_case, set())
        assert needless == set(), use_case


RARELY_USED = {
    # only if a later day was closed, or for an account of the form before
    "book_payout": {("account_days", "GetItem"), ("account_days", "Query")},
    # only if two of them race
    "on_task_event": {("balances", "GetItem")},
}
