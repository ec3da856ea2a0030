"""Analytics' HTTP API: requests and answers. All of it is for admins."""

from collections.abc import Mapping

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from functions.analytics.domain import DayFigures, Days, MinusRule, Summary, TopTasks, highest
from functions.analytics.periods import Period, around
from functions.analytics.rows import TopTask
from shared.api import AnswerModel, MoneyAnswer, Page, RequestModel
from shared.days import BusinessDay, DayRange, DaysQuery

ADMINS = ("admin",)
PROBLEMS: Mapping[type[Exception], int] = {}


class SummaryQuery(RequestModel):
    day: BusinessDay | None = None


class TopTasksQuery(DaysQuery):
    """Either a period around a date (by default: today), or `from` and `to`."""

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
