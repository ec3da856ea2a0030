"""Decisions about reports: one e-mail for each account and business day with entries, sent once."""

import random
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from shared.clock import rfc3339
from shared.frozen import Frozen

WAITING = "waiting"
SENT = "sent"
FAILED = "failed"

LEASE = timedelta(seconds=150)
"""How long an attempt leases its report: longer than the sender's function may run (a test compares)."""

QUEUED = timedelta(minutes=10)
"""A queued report is not queued again for this long."""

AHEAD = timedelta(minutes=2)
"""The queue holds as many reports as are mailed meanwhile: two ticks' worth, so that it never runs dry, and
far less than `QUEUED`, so that none is queued twice."""

FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(minutes=15)
_DOUBLINGS = 6


FailedAt = Literal["address", "sending"]


class NotificationsError(Exception):
    """The base of this service's errors."""


class CannotSend(NotificationsError):
    """A report could not be mailed; the message says why, without any address."""

    failed_at: ClassVar[FailedAt]
    for_good: ClassVar[bool]


class AddressUnavailable(CannotSend):
    """The auth service did not answer."""

    failed_at = "address"
    for_good = False


class AddressUnknown(CannotSend):
    """The auth service has no such account, or no valid address for it."""

    failed_at = "address"
    for_good = True


class MailerUnavailable(CannotSend):
    """SES did not answer, or refused for now."""

    failed_at = "sending"
    for_good = False


class MailRefused(CannotSend):
    """SES will never accept this mail."""

    failed_at = "sending"
    for_good = True


class Job(Frozen):
    """An attempt to send a report, after `attempts` earlier ones; void once it has begun."""

    report_id: str
    attempts: int


class Recipient(Frozen):
    email: str
    name: str


class Letterhead(Frozen):
    """The sender's address, and the time zone (an IANA name) in which times are shown."""

    sender: str
    timezone: str


def report_id_of(account_id: str, business_day: str) -> str:
    return f"{account_id}#{business_day}"


def room(mail_per_second: float, waiting: int) -> int:
    """How many more reports to queue, when so many wait in the queue already."""
    return max(0, int(mail_per_second * AHEAD.total_seconds()) - waiting)


def retry_delay(attempts: int, randomness: random.Random) -> timedelta:
    """The wait after this number of attempts: it doubles each time, up to 15 minutes.

    Its second half is random, so that reports that failed together are not retried together.
    """
    if attempts < 1:
        return timedelta(0)
    full = min(FIRST_DELAY * (1 << min(attempts - 1, _DOUBLINGS)), LONGEST_DELAY)
    return full / 2 + full / 2 * randomness.random()


def lease_end(earlier_attempts: int, now: datetime, randomness: random.Random) -> str:
    """When to retry if this attempt never ends; attempts that crash the function back off too."""
    return rfc3339(now + LEASE + retry_delay(earlier_attempts, randomness))
