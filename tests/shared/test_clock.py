"""Instants in UTC, days in the company's zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import (
    business_day,
    day_end,
    next_day,
    parse_day,
    parse_rfc3339,
    previous_day,
    rfc3339,
    system_clock,
)

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
INSTANTS = st.datetimes(datetime(2000, 1, 3), datetime(2100, 1, 1), timezones=st.just(UTC))
MILLISECOND = timedelta(milliseconds=1)


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert rfc3339(datetime(2026, 11, 22, 20, 30, tzinfo=east)) == "2026-11-22T15:00:00.000Z"
    assert rfc3339(datetime(2026, 11, 22, 15, 0, 1, 999_999, tzinfo=UTC)) == "2026-11-22T15:00:01.999Z"


@given(INSTANTS, INSTANTS)
def test_texts_sort_like_their_instants(one: datetime, other: datetime) -> None:
    one, other = (each.replace(microsecond=each.microsecond // 1000 * 1000) for each in (one, other))
    assert (rfc3339(one) < rfc3339(other)) == (one < other)
    assert parse_rfc3339(rfc3339(one)) == one


@pytest.mark.parametrize("text", ["2026-11-22T15:00:00", "2026-11-22", "soon", ""])
def test_a_text_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time zone|Invalid isoformat"):
        parse_rfc3339(text)


def test_an_instant_is_read_in_utc() -> None:
    assert parse_rfc3339("2026-11-22T20:30:00+05:30").utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-11-22T23:59:59.999Z", "UTC", "2026-11-22"),
        ("2026-11-23T00:00:00.000Z", "UTC", "2026-11-23"),
        ("2026-11-22T04:59:59.999Z", "America/New_York", "2026-11-21"),
        ("2026-11-22T05:00:00.000Z", "America/New_York", "2026-11-22"),
        ("2026-11-22T18:29:59.999Z", "Asia/Kolkata", "2026-11-22"),
        ("2026-11-22T18:30:00.000Z", "Asia/Kolkata", "2026-11-23"),
    ],
)
def test_a_business_day_begins_at_the_zones_midnight(instant: str, zone: str, day: str) -> None:
    assert business_day(parse_rfc3339(instant), zone) == day


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-08", "America/New_York", 23),
        ("2026-11-01", "America/New_York", 25),
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2018-11-04", "America/Sao_Paulo", 23),  # its midnight doesn't exist
        ("2019-02-16", "America/Sao_Paulo", 25),  # its last hour occurs twice
        ("2026-11-22", "UTC", 24),
    ],
)
def test_the_length_of_a_day_follows_its_zone(day: str, zone: str, hours: float) -> None:
    assert day_end(day, zone) - day_end(previous_day(day), zone) == timedelta(hours=hours)
    assert business_day(day_end(day, zone), zone) == next_day(day)
    assert business_day(day_end(day, zone) - MILLISECOND, zone) == day


@given(INSTANTS, st.sampled_from(ZONES))
def test_an_instant_lies_between_the_ends_of_its_day_and_the_day_before(instant: datetime, zone: str) -> None:
    day = business_day(instant, zone)
    assert day_end(previous_day(day), zone) <= instant < day_end(day, zone)
    assert day == instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")


def test_the_end_of_a_day_is_in_utc() -> None:
    assert day_end("2026-11-22", "America/New_York").isoformat() == "2026-11-23T05:00:00+00:00"


@given(st.dates(date(2000, 1, 2), date(2999, 1, 1)))
def test_next_day_and_previous_day_are_inverse(day: date) -> None:
    assert previous_day(next_day(day.isoformat())) == day.isoformat()
    assert previous_day(day.isoformat()) < day.isoformat() < next_day(day.isoformat())


def test_leap_days_and_year_ends() -> None:
    assert next_day("2028-02-28") == "2028-02-29"
    assert next_day("2026-12-31") == "2027-01-01"
    assert previous_day("2027-03-01") == "2027-02-28"


@pytest.mark.parametrize(
    "text",
    ["2026-11-31", "2026-13-01", "20261122", "2026-W47-7", "1999-12-31", "3000-01-01", "", "today", "9" * 99],
)
def test_an_invalid_or_distant_day_is_refused(text: str) -> None:
    """In our own words, without the input: the interpreter's words differ by version."""
    with pytest.raises(
        ValueError, match=r"^a day is written YYYY-MM-DD and lies between [0-9-]* and [0-9-]*$"
    ):
        parse_day(text)
    assert parse_day("2026-11-22") == "2026-11-22"


def test_the_system_clock_moves_and_is_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= system_clock() <= datetime.now(UTC)
    assert system_clock().tzinfo is UTC
