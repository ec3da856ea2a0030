"""Time: instants in RFC 3339 UTC, business days in the company's zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""No two hosts' clocks differ by more."""


def system_clock() -> datetime:
    """The current instant, in UTC; read at each call, because a process is frozen between invocations."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """UTC with milliseconds and `Z`; all have the same width, so texts sort as the instants do."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


INSTANT_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
"""Matches what `rfc3339` returns."""


def parse_rfc3339(text: str) -> datetime:
    """The instant that a text names; raises ValueError if it has no zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return instant.astimezone(UTC)


def business_day(instant: datetime, zone: str) -> str:
    """The calendar day of an instant in the company's time zone (an IANA name), as `YYYY-MM-DD`.

    The one place where the zone is used.
    """
    return instant.astimezone(ZoneInfo(zone)).date().isoformat()


FIRST_DAY, LAST_DAY = "2000-01-01", "2999-12-31"
DAY_SCHEMA = {"type": "string", "format": "date", "pattern": r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"}
"""The JSON schema of what `parse_day` accepts."""


def parse_day(text: str) -> str:
    """Return a business day as given; raises ValueError if it is malformed or out of range."""
    if not _is_day(text) or not FIRST_DAY <= text <= LAST_DAY:
        raise ValueError(f"a day is written YYYY-MM-DD and lies between {FIRST_DAY} and {LAST_DAY}")
    return text


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def day_end(day: str, zone: str) -> datetime:
    """The instant at which a business day is over: the first of the next day, in UTC."""
    following = date.fromisoformat(day) + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def previous_day(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
