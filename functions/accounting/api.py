"""Accounting's HTTP API: requests, answers and error statuses."""

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import ConfigDict, Field

from functions.accounting.ledger import (
    AlreadyCorrected,
    NotCorrectable,
    NotFound,
    Started,
    earned,
    management_earnings,
)
from functions.accounting.rows import AccountDay, DayTotal, Entry, EntryCorrection, ListedAccount
from functions.accounting.views import BalanceView, CloseView, EntriesView, ListedBalance, Names, Order
from shared.api import PROSE, AccountAnswer, AnswerModel, MoneyAnswer, PageQuery, RequestModel, Search
from shared.days import BusinessDay
from shared.names import NAME_POSITION

EVERYONE = ("worker", "accountant", "manager", "admin")
ACCOUNTANTS = ("accountant", "admin")
ADMINS = ("admin",)

ACCOUNT_POSITION = r"[0-9A-Za-z-]{1,128}"
POSITIONS: Mapping[Order, str] = {
    "account_id": ACCOUNT_POSITION,
    "name": NAME_POSITION,
    "balance": rf"[0-9]{{19}}#{ACCOUNT_POSITION}",
}
"""The patterns of positions in the list of accounts."""

PROBLEMS: Mapping[type[Exception], int] = {NotFound: 404, NotCorrectable: 409, AlreadyCorrected: 409}

Kind = Literal["assignment_fee", "completion_reward", "payout", "fee_correction", "reward_correction"]


class AccountsQuery(PageQuery):
    """Filters and order of accounts; a page may be short or even empty, and not the last."""

    q: Search | None = Field(None, description="A part of the name, whatever its case and normal form.")
    in_minus: bool = Field(False, description="Only those with a balance below zero.")
    order: Order | None = Field(
        None,
        description="By balance, the deepest debt first. Without it: with `in_minus` and no `q` by"
        " balance, else by account_id.",
    )

    def order_asked(self) -> Order:
        if self.order is not None:
            return self.order
        return "balance" if self.in_minus and not self.q else "account_id"


class EntriesQuery(PageQuery):
    """Entries of one business day, or of all."""

    day: BusinessDay | None = None


class CorrectionRequest(RequestModel):
    """The entry that was wrong, and why."""

    model_config = ConfigDict(str_strip_whitespace=True)

    entry_id: Annotated[str, Field(min_length=1, max_length=128)]
    reason: Annotated[str, Field(min_length=1, max_length=1000), PROSE]


class MyBalanceAnswer(AnswerModel):
    """`earned_today` is what the account earned on `business_day`, the present one; it may be negative."""

    balance: MoneyAnswer
    earned_today: MoneyAnswer
    business_day: str


class AccountBalanceAnswer(MyBalanceAnswer):
    account: AccountAnswer


class TaskAnswer(AnswerModel):
    task_id: str
    title: str
    jira_id: str | None


class CorrectionAnswer(AnswerModel):
    """Shown on a correction: what it corrects. `corrected_by` is the account_id of `made_by`."""

    corrects_entry_id: str
    corrected_by: str
    made_by: AccountAnswer
    reason: str


class CorrectedAnswer(AnswerModel):
    """Shown on a corrected entry: `entry_id` is the entry that corrects it."""

    entry_id: str
    entry_number: int
    made_by: AccountAnswer
    reason: str
    posted_at: str


class EntryAnswer(AnswerModel):
    """`source_occurred_at` is when it happened, `posted_at` when it was entered here."""

    entry_id: str
    entry_number: int
    kind: Kind
    amount: MoneyAnswer
    balance_after: MoneyAnswer
    business_day: str
    source_occurred_at: str
    posted_at: str
    task: TaskAnswer | None
    correction: CorrectionAnswer | None
    corrected: CorrectedAnswer | None


class ListedAccountAnswer(AnswerModel):
    account: AccountAnswer
    role: str
    status: str
    balance: MoneyAnswer


class AccountDayAnswer(AnswerModel):
    """A business day of an account; fees and rewards are as charged, `earned` counts corrections too."""

    day: str
    earned: MoneyAnswer
    fees: MoneyAnswer
    rewards: MoneyAnswer
    fee_corrections: MoneyAnswer
    reward_corrections: MoneyAnswer
    paid_out: MoneyAnswer
    entry_count: int


class DayAnswer(AnswerModel):
    """A business day of the company; fees and rewards are as charged, before corrections."""

    day: str
    fees: MoneyAnswer
    rewards: MoneyAnswer
    fee_corrections: MoneyAnswer
    reward_corrections: MoneyAnswer
    management_earnings: MoneyAnswer
    payouts: MoneyAnswer


class PayoutAnswer(AnswerModel):
    """What an account is paid, and the ledger entry that says so."""

    account: AccountAnswer
    amount: MoneyAnswer
    entry_id: str


class StartedAnswer(AnswerModel):
    """How many accounts were open and are being closed, through which day; null when none was."""

    through: str | None
    accounts: int


class CloseAnswer(AnswerModel):
    """`accounts_closed` counts those with entries or a debt; the times are those of the close of all."""

    day: str
    status: Literal["running", "done"]
    accounts_closed: int
    payouts: MoneyAnswer
    started_at: str | None
    finished_at: str | None


def money(cents: int) -> MoneyAnswer:
    return MoneyAnswer(amount=cents)


def entry_answer(entry: Entry, names: Names, corrected: EntryCorrection | None = None) -> EntryAnswer:
    """`names` must have the admins who made the entry, if it is a correction, or corrected it."""
    return EntryAnswer(
        entry_id=entry.entry_id,
        entry_number=entry.entry_number,
        kind=cast(Kind, entry.kind),
        amount=money(entry.amount),
        balance_after=money(entry.balance_after),
        business_day=entry.business_day,
        source_occurred_at=entry.source_occurred_at,
        posted_at=entry.posted_at,
        task=_task(entry),
        correction=_correction(entry, names),
        corrected=_corrected(corrected, names) if corrected else None,
    )


def _task(entry: Entry) -> TaskAnswer | None:
    if entry.task_id is None or entry.title is None:
        return None
    return TaskAnswer(task_id=entry.task_id, title=entry.title, jira_id=entry.jira_id)


def _correction(entry: Entry, names: Names) -> CorrectionAnswer | None:
    if entry.corrects_entry_id is None or entry.corrected_by is None or entry.reason is None:
        return None
    return CorrectionAnswer(
        corrects_entry_id=entry.corrects_entry_id,
        corrected_by=entry.corrected_by,
        made_by=_named(entry.corrected_by, names),
        reason=entry.reason,
    )


def _corrected(correction: EntryCorrection, names: Names) -> CorrectedAnswer:
    return CorrectedAnswer(
        entry_id=correction.entry_id,
        entry_number=correction.entry_number,
        made_by=_named(correction.corrected_by, names),
        reason=correction.reason,
        posted_at=correction.posted_at,
    )


def _named(account_id: str, names: Names) -> AccountAnswer:
    return AccountAnswer(account_id=account_id, name=names[account_id])


def account_answer(listed: ListedBalance) -> ListedAccountAnswer:
    account = listed.account
    return ListedAccountAnswer(
        account=AccountAnswer(account_id=account.account_id, name=account.name),
        role=account.role,
        status=account.status,
        balance=money(listed.balance),
    )


def payout_answer(account: ListedAccount, entry: Entry) -> PayoutAnswer:
    return PayoutAnswer(
        account=AccountAnswer(account_id=account.account_id, name=account.name),
        amount=money(entry.amount),
        entry_id=entry.entry_id,
    )


def account_day_answer(day: AccountDay) -> AccountDayAnswer:
    return AccountDayAnswer(
        day=day.business_day,
        earned=money(earned(day)),
        fees=money(day.fees),
        rewards=money(day.rewards),
        fee_corrections=money(day.fee_corrections),
        reward_corrections=money(day.reward_corrections),
        paid_out=money(day.payouts),
        entry_count=day.entry_count,
    )


def day_answer(total: DayTotal) -> DayAnswer:
    return DayAnswer(
        day=total.business_day,
        fees=money(total.fees),
        rewards=money(total.rewards),
        fee_corrections=money(total.fee_corrections),
        reward_corrections=money(total.reward_corrections),
        management_earnings=money(management_earnings(total)),
        payouts=money(total.payouts),
    )


def started_answer(started: Started) -> StartedAnswer:
    return StartedAnswer(through=started.through, accounts=started.accounts)


def close_answer(view: CloseView) -> CloseAnswer:
    return CloseAnswer(
        day=view.total.business_day,
        status="running" if view.is_running else "done",
        accounts_closed=view.total.accounts_closed,
        payouts=money(view.total.payouts),
        started_at=view.close.started_at if view.close else None,
        finished_at=view.close.finished_at if view.close else None,
    )


def my_balance_answer(view: BalanceView) -> MyBalanceAnswer:
    return MyBalanceAnswer(
        balance=money(view.balance),
        earned_today=money(view.earned_today),
        business_day=view.business_day,
    )


def account_balance_answer(account_id: str, name: str, view: BalanceView) -> AccountBalanceAnswer:
    return AccountBalanceAnswer(
        account=AccountAnswer(account_id=account_id, name=name),
        balance=money(view.balance),
        earned_today=money(view.earned_today),
        business_day=view.business_day,
    )


def entry_answers(view: EntriesView) -> list[EntryAnswer]:
    return [entry_answer(entry, view.names, view.corrections.get(entry.entry_id)) for entry in view.entries]
