"""Whole cents, never a float."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.api import MoneyAnswer
from shared.money import Money, dollars, in_words


@pytest.mark.parametrize("amount", [1.0, 1.5, "1", True, None, Decimal(1)])
def test_only_whole_cents_are_accepted(amount: Any) -> None:
    with pytest.raises(TypeError, match="whole cents"):
        Money(amount)
    with pytest.raises(ValidationError):
        MoneyAnswer(amount=amount)


def test_money_has_a_currency_and_is_immutable() -> None:
    assert Money(-1500) == Money(-1500, "USD")
    with pytest.raises(AttributeError):
        Money(1).amount = 2  # type: ignore[misc]


def test_dollars_are_a_hundred_cents() -> None:
    assert dollars(15) == 1500
    assert type(dollars(15)) is int


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "0.00 USD"),
        (5, "0.05 USD"),
        (-5, "-0.05 USD"),
        (-1250, "-12.50 USD"),
        (123_456_789, "1,234,567.89 USD"),
        (10**17 + 1, "1,000,000,000,000,000.01 USD"),
    ],
)
def test_an_amount_is_shown_with_two_decimals_and_currency(cents: int, words: str) -> None:
    assert in_words(cents) == words
