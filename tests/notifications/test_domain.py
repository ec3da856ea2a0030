"""Retry delays, and the length of a lease."""

import random
from datetime import timedelta

import pytest

from functions.notifications.domain import LEASE, QUEUED, retry_delay
from functions.notifications.rows import ReportLine
from functions.notifications.send_report.handler import SPEC


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (8, 900), (10**9, 900)],
)
def test_delays_double_up_to_a_quarter_of_an_hour(attempts: int, seconds: int) -> None:
    randomness = random.Random(7)
    drawn = {retry_delay(attempts, randomness) for _ in range(50)}
    assert len(drawn) > 1
    assert all(timedelta(seconds=seconds / 2) <= delay <= timedelta(seconds=seconds) for delay in drawn)


def test_the_first_attempt_has_no_delay() -> None:
    assert retry_delay(0, random.Random(1)) == timedelta(0)


def test_a_lease_outlives_the_function_that_holds_it() -> None:
    assert timedelta(seconds=SPEC.timeout_seconds) * 2 < LEASE < QUEUED


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("assignment_fee", -5),
        ("completion_reward", 5),
        ("payout", -5),
        ("fee_correction", 5),
        ("reward_correction", -5),
    ],
)
def test_the_kind_determines_the_sign(kind: str, change: int) -> None:
    assert ReportLine("a#d", 1, kind, 5, 0, "2026-11-22T12:00:00.000Z").change == change
