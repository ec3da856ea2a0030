"""Calls to what AWS limits: all invocations together stay below the rate, whenever they begin."""

import heapq
from bisect import bisect_left

import pytest

from shared.pace import Pace
from tests.support.seconds import FakeSeconds

RATE = 20


def test_calls_stay_within_the_rate_and_come_close_to_it() -> None:
    clock = FakeSeconds()
    pace = Pace(RATE, clock.now, clock.sleep)
    for _ in range(100):
        pace()
    assert clock.now() == pytest.approx(100 / RATE)


def test_slow_calls_do_not_wait() -> None:
    clock = FakeSeconds()
    pace = Pace(RATE, clock.now, clock.sleep)
    for _ in range(10):
        clock.sleep(1)
        pace()
    assert clock.now() == 10


@pytest.mark.parametrize("invocations", [1, 2, 5])
def test_short_invocations_at_their_shares_stay_below_the_rate_together(invocations: int) -> None:
    """Each makes one call and ends; the next one on its worker begins at once, and knows nothing of it."""
    begins = [0.0] * invocations
    made: list[float] = []
    while len(made) < 400:
        clock = FakeSeconds(heapq.heappop(begins))
        Pace(RATE / invocations, clock.now, clock.sleep)()
        made.append(clock.now())
        heapq.heappush(begins, clock.now())
    assert all(number <= RATE * at + 1e-6 for number, at in enumerate(made, 1))
    in_a_second = (bisect_left(made, at + 1) - number for number, at in enumerate(made))
    assert max(in_a_second) <= RATE + invocations
