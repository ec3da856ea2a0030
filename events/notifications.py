"""Published by the notification service."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.envelope import Day, Event, Identifier, published

PRODUCER = "notifications"


@published
class EmailFailed(Event):
    """Cannot send e-mail: said once per report; the report is kept and tried again."""

    event_name: ClassVar[str] = "Email.Failed"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    report_id: Identifier
    account_id: Identifier
    business_day: Day
    failed_at: Literal["address", "sending"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
