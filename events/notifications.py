"""Published by the notification service."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.envelope import Cents, Day, Event, Identifier, Instant, published

PRODUCER = "notifications"


@published
class EmailFailed(Event):
    """A report could not be e-mailed. Published once per report; the report is kept and retried."""

    event_name: ClassVar[str] = "Email.Failed"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    report_id: Identifier
    account_id: Identifier
    business_day: Day
    failed_at: Literal["address", "sending"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@published
class EmailSent(Event):
    """SES has accepted a report. Whole, so that a restore can write its row and doesn't mail it twice."""

    event_name: ClassVar[str] = "Email.Sent"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    report_id: Identifier
    account_id: Identifier
    business_day: Day
    earned: Cents
    paid_out: Annotated[int, Field(strict=True, ge=0)]
    carried_over: Annotated[int, Field(strict=True, le=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    entry_count: Annotated[int, Field(ge=0)]
    attempts: Annotated[int, Field(ge=1)]
    failure_told: bool
    created_at: Instant
    sent_at: Instant
    message_id: Identifier
