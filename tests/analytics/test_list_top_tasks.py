"""GET /top-tasks"""

import json
from typing import Any

import pytest

from functions.analytics.list_top_tasks import handler as handler_module
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.rows import Generation, MinusCount, TopTask
from shared.days import DayRange
from shared.memory_store import MemoryStore
from shared.store import Insert
from tests.analytics.ledger import empty_store
from tests.analytics.requests import get
from tests.support.invocations import LambdaContext

TODAY = "2026-11-22"  # a Sunday
REWARDS = {
    "2026-11-15": 3900,
    "2026-11-16": 2100,
    "2026-11-18": 3100,
    "2026-11-20": 3100,
    "2026-11-22": 2500,
    "2026-11-23": 4000,
    "2026-11-01": 3950,
    "2026-12-01": 3990,
}


def task(day: str, reward: int, generation: str = "1") -> TopTask:
    return TopTask(generation, day, f"task-{day}", reward, f"{day}T10:00:00.000Z", f"Title {day}", "POPUG-1")


def filled_store() -> MemoryStore:
    store = empty_store()
    store.transact([Insert(task(day, reward)) for day, reward in REWARDS.items()])
    store.transact([Insert(task("2026-11-19", 9999, "2"))])
    store.transact([Insert(MinusCount("1", 3, 0, "2026-11-22T09:00:00.000Z"))])
    return store


def test_the_range_includes_both_ends() -> None:
    found = list_top_tasks(DayRange("2026-11-16", "2026-11-20"), filled_store()).tasks
    assert [row.day for row in found] == ["2026-11-20", "2026-11-18", "2026-11-16"]


def test_only_the_current_generation_is_read() -> None:
    store = filled_store()
    store.transact([Insert(Generation("current", 2))])
    found = list_top_tasks(DayRange("2026-11-16", "2026-11-22"), store).tasks
    assert [(row.generation, row.reward) for row in found] == [("2", 9999)]


# The handler


def answer(monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None = None, **more: Any) -> Any:
    monkeypatch.setattr(handler_module, "store", lambda _tables: filled_store())
    monkeypatch.setattr(handler_module, "business_day", lambda _now, _zone: TODAY)
    return handler_module.handler(get("/top-tasks", query, **more), LambdaContext())


@pytest.mark.parametrize(
    ("query", "first", "last", "top"),
    [
        (None, TODAY, TODAY, "2026-11-22"),
        ({"period": "day"}, TODAY, TODAY, "2026-11-22"),
        ({"date": "2026-11-16"}, "2026-11-16", "2026-11-16", "2026-11-16"),
        ({"period": "week"}, "2026-11-16", "2026-11-22", "2026-11-18"),
        ({"period": "week", "date": "2026-11-23"}, "2026-11-23", "2026-11-29", "2026-11-23"),
        ({"period": "month"}, "2026-11-01", "2026-11-30", "2026-11-23"),
        ({"period": "month", "date": "2026-12-31"}, "2026-12-01", "2026-12-31", "2026-12-01"),
        ({"from": "2026-11-02", "to": "2026-11-22"}, "2026-11-02", "2026-11-22", "2026-11-15"),
        ({"from": "2026-10-01", "to": "2026-10-31"}, "2026-10-01", "2026-10-31", None),
    ],
)
def test_the_top_of_a_period_and_of_each_day(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None, first: str, last: str, top: str | None
) -> None:
    response = answer(monkeypatch, query)
    shown = json.loads(response["body"])
    assert (response["statusCode"], shown["from"], shown["to"]) == (200, first, last)
    assert (shown["top"] and shown["top"]["task_id"]) == (top and f"task-{top}")
    days = {item["day"]: item["top"] for item in shown["items"]}
    assert [*days] == sorted(days, reverse=True)
    assert (min(days), max(days)) == (first, last)
    for day, best in days.items():
        assert (best and best["completion_reward"]["amount"]) == REWARDS.get(day)


def test_a_task_is_shown_with_title_and_jira_id(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(answer(monkeypatch, {"date": "2026-11-22"})["body"])
    best = {
        "task_id": "task-2026-11-22",
        "title": "Title 2026-11-22",
        "jira_id": "POPUG-1",
        "completion_reward": {"amount": 2500, "currency": "USD"},
        "completed_at": "2026-11-22T10:00:00.000Z",
    }
    assert shown == {
        "from": "2026-11-22",
        "to": "2026-11-22",
        "top": best,
        "items": [{"day": "2026-11-22", "top": best}],
        "next_cursor": None,
        "as_of": "2026-11-22T09:00:00.000Z",
    }


def test_of_equal_rewards_the_earliest_completed_is_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(answer(monkeypatch, {"from": "2026-11-18", "to": "2026-11-20"})["body"])
    assert shown["top"]["task_id"] == "task-2026-11-18"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "year"}, "period"),
        ({"period": "week", "from": "2026-11-01", "to": "2026-11-02"}, "period"),
        ({"date": "2026-11-01", "from": "2026-11-01", "to": "2026-11-02"}, "date"),
        ({"date": "2026-11-31"}, "date"),
        ({"from": "2026-11-01"}, "to"),
        ({"day": "2026-11-01"}, "day"),
    ],
)
def test_an_invalid_period_or_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str], field: str
) -> None:
    response = answer(monkeypatch, query)
    assert response["statusCode"] == 400
    assert field in [error["field"] for error in json.loads(response["body"])["errors"]]


def test_only_an_admin_may_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(monkeypatch, groups="[manager]")["statusCode"] == 403
