"""Figures computed from the ledger: sums by day, latest entries, top tasks.

Every key includes the projection's generation, so that a new one can be filled while the old one is read.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from functions.analytics.rows import SHARDS_TOGETHER, DayTotal, TopTask
from shared.frozen import Frozen


class AnalyticsError(Exception):
    """The base of this service's errors."""


class ProjectionContended(AnalyticsError):
    """Other batches kept changing the same rows; the messages are retried."""


SUM_OF_KIND: Mapping[str, str] = {
    "assignment_fee": "fees",
    "completion_reward": "rewards",
    "fee_correction": "fee_corrections",
    "reward_correction": "reward_corrections",
    "payout": "payouts",
}
"""The sum to which an entry's amount is added, by kind."""

MinusRule = Literal["carried_over", "latest_entry"]
"""How accounts in the minus are counted: for a past day by its close, else by their latest entries."""


class CurrentFigures(Frozen):
    """The current figures; `as_of` is when the latest counted entry was posted, None if there is none."""

    accounts_in_minus: int
    as_of: str | None


class DayFigures(Frozen):
    """A business day, summed over all shards."""

    business_day: str
    minus_rule: MinusRule
    accounts_in_minus: int
    fees: int = 0
    rewards: int = 0
    fee_corrections: int = 0
    reward_corrections: int = 0
    payouts: int = 0
    entry_count: int = 0
    accounts_closed: int = 0

    @property
    def management_earnings(self) -> int:
        """In cents; payouts never count."""
        return (self.fees - self.fee_corrections) - (self.rewards - self.reward_corrections)


class Summary(Frozen):
    figures: DayFigures
    as_of: str | None


class Days(Frozen):
    """Newest first."""

    days: list[DayFigures]
    as_of: str | None


class TopTasks(Frozen):
    """One task for each day on which a task was completed, newest first."""

    tasks: list[TopTask]
    as_of: str | None


_SUMS = (*SUM_OF_KIND.values(), "entry_count", "accounts_closed")


def day_figures(day: str, today: str, totals: Iterable[DayTotal], in_minus_now: int) -> DayFigures:
    """The figures of a day from its shards; `in_minus_now` counts by the latest entries."""
    shards = list(totals)
    over = day < today
    return DayFigures(
        business_day=day,
        minus_rule="carried_over" if over else "latest_entry",
        accounts_in_minus=sum(shard.accounts_in_minus for shard in shards) if over else in_minus_now,
        **{name: sum(getattr(shard, name) for shard in shards) for name in _SUMS},
    )


def highest(tasks: Iterable[TopTask]) -> TopTask | None:
    return min(tasks, key=lambda task: task.rank, default=None)


def shard_key(generation: int, shard: int) -> str:
    return f"{generation}#{shard}"


def minus_key(generation: int, shard: int) -> dict[str, str | int]:
    """The key of a shard's MinusCount."""
    partition = str(generation) if shard < SHARDS_TOGETHER else shard_key(generation, shard)
    return {"generation": partition, "shard": shard}


def account_key(generation: int, account_id: str) -> str:
    return f"{generation}#{account_id}"
