"""Money: integer cents and a currency, never a float."""

from dataclasses import dataclass

CURRENCY = "USD"
CENTS_PER_DOLLAR = 100


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of cents; negative for a debt."""

    amount: int
    currency: str = CURRENCY

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"money is whole cents, not {self.amount!r}")


def dollars(whole: int) -> int:
    """The cents in a whole number of dollars."""
    return whole * CENTS_PER_DOLLAR


def in_words(cents: int, currency: str = CURRENCY) -> str:
    """Such as `-12.50 USD`."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), CENTS_PER_DOLLAR)
    return f"{sign}{whole:,}.{rest:02d} {currency}"
