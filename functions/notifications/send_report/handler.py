"""Jobs of the work queue `reports`, one at a time"""

import random
from collections.abc import Sequence
from typing import Any

from functions.notifications.address_book import LambdaAddressBook
from functions.notifications.domain import Job, Letterhead
from functions.notifications.mailer import SesMailer
from functions.notifications.rows import TABLES
from functions.notifications.send_report.spec import SPEC
from functions.notifications.send_report.use_case import Post, send_report
from shared.clock import system_clock
from shared.messages import NONE_FAILED, Failed, Received
from shared.queue import consumer, read_job
from shared.scope import Scope
from shared.settings import function_name, required, settings
from shared.wiring import store


def handle(messages: Sequence[Received[Job]]) -> Failed:
    post = _post()
    for message in messages:
        scope = Scope(system_clock, random.SystemRandom(), message.correlation_id)
        send_report(message.payload, store(TABLES), scope, post)
    return NONE_FAILED


def _post() -> Post:
    sender = required("SENDER")
    letterhead = Letterhead(sender, settings().business_timezone)
    return Post(LambdaAddressBook(function_name("auth/get_email")), SesMailer(sender), letterhead)


def _parse(document: dict[str, Any]) -> Job:
    """Raises KeyError, TypeError or ValueError for what is no job."""
    return Job(report_id=str(document["report_id"]), attempts=int(document["attempts"]))


handler = consumer(SPEC, read_job(_parse), handle)
