"""GET /days"""

import json
from typing import Any

import pytest

from functions.analytics.list_days import handler as handler_module
from functions.analytics.list_days.use_case import list_days
from functions.analytics.rows import DayTotal, MinusCount
from shared.days import DayRange
from shared.memory_store import MemoryStore
from shared.store import Insert
from tests.analytics.ledger import empty_store
from tests.analytics.requests import get
from tests.support.invocations import LambdaContext

TODAY = "2026-11-22"


def filled_store() -> MemoryStore:
    store = empty_store()
    store.transact(
        [
            Insert(DayTotal("1#0", "2026-11-18", fees=1)),
            Insert(DayTotal("1#0", "2026-11-19", fees=20, rewards=5)),
            Insert(DayTotal("1#7", "2026-11-19", fees=300, accounts_in_minus=3)),
            Insert(DayTotal("1#3", "2026-11-21", rewards=7, payouts=50)),
            Insert(DayTotal("1#3", "2026-11-22", rewards=4000)),
            Insert(DayTotal("2#3", "2026-11-20", rewards=9999)),
            Insert(MinusCount("1", 2, 6, "2026-11-22T08:00:00.000Z")),
        ]
    )
    return store


def test_every_day_of_the_range_is_listed_newest_first() -> None:
    days = list_days(DayRange("2026-11-19", "2026-11-21"), TODAY, filled_store()).days
    assert [(day.business_day, day.management_earnings, day.accounts_in_minus) for day in days] == [
        ("2026-11-21", -7, 0),
        ("2026-11-20", 0, 0),
        ("2026-11-19", 315, 3),
    ]


def test_today_in_a_range_counts_accounts_in_minus_by_latest_entries() -> None:
    today, yesterday = list_days(DayRange("2026-11-21", TODAY), TODAY, filled_store()).days
    assert (today.accounts_in_minus, today.minus_rule) == (6, "latest_entry")
    assert (yesterday.accounts_in_minus, yesterday.minus_rule) == (0, "carried_over")


# The handler


def answer(monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None = None, **more: Any) -> Any:
    monkeypatch.setattr(handler_module, "store", lambda _tables: filled_store())
    monkeypatch.setattr(handler_module, "business_day", lambda _now, _zone: TODAY)
    return handler_module.handler(get("/days", query, **more), LambdaContext())


def test_the_answer_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    response = answer(monkeypatch, {"from": "2026-11-18", "to": "2026-11-19"})
    shown = json.loads(response["body"])
    assert (response["statusCode"], shown["next_cursor"]) == (200, None)
    assert shown["as_of"] == "2026-11-22T08:00:00.000Z"
    assert [item["day"] for item in shown["items"]] == ["2026-11-19", "2026-11-18"]
    assert shown["items"][0]["management_earnings"] == {"amount": 315, "currency": "USD"}
    assert set(shown["items"][0]) >= {
        "accounts_in_minus",
        "accounts_in_minus_by",
        "fees",
        "rewards",
        "payouts",
    }


def test_the_default_range_is_the_last_thirty_days(monkeypatch: pytest.MonkeyPatch) -> None:
    items = json.loads(answer(monkeypatch)["body"])["items"]
    assert (items[0]["day"], items[-1]["day"], len(items)) == (TODAY, "2026-10-24", 30)


def test_a_whole_leap_year_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"from": "2024-01-01", "to": "2024-12-31"}
    assert len(json.loads(answer(monkeypatch, query)["body"])["items"]) == 366


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-19"}, "to"),
        ({"to": "2026-11-19"}, "to"),
        ({"from": "2026-11-20", "to": "2026-11-19"}, "to"),
        ({"from": "2024-01-01", "to": "2025-01-01"}, "to"),
        ({"from": "yesterday", "to": "2025-01-01"}, "from"),
        ({"from": "2026-11-19", "to": "today"}, "to"),
        ({"first": "2026-11-19", "to": "2026-11-19"}, "first"),
        ({"limit": "5"}, "limit"),
    ],
)
def test_an_invalid_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str], field: str
) -> None:
    response = answer(monkeypatch, query)
    assert response["statusCode"] == 400
    assert field in [error["field"] for error in json.loads(response["body"])["errors"]]


def test_only_an_admin_may_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(monkeypatch, groups="[accountant]")["statusCode"] == 403
