"""Ranges of business days, as requests give them."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from shared.api import RequestModel
from shared.clock import DAY_SCHEMA, parse_day
from shared.frozen import Frozen

MAX_DAYS = 366
DEFAULT_DAYS = 30
_RANGE = f"which is not before it; {MAX_DAYS} days at most"

BusinessDay = Annotated[str, AfterValidator(parse_day), Field(json_schema_extra=DAY_SCHEMA)]


class DayRange(Frozen):
    """From `first` to `last`, both included."""

    first: str
    last: str

    def days(self) -> list[str]:
        """Newest first."""
        last = date.fromisoformat(self.last)
        return [(last - timedelta(days=back)).isoformat() for back in range(_length(self.first, self.last))]


def ending(day: str, length: int) -> DayRange:
    """`length` days, the given one being the last."""
    first = date.fromisoformat(day) - timedelta(days=length - 1)
    return DayRange(first.isoformat(), day)


class DaysQuery(RequestModel):
    """`from` and `to` are both included, and given together; without them, the last 30 days."""

    first: BusinessDay | None = Field(None, alias="from", description=f"Only with `to`, {_RANGE}.")
    to: BusinessDay | None = Field(
        None, validate_default=True, description="Only with `from`, which is not after it."
    )

    @field_validator("to")
    @classmethod
    def _ends_a_range(cls, to: str | None, info: ValidationInfo) -> str | None:
        first = info.data.get("first")
        if (first is None) != (to is None) and "first" in info.data:
            raise ValueError("from and to must be given together")
        if first is not None and to is not None and not 0 < _length(first, to) <= MAX_DAYS:
            raise ValueError(f"a range ends on or after its first day and has at most {MAX_DAYS} days")
        return to

    @property
    def given(self) -> DayRange | None:
        return None if self.first is None or self.to is None else DayRange(self.first, self.to)

    def asked(self, today: str) -> DayRange:
        return self.given or ending(today, DEFAULT_DAYS)


def _length(first: str, last: str) -> int:
    """In days, both included; zero or less if the last is before the first."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
