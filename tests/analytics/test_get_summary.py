"""GET /summary"""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.analytics.get_summary import handler as handler_module
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.rows import DayTotal, MinusCount
from shared.memory_store import MemoryStore
from shared.store import Insert
from tests.analytics.ledger import empty_store
from tests.analytics.requests import get
from tests.support.invocations import LambdaContext

YESTERDAY, TODAY, TOMORROW = "2026-11-21", "2026-11-22", "2026-11-23"


def filled_store() -> MemoryStore:
    store = empty_store()
    store.transact(
        [
            Insert(DayTotal("1#0", TODAY, fees=5000, rewards=2000, payouts=700, entry_count=3)),
            Insert(DayTotal("1#7", TODAY, fees=1, fee_corrections=10, reward_corrections=200, entry_count=2)),
            Insert(DayTotal("1#3", YESTERDAY, rewards=900, accounts_in_minus=2, accounts_closed=4)),
            Insert(DayTotal("1#4", YESTERDAY, accounts_in_minus=1, accounts_closed=1)),
            Insert(DayTotal("2#0", TODAY, fees=999_999)),
            Insert(MinusCount("1", 0, 5, "2026-11-22T08:00:00.000Z")),
            Insert(MinusCount("1", 3, 0)),
            Insert(MinusCount("1", 7, -1, "2026-11-22T09:30:00.000Z")),
            Insert(MinusCount("2", 0, 77, "2026-11-22T23:00:00.000Z")),
        ]
    )
    return store


def test_today_counts_accounts_in_minus_by_their_latest_entries() -> None:
    figures = get_summary(TODAY, TODAY, filled_store()).figures
    assert figures.management_earnings == (5001 - 10) - (2000 - 200)
    assert (figures.accounts_in_minus, figures.minus_rule) == (4, "latest_entry")
    assert figures.entry_count == 5


def test_a_past_day_counts_accounts_that_carried_over_a_debt() -> None:
    figures = get_summary(YESTERDAY, TODAY, filled_store()).figures
    assert (figures.accounts_in_minus, figures.minus_rule, figures.accounts_closed) == (3, "carried_over", 5)
    assert figures.management_earnings == -900


def test_a_day_without_entries_has_zero_sums() -> None:
    figures = get_summary("2026-01-01", TODAY, filled_store()).figures
    assert (figures.management_earnings, figures.accounts_in_minus, figures.payouts) == (0, 0, 0)
    assert get_summary(TOMORROW, TODAY, filled_store()).figures.minus_rule == "latest_entry"


@pytest.mark.parametrize("day", [YESTERDAY, TODAY])
def test_as_of_is_the_latest_time_in_the_current_generation(day: str) -> None:
    assert get_summary(day, TODAY, filled_store()).as_of == "2026-11-22T09:30:00.000Z"


def test_before_the_first_entry_there_is_no_as_of() -> None:
    assert get_summary(TODAY, TODAY, empty_store()).as_of is None


# The handler


def set_today(monkeypatch: pytest.MonkeyPatch, today: str) -> None:
    """Set today for the handler, which has the system clock."""
    monkeypatch.setattr(handler_module, "business_day", lambda _now, _zone: today)


def answer(monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None = None, **more: Any) -> Any:
    monkeypatch.setattr(handler_module, "store", lambda _tables: filled_store())
    set_today(monkeypatch, TODAY)
    return handler_module.handler(get("/summary", query, **more), LambdaContext())


def test_the_answer_has_money_and_the_rule_for_accounts_in_minus(monkeypatch: pytest.MonkeyPatch) -> None:
    response = answer(monkeypatch)
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "application/json"
    assert json.loads(response["body"]) == {
        "day": TODAY,
        "management_earnings": {"amount": 3191, "currency": "USD"},
        "accounts_in_minus": 4,
        "accounts_in_minus_by": "latest_entry",
        "fees": {"amount": 5001, "currency": "USD"},
        "rewards": {"amount": 2000, "currency": "USD"},
        "fee_corrections": {"amount": 10, "currency": "USD"},
        "reward_corrections": {"amount": 200, "currency": "USD"},
        "payouts": {"amount": 700, "currency": "USD"},
        "entry_count": 5,
        "accounts_closed": 0,
        "as_of": "2026-11-22T09:30:00.000Z",
    }


def test_another_day_can_be_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(answer(monkeypatch, {"day": YESTERDAY})["body"])
    assert (shown["day"], shown["accounts_in_minus_by"]) == (YESTERDAY, "carried_over")


def test_today_is_the_day_in_the_companys_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[datetime, str]] = []

    def remembered(now: datetime, zone: str) -> str:
        asked.append((now, zone))
        return TODAY

    monkeypatch.setattr(handler_module, "store", lambda _tables: filled_store())
    monkeypatch.setattr(handler_module, "business_day", remembered)
    handler_module.handler(get("/summary"), LambdaContext())
    ((now, zone),) = asked
    assert zone == "UTC"
    assert abs(datetime.now(now.tzinfo) - now) < timedelta(seconds=10)


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "20261122", "2026-W47-7", "22.11.2026", "", "1999-12-31", "3000-01-01", "0001-01-01"],
)
def test_an_invalid_day_is_refused(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    response = answer(monkeypatch, {"day": day})
    assert response["statusCode"] == 400
    assert [error["field"] for error in json.loads(response["body"])["errors"]] == ["day"]


@pytest.mark.parametrize(
    "groups", ["[worker]", "[accountant]", "[manager]", "[]", "[administrator]", "[admin worker]"]
)
def test_only_an_admin_may_call_it(monkeypatch: pytest.MonkeyPatch, groups: str) -> None:
    assert answer(monkeypatch, groups=groups)["statusCode"] == 403
