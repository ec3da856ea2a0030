"""What the analytics API takes and gives. All of it is for admins."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from functions.analytics.domain import MAX_DAYS, DayFigures, Days, MinusRule, Summary, TopTasks, highest
from functions.analytics.periods import DayRange, Period, around, ending
from functions.analytics.rows import TopTask
from shared.api import AnswerModel, MoneyAnswer, Page, RequestModel
from shared.clock import DAY_SCHEMA, parse_day

ROLES = ("admin",)
DEFAULT_DAYS = 30
RANGE = f"which is not before it; {MAX_DAYS} days at most"
PROBLEMS: Mapping[type[Exception], int] = {}

BusinessDay = Annotated[str, AfterValidator(parse_day), Field(json_schema_extra=DAY_SCHEMA)]


class SummaryQuery(RequestModel):
    day: BusinessDay | None = None


class DaysQuery(RequestModel):
    """`from` and `to` are both included, and come together; without them, the last 30 days."""

    first: BusinessDay | None = Field(None, alias="from", description=f"Only with `to`, {RANGE}.")
    to: BusinessDay | None = Field(
        None, validate_default=True, description="Only with `from`, which is not after it."
    )

    @field_validator("to")
    @classmethod
    def _ends_a_range(cls, to: str | None, info: ValidationInfo) -> str | None:
        first = info.data.get("first")
        if (first is None) != (to is None) and "first" in info.data:
            raise ValueError("from and to come together")
        if first is not None and to is not None:
            _check_length(first, to)
        return to

    @property
    def given(self) -> DayRange | None:
        return None if self.first is None or self.to is None else DayRange(self.first, self.to)

    def asked(self, today: str) -> DayRange:
        return self.given or ending(today, DEFAULT_DAYS)


def _check_length(first: str, last: str) -> None:
    if not 0 <= (date.fromisoformat(last) - date.fromisoformat(first)).days < MAX_DAYS:
        raise ValueError(f"a range ends on or after its first day and has at most {MAX_DAYS} days")


class TopTasksQuery(DaysQuery):
    """Either a period around a date (by default: the day that is today), or `from` and `to`."""

    period: Period | None = Field(None, description="Not with `from` and `to`.")
    date: BusinessDay | None = Field(None, description="Not with `from` and `to`.")

    @field_validator("period", "date")
    @classmethod
    def _excludes_a_range(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("first") is not None:
            raise ValueError("either a period around a date, or from and to")
        return value

    def asked(self, today: str) -> DayRange:
        return self.given or around(self.date or today, self.period or "day")


class DayAnswer(AnswerModel):
    """A business day. `accounts_in_minus_by` says how the accounts in the minus are counted:

    `carried_over` for a day that is over (accounts that carried over less than zero at its close),
    `latest_entry` for today (accounts whose latest entry has a negative balance after it).
    """

    day: str
    management_earnings: MoneyAnswer
    accounts_in_minus: int
    accounts_in_minus_by: MinusRule
    fees: MoneyAnswer
    rewards: MoneyAnswer
    fee_corrections: MoneyAnswer
    reward_corrections: MoneyAnswer
    payouts: MoneyAnswer
    entry_count: int
    accounts_closed: int


class SummaryAnswer(DayAnswer):
    """`as_of` is when the latest entry that analytics has counted was posted; null before the first."""

    as_of: str | None


class DaysAnswer(Page[DayAnswer]):
    """`as_of` is when the latest entry that analytics has counted was posted; null before the first."""

    as_of: str | None


class TopTaskAnswer(AnswerModel):
    """The most expensive task: the one with the highest completion reward."""

    task_id: str
    title: str | None
    jira_id: str | None
    completion_reward: MoneyAnswer
    completed_at: str


class DayTopTaskAnswer(AnswerModel):
    """`top` is null on a day without a completed task."""

    day: str
    top: TopTaskAnswer | None


class TopTasksAnswer(Page[DayTopTaskAnswer]):
    """`top` is the most expensive task from `from` to `to`, and in `items` that of each day.

    `as_of` is when the latest entry that analytics has counted was posted; null before the first.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    first: str = Field(serialization_alias="from")
    to: str
    top: TopTaskAnswer | None
    as_of: str | None


def day_answer(figures: DayFigures) -> DayAnswer:
    return DayAnswer(
        day=figures.business_day,
        management_earnings=MoneyAnswer(amount=figures.management_earnings),
        accounts_in_minus=figures.accounts_in_minus,
        accounts_in_minus_by=figures.minus_rule,
        fees=MoneyAnswer(amount=figures.fees),
        rewards=MoneyAnswer(amount=figures.rewards),
        fee_corrections=MoneyAnswer(amount=figures.fee_corrections),
        reward_corrections=MoneyAnswer(amount=figures.reward_corrections),
        payouts=MoneyAnswer(amount=figures.payouts),
        entry_count=figures.entry_count,
        accounts_closed=figures.accounts_closed,
    )


def summary_answer(summary: Summary) -> SummaryAnswer:
    return SummaryAnswer(**dict(day_answer(summary.figures)), as_of=summary.as_of)


def days_answer(found: Days) -> DaysAnswer:
    return DaysAnswer(items=[day_answer(day) for day in found.days], next_cursor=None, as_of=found.as_of)


def top_task_answer(task: TopTask | None) -> TopTaskAnswer | None:
    if task is None:
        return None
    return TopTaskAnswer(
        task_id=task.task_id,
        title=task.title,
        jira_id=task.jira_id,
        completion_reward=MoneyAnswer(amount=task.reward),
        completed_at=task.completed_at,
    )


def top_tasks_answer(asked: DayRange, found: TopTasks) -> TopTasksAnswer:
    by_day = {task.day: task for task in found.tasks}
    return TopTasksAnswer(
        first=asked.first,
        to=asked.last,
        top=top_task_answer(highest(found.tasks)),
        items=[DayTopTaskAnswer(day=day, top=top_task_answer(by_day.get(day))) for day in asked.days()],
        next_cursor=None,
        as_of=found.as_of,
    )
