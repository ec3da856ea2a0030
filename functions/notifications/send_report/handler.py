from collections.abc import Sequence
from typing import Any

from events.notifications import EmailFailed, EmailSent
from functions.notifications.address_book import LambdaAddressBook
from functions.notifications.domain import Job, Letterhead
from functions.notifications.mailer import SesMailer
from functions.notifications.rows import TABLES
from functions.notifications.send_report.use_case import Post, send_report
from shared.context import Context
from shared.messages import NONE_FAILED, Failed, Received
from shared.pace import Pace
from shared.queue import consumer, read_job
from shared.settings import function_name, per_second, required, settings
from shared.spec import GET, MAIL, PUT, QUERY, UPDATE, Jobs, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="notifications",
    name="send_report",
    summary="Mail one report",
    trigger=Jobs("reports"),
    access={"reports": (GET, UPDATE), "entries": (QUERY,), "journal": (PUT,)},
    publishes=(EmailFailed, EmailSent),
    invokes=("auth/get_email",),
    # SES requires the second one for a raw message in SendEmail.
    actions=("ses:SendEmail", "ses:SendRawEmail"),
    paced_by=MAIL,
    timeout_seconds=60,
)


def handle(messages: Sequence[Received[Job]], context: Context) -> Failed:
    post = _post()
    for message in messages:
        send_report(message.payload, store(TABLES), context.within(message.correlation_id), post)
    return NONE_FAILED


def _post() -> Post:
    sender = required("SENDER")
    letterhead = Letterhead(sender, settings().business_timezone)
    addresses = LambdaAddressBook(function_name("auth/get_email"))
    return Post(addresses, SesMailer(sender), letterhead, Pace(per_second(MAIL)))


def _parse(document: dict[str, Any]) -> Job:
    """Raises KeyError, TypeError or ValueError if the document is not such a job."""
    return Job(report_id=str(document["report_id"]), attempts=int(document["attempts"]))


handler = consumer(SPEC, read_job(_parse), handle)
