"""Bounces and complaints, as rules on the account's default bus make jobs of SES's events."""

from collections.abc import Sequence
from typing import Any

from events.notifications import EmailFailed
from functions.notifications.domain import report_id_of
from functions.notifications.mark_undelivered.use_case import Undelivered, mark_undelivered
from functions.notifications.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.spec import GET, PUT, UPDATE, Jobs, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="notifications",
    name="mark_undelivered",
    summary="Mark reports that bounced, and accounts that no report can reach",
    trigger=Jobs("undelivered", fed_by_ses=True),
    access={"reports": (GET, UPDATE), "unreachable_accounts": (PUT,), "journal": (PUT,)},
    publishes=(EmailFailed,),
)


def handle(messages: Sequence[Received[Undelivered]], context: Context) -> Failed:
    return mark_undelivered(messages, store(TABLES), context)


def read_undelivered(document: dict[str, Any]) -> Undelivered:
    """Raises KeyError, TypeError or ValueError if the document is not such a job.

    The tags of the mail name its report. The address itself is in no job.
    """
    kind = str(document["kind"])
    if kind not in ("bounce", "complaint"):
        raise ValueError("neither a bounce nor a complaint")
    return Undelivered(
        report_id=report_id_of(str(document["account_id"]), str(document["business_day"])),
        message_id=str(document["message_id"]),
        is_complaint=kind == "complaint",
        is_permanent=kind == "complaint" or document["type"] == "Permanent",
    )


handler = consumer(SPEC, read_job(read_undelivered), handle)
