"""Ranges of days: the ISO week or the month around a day, or from one day to another."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Period = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class DayRange:
    """From `first` to `last`, both included."""

    first: str
    last: str

    def days(self) -> list[str]:
        """Newest first."""
        last = date.fromisoformat(self.last)
        length = (last - date.fromisoformat(self.first)).days + 1
        return [(last - timedelta(days=back)).isoformat() for back in range(length)]


def around(day: str, period: Period) -> DayRange:
    """The period that a day lies in; a week is ISO's, from Monday to Sunday."""
    first, last = _BOUNDS[period](date.fromisoformat(day))
    return DayRange(first.isoformat(), last.isoformat())


def ending(day: str, length: int) -> DayRange:
    """So many days, the given one being the last."""
    first = date.fromisoformat(day) - timedelta(days=length - 1)
    return DayRange(first.isoformat(), day)


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
