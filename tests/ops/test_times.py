"""Parsing times given by an operator."""

from datetime import UTC, datetime

import pytest

from ops.console import times
from ops.console.errors import BadInput

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T09:30Z", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("2026-11-24T09:30:00+02:00", datetime(2026, 11, 24, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_rfc_3339_or_a_date(text: str, expected: datetime) -> None:
    assert times.instant(text, "--from") == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-24T09:30", ""])
def test_an_invalid_time_is_refused_and_the_option_named(text: str) -> None:
    with pytest.raises(BadInput, match=r"^--to "):
        times.instant(text, "--to")


def test_a_range_ends_now_by_default_and_never_before_its_start() -> None:
    begin, end = times.span("2026-11-24", None, NOW)
    assert begin < NOW < end
    with pytest.raises(BadInput, match="after --to"):
        times.span("2026-11-25", "2026-11-24", NOW)
    with pytest.raises(BadInput, match="--from is missing"):
        times.span(None, "2026-11-24", NOW)
