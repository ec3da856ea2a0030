"""Reports by e-mail: one for each account and business day with entries, sent once."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from shared.clock import rfc3339
from shared.ids import shard_of

DUE_SHARDS = 4

WAITING = "waiting"
SENT = "sent"
FAILED = "failed"

LEASE = timedelta(seconds=150)
"""How long an attempt holds its report: longer than the sender's function may run (a test compares)."""

QUEUED = timedelta(minutes=10)
"""How long a report that is in the queue isn't queued again."""

FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(minutes=15)
_DOUBLINGS = 6


FailedAt = Literal["address", "sending"]


class NotificationsError(Exception):
    """The root of what this service raises."""


class CannotSend(NotificationsError):
    """A report could not be mailed; the message says why, without any address."""

    failed_at: ClassVar[FailedAt]
    for_good: ClassVar[bool]


class AddressUnavailable(CannotSend):
    """The auth service gave no answer."""

    failed_at = "address"
    for_good = False


class AddressUnknown(CannotSend):
    """The auth service knows no such account, or no address that mail could go to."""

    failed_at = "address"
    for_good = True


class MailerUnavailable(CannotSend):
    """SES gave no answer, or refused for now."""

    failed_at = "sending"
    for_good = False


class MailRefused(CannotSend):
    """SES will never take this mail."""

    failed_at = "sending"
    for_good = True


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt to send a report: the one after so many. Void once that attempt has begun."""

    report_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Recipient:
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who sends, and in which time zone (an IANA name) times are shown."""

    sender: str
    timezone: str


def report_id_of(account_id: str, business_day: str) -> str:
    return f"{account_id}#{business_day}"


def due_shard_of(report_id: str) -> int:
    return shard_of(report_id, DUE_SHARDS)


def retry_delay(attempts: int, randomness: random.Random) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to a quarter of an hour.

    The second half of it is drawn, so that reports which failed together don't come back together.
    """
    if attempts < 1:
        return timedelta(0)
    full = min(FIRST_DELAY * (1 << min(attempts - 1, _DOUBLINGS)), LONGEST_DELAY)
    return full / 2 + full / 2 * randomness.random()


def lease_end(earlier_attempts: int, now: datetime, randomness: random.Random) -> str:
    """When to try again if this attempt never ends; one that kills its function every time backs off too."""
    return rfc3339(now + LEASE + retry_delay(earlier_attempts, randomness))
