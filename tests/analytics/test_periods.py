"""Days, ISO weeks, months, ranges."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.periods import Period, around
from shared.days import DayRange, ending


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        ("2026-11-22", "day", "2026-11-22", "2026-11-22"),
        ("2026-11-22", "week", "2026-11-16", "2026-11-22"),
        ("2026-11-23", "week", "2026-11-23", "2026-11-29"),
        ("2026-12-31", "week", "2026-12-28", "2027-01-03"),  # week 53 of 2026
        ("2027-01-01", "week", "2026-12-28", "2027-01-03"),
        ("2027-01-04", "week", "2027-01-04", "2027-01-10"),  # week 1 of 2027
        ("2024-12-30", "week", "2024-12-30", "2025-01-05"),  # week 1 of 2025 begins in 2024
        ("2026-02-10", "month", "2026-02-01", "2026-02-28"),
        ("2024-02-29", "month", "2024-02-01", "2024-02-29"),
        ("2026-12-31", "month", "2026-12-01", "2026-12-31"),
    ],
)
def test_the_period_around_a_day(day: str, period: Period, first: str, last: str) -> None:
    assert around(day, period) == DayRange(first, last)


@given(st.dates(min_value=date(2000, 1, 3), max_value=date(2999, 1, 1)))
def test_a_week_is_an_iso_week(day: date) -> None:
    days = [date.fromisoformat(each) for each in around(day.isoformat(), "week").days()]
    assert {each.isocalendar()[:2] for each in days} == {day.isocalendar()[:2]}
    assert len(days) == 7
    assert day in days


def test_days_are_newest_first_with_both_ends() -> None:
    assert DayRange("2026-02-27", "2026-03-01").days() == ["2026-03-01", "2026-02-28", "2026-02-27"]
    assert DayRange("2026-02-27", "2026-02-27").days() == ["2026-02-27"]
    assert ending("2026-03-01", 2) == DayRange("2026-02-28", "2026-03-01")
