"""The day, the ISO week or the month around a day."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from shared.days import DayRange

Period = Literal["day", "week", "month"]


def around(day: str, period: Period) -> DayRange:
    """The period that contains a day; a week is from Monday to Sunday (ISO)."""
    first, last = _BOUNDS[period](date.fromisoformat(day))
    return DayRange(first.isoformat(), last.isoformat())


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


_BOUNDS: dict[Period, Callable[[date], tuple[date, date]]] = {
    "day": lambda day: (day, day),
    "week": _week,
    "month": _month,
}
