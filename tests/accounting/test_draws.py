"""Prices: uniform over their ranges with both ends, independent, by the system's own randomness."""

import random
from collections import Counter
from collections.abc import Hashable
from itertools import product
from typing import Any

import pytest

from functions.accounting.ledger import draw_price
from functions.accounting.on_task_event import handler, use_case
from shared.context import Context
from tests.accounting.deployed import Deployed
from tests.accounting.support import created
from tests.support.uniform import assert_uniform, bounds, chi_square

DRAWS = 200_000
FEES = [dollars * 100 for dollars in range(10, 21)]
REWARDS = [dollars * 100 for dollars in range(20, 41)]


def test_200_000_prices_are_uniform_with_both_ends_and_independent() -> None:
    randomness = random.Random(2026)
    prices = [draw_price("task", randomness, "now") for _ in range(DRAWS)]
    assert_uniform(Counter[Hashable](price.fee for price in prices), FEES)
    assert_uniform(Counter[Hashable](price.reward for price in prices), REWARDS)
    pairs = Counter[Hashable]((price.fee, price.reward) for price in prices)
    assert_uniform(pairs, list(product(FEES, REWARDS)))


def test_the_uniformity_check_finds_a_bias_and_a_missing_value() -> None:
    """A tenth more of one value is too much; perfectly even was never drawn."""
    fair = Counter[Hashable](dict.fromkeys(FEES, 10_000))
    assert chi_square(fair, FEES) == 0
    assert chi_square(fair + Counter[Hashable]({1000: 1_000}), FEES) > bounds(len(FEES))[1]
    with pytest.raises(AssertionError):
        assert_uniform(fair - Counter[Hashable]({2000: 10_000}), FEES)
    with pytest.raises(AssertionError):
        assert_uniform(fair, FEES)


def test_prices_are_drawn_by_the_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    """As deployed."""
    deployed = Deployed(monkeypatch)
    handed: list[type[random.Random]] = []
    real = use_case.on_task_event

    def noting(messages: Any, store: Any, context: Context, zone: str) -> Any:
        handed.append(type(context.randomness))
        return real(messages, store, context, zone)

    monkeypatch.setattr(handler, "on_task_event", noting)
    deployed.hear("on_task_event", ("e1", created("e1").payload))
    assert handed == [random.SystemRandom]
