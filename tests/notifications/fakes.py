"""Fakes of auth and SES that can be down, accounting's events, and the service with them."""

import random
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from events.accounting import AccountDayClosed, LedgerEntryPosted
from functions.notifications.domain import (
    AddressUnavailable,
    AddressUnknown,
    Job,
    Letterhead,
    MailerUnavailable,
    MailRefused,
    Recipient,
)
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import TABLES, Report
from functions.notifications.send_report.use_case import Post, send_report
from shared.context import Context
from shared.memory_store import MemoryStore
from shared.store import Store
from tests.support.fakes import NOON, FakeClock, FakeQueue, memory_store, received

ACCOUNT = "daria"
DAY = "2026-11-22"
REPORT_ID = f"{ACCOUNT}#{DAY}"
LETTERHEAD = Letterhead("reports@ates.example", "Europe/Berlin")
HASH = "0" * 64
ROOM = 1_000


def entry(number: int = 1, kind: str = "completion_reward", **changes: Any) -> LedgerEntryPosted:
    values: dict[str, Any] = {
        "entry_id": f"entry-{number}",
        "entry_number": number,
        "account_id": ACCOUNT,
        "kind": kind,
        "debit_account": "company",
        "credit_account": ACCOUNT,
        "amount": 2500,
        "currency": "USD",
        "balance_after": 2500,
        "business_day": DAY,
        "posted_at": NOON,
        "source_occurred_at": NOON,
        "title": "Water the plants",
        "jira_id": "POPUG-42",
        "prev_hash": HASH,
        "hash": HASH,
    }
    return LedgerEntryPosted.model_validate({**values, **changes})


def closed(entry_count: int = 1, **changes: Any) -> AccountDayClosed:
    values: dict[str, Any] = {
        "account_id": ACCOUNT,
        "business_day": DAY,
        "earned": 2500,
        "paid_out": 2500,
        "carried_over": 0,
        "currency": "USD",
        "entry_count": entry_count,
    }
    return AccountDayClosed.model_validate({**values, **changes})


@dataclass
class FakeAddressBook:
    """Knows all accounts but `strangers`; fails while it is down."""

    down: bool = False
    strangers: set[str] = field(default_factory=set)

    def recipient(self, account_id: str, correlation_id: str) -> Recipient:
        if self.down:
            raise AddressUnavailable("the auth service failed")
        if account_id in self.strangers:
            raise AddressUnknown("the auth service knows no such account")
        return Recipient(f"{account_id}@ates.example", account_id.title())


@dataclass
class FakeMailer:
    """Accepts mail to all but `refused`; accepts none while throttled."""

    throttled: bool = False
    refused: set[str] = field(default_factory=set)
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, email: str, mail: bytes) -> str:
        if self.throttled:
            raise MailerUnavailable("SES: TooManyRequestsException")
        if email in self.refused:
            raise MailRefused("SES: MessageRejected")
        self.sent.append((email, mail))
        return f"message-{len(self.sent)}"

    def mails(self) -> list[EmailMessage]:
        return [parsed(mail) for _, mail in self.sent]


def parsed(mail: bytes) -> EmailMessage:
    message = message_from_bytes(mail, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: EmailMessage, subtype: str = "plain") -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


@dataclass
class World:
    """The service with its fakes."""

    store: MemoryStore = field(default_factory=lambda: memory_store(TABLES))
    clock: FakeClock = field(default_factory=FakeClock)
    queue: FakeQueue = field(default_factory=FakeQueue)
    addresses: FakeAddressBook = field(default_factory=FakeAddressBook)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    randomness: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def post(self) -> Post:
        return Post(self.addresses, self.mailer, LETTERHEAD)

    def context(self) -> Context:
        return Context(self.clock, self.randomness, "tick-correlation")

    def hear(self, *events: LedgerEntryPosted | AccountDayClosed) -> None:
        messages = [received(event, event_id=f"event-{number}") for number, event in enumerate(events)]
        assert on_ledger_event(messages, self.store, self.context()) == {}

    def tick(self, room: int = ROOM) -> int:
        return queue_due_reports(self.store, self.context(), self.queue, room, lambda: True)

    def send(self, job: Job, store: Store | None = None) -> None:
        send_report(job, store or self.store, self.context(), self.post)

    def work(self) -> None:
        """Do every job in the queue."""
        jobs, self.queue.jobs = self.queue.jobs, []
        for job in jobs:
            self.send(Job(**job))

    def run(self, minutes: int) -> None:
        for _ in range(minutes):
            self.tick()
            self.work()
            self.clock.advance(minutes=1)

    def report(self, report_id: str = REPORT_ID) -> Report:
        report = self.store.get(Report, report_id=report_id)
        assert report is not None
        return report


def world_with_a_report(entries: int = 1) -> World:
    """A report is due; its lines have arrived."""
    world = World()
    world.hear(*[entry(number) for number in range(1, entries + 1)], closed(entries))
    return world
