"""Published by the accounting service. Amounts are integer cents in `currency`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.envelope import (
    Cents,
    Day,
    Event,
    Identifier,
    Instant,
    JiraId,
    PositiveCents,
    Sha256,
    Title,
    published,
)

PRODUCER = "accounting"

EntryKind = Literal["assignment_fee", "completion_reward", "payout", "fee_correction", "reward_correction"]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


@published
class TaskPriced(Event):
    """The two prices of a task, drawn once."""

    event_name: ClassVar[str] = "Task.Priced"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    task_id: Identifier
    title: Title
    jira_id: JiraId | None = None
    assignment_fee: PositiveCents
    completion_reward: PositiveCents
    currency: Currency


@published
class LedgerEntryPosted(Event):
    """A whole ledger entry: its row can be written again from it.

    `amount` is positive; the kind determines the sign. A payout and a correction have no `source_event_id`,
    and their `source_occurred_at` is the time of posting. A correction names the entry it corrects, the
    admin and the reason.
    """

    event_name: ClassVar[str] = "Ledger.EntryPosted"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    entry_id: Identifier
    entry_number: Annotated[int, Field(ge=1)]
    account_id: Identifier
    kind: EntryKind
    debit_account: Identifier
    credit_account: Identifier
    amount: PositiveCents
    currency: Currency
    balance_after: Cents
    business_day: Day
    posted_at: Instant
    source_event_id: Identifier | None = None
    source_occurred_at: Instant
    task_id: Identifier | None = None
    title: Title | None = None
    jira_id: JiraId | None = None
    corrects_entry_id: Identifier | None = None
    corrected_by: Identifier | None = None
    reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    prev_hash: Sha256
    hash: Sha256


@published
class AccountDayClosed(Event):
    """A business day was closed for an account. `carried_over` is zero or a debt.

    `entry_count` is the number of the day's entries, a payout included. `last_entry_number` is the
    account's last of that day, absent if the day has no entries.
    """

    event_name: ClassVar[str] = "Account.DayClosed"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    account_id: Identifier
    business_day: Day
    earned: Cents
    paid_out: Annotated[int, Field(strict=True, ge=0)]
    payout_entry_id: Identifier | None = None
    carried_over: Annotated[int, Field(strict=True, le=0)]
    currency: Currency
    entry_count: Annotated[int, Field(ge=0)]
    last_entry_number: Annotated[int, Field(ge=1)] | None = None


@published
class CloseRequested(Event):
    """A close through this day was requested; accounting itself consumes it."""

    event_name: ClassVar[str] = "Close.Requested"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    through: Day
    requested_by: Identifier


LEDGER_EVENTS = (LedgerEntryPosted, AccountDayClosed)
