"""Mark a report whose mail bounced as failed, and an account that no report can reach.

A bounce after which SES would accept further mails (a full mailbox) fails its report alone. After one for
good, or a complaint, the account gets no more reports until an operator retries one.
"""

from collections.abc import Sequence

from events.notifications import EmailFailed
from functions.notifications.domain import (
    BOUNCED,
    BOUNCED_FOR_GOOD,
    COMPLAINED,
    FAILED,
    SENT,
    WAITING,
    NotificationsError,
)
from functions.notifications.rows import Report, UnreachableAccount
from shared.clock import rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.messages import Failed, Received
from shared.store import Action, Add, ConditionFailed, Put, Store


class NotMarkedYet(NotificationsError):
    """SES was quicker than the sender, which has not marked the report as sent yet."""


class Undelivered(Frozen):
    """What SES says of a mail that it had accepted."""

    report_id: str
    message_id: str
    is_complaint: bool
    is_permanent: bool

    @property
    def reason(self) -> str:
        if self.is_complaint:
            return COMPLAINED
        return BOUNCED_FOR_GOOD if self.is_permanent else BOUNCED


def mark_undelivered(messages: Sequence[Received[Undelivered]], store: Store, context: Context) -> Failed:
    """By message, NotMarkedYet; raises StoreError."""
    failed: dict[str, Exception] = {}
    for message in messages:
        try:
            _mark(message.payload, store, context.within(message.correlation_id))
        except (NotMarkedYet, ConditionFailed) as error:
            failed[message.message_id] = error
    return failed


def _mark(undelivered: Undelivered, store: Store, context: Context) -> None:
    """Does nothing about a mail that is no report of ours, or one that was sent again meanwhile."""
    report = store.get(Report, report_id=undelivered.report_id)
    if report is None:
        return
    if report.state == WAITING:
        raise NotMarkedYet(f"report {report.report_id} is not marked as sent")
    actions: list[Action] = []
    is_of_this_mail = report.state == SENT and report.message_id == undelivered.message_id
    fails = is_of_this_mail and not undelivered.is_complaint
    if fails:
        actions += _failed(report, undelivered, context.within(report.correlation_id, report.event_id))
    if undelivered.is_permanent:
        actions.append(
            Put(
                UnreachableAccount(
                    account_id=report.account_id,
                    reason=undelivered.reason,
                    report_id=report.report_id,
                    since=rfc3339(context.now()),
                )
            )
        )
    if actions:
        store.transact(actions)
    if fails and not report.failure_told:
        context.count("MailsFailed")


def _failed(report: Report, undelivered: Undelivered, context: Context) -> list[Action]:
    """Publishes Email.Failed, unless an earlier attempt did."""
    change = Add(
        Report,
        {"report_id": report.report_id},
        values={"state": FAILED, "reason": undelivered.reason, "failure_told": True},
        expected={"state": SENT, "message_id": undelivered.message_id},
    )
    if report.failure_told:
        return [change]
    event = EmailFailed(
        report_id=report.report_id,
        account_id=report.account_id,
        business_day=report.business_day,
        failed_at="address",
        reason=undelivered.reason,
    )
    return [change, *context.record(event, occurred_at=context.now(), subject_id=report.report_id)]
