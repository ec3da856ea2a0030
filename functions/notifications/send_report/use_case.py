"""Mail one report, under a lease, when all of its lines have arrived.

After a crash, the report is tried again when the lease has expired. A second mail, with the same report id,
is sent only if the crash (or a lost answer) was between SES's acceptance and our mark.
"""

from collections.abc import Callable, Mapping

from events.notifications import EmailFailed, EmailSent
from functions.notifications.domain import (
    FAILED,
    SENT,
    WAITING,
    CannotSend,
    Job,
    Letterhead,
    lease_end,
    retry_delay,
)
from functions.notifications.ports import AddressBook, Mailer
from functions.notifications.rows import Report, ReportLine
from functions.notifications.send_report.mail import MAX_LINES, compose
from shared.clock import parse_rfc3339, rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.pace import unpaced
from shared.store import Add, ConditionFailed, Store, Value, changed

PAGE = 500
_KEPT = (
    "report_id",
    "account_id",
    "business_day",
    "earned",
    "paid_out",
    "carried_over",
    "currency",
    "entry_count",
    "attempts",
    "failure_told",
)


class Post(Frozen):
    """What is needed to send mail; `pace` returns when the next one may be sent."""

    addresses: AddressBook
    mailer: Mailer
    letterhead: Letterhead
    pace: Callable[[], None] = unpaced


def send_report(job: Job, store: Store, context: Context, post: Post) -> None:
    """Does nothing if the job is void; raises StoreError."""
    report = _begin(job, store, context)
    if report is not None:
        _attempt(report, store, context.within(report.correlation_id, report.event_id), post)


def _attempt(report: Report, store: Store, context: Context, post: Post) -> None:
    arrived, lines = _lines(report, store)
    if arrived < report.entry_count:
        _postpone(report, f"{arrived} of {report.entry_count} entries have arrived", store, context)
        return
    try:
        message_id = _send(report, lines, post)
    except CannotSend as problem:
        _keep(report, problem, store, context)
    else:
        _end(report, message_id, store, context)


def _begin(job: Job, store: Store, context: Context) -> Report | None:
    """Take the lease of this attempt; None if it has begun already, or there is nothing to send."""
    report = store.get(Report, report_id=job.report_id)
    if report is None or report.state != WAITING or report.attempts != job.attempts:
        return None
    until = lease_end(job.attempts, context.now(), context.randomness)
    leased = changed(report, attempts=job.attempts + 1, next_attempt_at=until)
    try:
        store.transact(
            [
                Add(
                    Report,
                    {"report_id": job.report_id},
                    values={"attempts": leased.attempts, "next_attempt_at": leased.next_attempt_at},
                    expected={"state": WAITING, "attempts": job.attempts},
                )
            ]
        )
    except ConditionFailed:
        return None
    return leased


def _lines(report: Report, store: Store) -> tuple[int, list[ReportLine]]:
    """How many of the day's entries have arrived, and the first ones, which the mail shows."""
    arrived, shown = 0, list[ReportLine]()
    last: int | None = None
    for _ in range(report.entry_count // PAGE + 1):
        page = store.query(ReportLine, report.report_id, above=last, limit=PAGE)
        arrived += len(page)
        shown += page[: MAX_LINES - len(shown)]
        if len(page) < PAGE:
            break
        last = page[-1].entry_number
    return arrived, shown


def _send(report: Report, lines: list[ReportLine], post: Post) -> str:
    recipient = post.addresses.recipient(report.account_id, report.correlation_id)
    mail = compose(report, lines, recipient, post.letterhead)
    post.pace()
    return post.mailer.send(recipient.email, mail)


def _postpone(report: Report, reason: str, store: Store, context: Context) -> None:
    again = context.now() + retry_delay(report.attempts, context.randomness)
    store.transact([_change(report, {"next_attempt_at": rfc3339(again), "reason": reason})])


def _keep(report: Report, problem: CannotSend, store: Store, context: Context) -> None:
    """Keep the report for a retry, or as failed for good; publish Email.Failed the first time."""
    again = context.now() + retry_delay(report.attempts, context.randomness)
    values: dict[str, Value] = {"reason": str(problem), "failure_told": True}
    values |= (
        {"state": FAILED, "due_shard": None} if problem.for_good else {"next_attempt_at": rfc3339(again)}
    )
    event = EmailFailed(
        report_id=report.report_id,
        account_id=report.account_id,
        business_day=report.business_day,
        failed_at=problem.failed_at,
        reason=str(problem),
    )
    told = context.record(event, occurred_at=context.now(), subject_id=report.report_id)
    store.transact([_change(report, values), *([] if report.failure_told else told)])
    if not report.failure_told:
        context.count("MailsFailed")


def _end(report: Report, message_id: str, store: Store, context: Context) -> None:
    now = context.now()
    sent: dict[str, Value] = {"state": SENT, "message_id": message_id, "sent_at": rfc3339(now)}
    event = EmailSent(
        **{name: getattr(report, name) for name in _KEPT},
        created_at=parse_rfc3339(report.created_at),
        sent_at=now,
        message_id=message_id,
    )
    told = context.record(event, occurred_at=now, subject_id=report.report_id)
    store.transact([_change(report, {**sent, "due_shard": None, "reason": None}), *told])
    context.count("MailsSent")


def _change(report: Report, values: Mapping[str, Value]) -> Add:
    """A change that only the lease's holder can make."""
    return Add(
        Report,
        {"report_id": report.report_id},
        values=values,
        expected={"state": WAITING, "attempts": report.attempts},
    )
