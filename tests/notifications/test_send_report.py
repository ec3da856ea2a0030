"""One mail for each report: under outages, redelivery, crashes at any point, and two senders at once."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from events.envelope import read_envelope
from functions.notifications.domain import LEASE, Job, Recipient
from functions.notifications.rows import Report
from functions.notifications.send_report import handler as handler_module
from functions.notifications.send_report.mail import MAX_LINES
from functions.notifications.send_report.use_case import PAGE, send_report
from shared.clock import parse_rfc3339
from shared.context import Figure
from shared.memory_store import MemoryStore
from shared.queue import consumer, read_job
from shared.records import JournalRecord
from shared.store import Action
from tests.notifications.fakes import (
    REPORT_ID,
    FakeMailer,
    World,
    closed,
    entry,
    text_of,
    world_with_a_report,
)
from tests.support.fakes import NOON, context, journal
from tests.support.faults import with_each_fault
from tests.support.invocations import batch, job_message

FIRST = Job(REPORT_ID, 0)


def failures(store: MemoryStore) -> list[Any]:
    """The data of each Email.Failed."""
    return [read_envelope(document)[1] for document in journal(store, "Email.Failed")]


def test_a_report_is_mailed_and_marked() -> None:
    world = world_with_a_report(2)
    world.send(FIRST)
    ((email, _),) = world.mailer.sent
    assert email == "daria@ates.example"
    report = world.report()
    assert (report.state, report.message_id, report.sent_at) == ("sent", "message-1", report.created_at)
    assert report.due_shard is None
    (published,) = journal(world.store)
    assert (published["event_name"], published["correlation_id"]) == ("Email.Sent", report.correlation_id)
    published = published["data"]
    assert {name: published[name] for name in published if not name.endswith("_at")} == {
        name: getattr(report, name) for name in published if not name.endswith("_at")
    }
    assert "@" not in str(published)


def test_a_report_waits_until_all_its_entries_have_arrived() -> None:
    world = World()
    world.hear(closed(2), entry(1))
    world.run(3)
    assert world.mailer.sent == []
    assert world.report().reason == "1 of 2 entries have arrived"
    assert failures(world.store) == []
    world.hear(entry(9))
    world.run(2)
    (mail,) = world.mailer.mails()
    assert text_of(mail).count("Completion reward") == 2
    assert world.report().reason is None


def test_a_long_day_shows_some_entries_and_the_number_of_the_others() -> None:
    world = world_with_a_report(MAX_LINES + 2)
    world.send(FIRST)
    (mail,) = world.mailer.mails()
    assert text_of(mail).count("Completion reward") == MAX_LINES
    assert "2 more entries of this day" in text_of(mail)


def test_one_missing_entry_of_a_long_day_is_noticed() -> None:
    world = World()
    world.hear(*[entry(number) for number in range(1, PAGE + 2)], closed(PAGE + 2))
    world.send(FIRST)
    assert world.mailer.sent == []
    assert world.report().reason == f"{PAGE + 1} of {PAGE + 2} entries have arrived"


def test_a_job_for_an_unknown_report_is_void() -> None:
    world = World()
    world.send(FIRST)
    assert world.mailer.sent == []


def test_a_repeated_job_is_void() -> None:
    world = world_with_a_report()
    for _ in range(3):
        world.send(FIRST)
    assert len(world.mailer.sent) == 1


def test_a_repeated_job_does_not_shorten_the_delay() -> None:
    world = world_with_a_report()
    world.addresses.down = True
    world.send(FIRST)
    world.addresses.down = False
    world.send(FIRST)
    assert world.mailer.sent == []
    assert world.report().attempts == 1


OUTAGES: dict[str, Callable[[World, bool], None]] = {
    "address": lambda world, down: setattr(world.addresses, "down", down),
    "sending": lambda world, down: setattr(world.mailer, "throttled", down),
}


@pytest.mark.parametrize("what", OUTAGES)
def test_an_outage_is_published_once_and_the_report_is_sent_after_it(what: str) -> None:
    world = world_with_a_report()
    OUTAGES[what](world, True)
    world.run(180)
    assert world.mailer.sent == []
    (published,) = failures(world.store)
    assert (published.report_id, published.account_id, published.failed_at) == (REPORT_ID, "daria", what)
    assert world.report().state == "waiting"
    OUTAGES[what](world, False)
    world.run(17)
    assert len(world.mailer.sent) == 1
    assert len(failures(world.store)) == 1
    assert world.report().reason is None
    world.run(60)
    assert len(world.mailer.sent) == 1


def test_a_sent_mail_is_counted_and_one_that_could_not_be_sent_once() -> None:
    world, work = world_with_a_report(), context()
    for down in (True, True, False):
        world.mailer.throttled = down
        send_report(Job(REPORT_ID, world.report().attempts), world.store, work, world.post)
    assert work.figures == [Figure("MailsFailed", 1), Figure("MailsSent", 1)]


def test_delays_grow_during_an_outage() -> None:
    world = world_with_a_report()
    world.addresses.down = True
    waits = []
    for attempt in range(10):
        world.send(Job(REPORT_ID, attempt))
        waits.append((parse_rfc3339(world.report().next_attempt_at) - world.clock()).total_seconds())
    assert waits[0] <= 15 < waits[3] < waits[5]
    assert all(450 <= wait <= 900 for wait in waits[6:])


def test_email_failed_has_the_correlation_id_of_the_close() -> None:
    world = world_with_a_report()
    world.addresses.down = True
    world.send(FIRST)
    (document,) = journal(world.store)
    envelope, _ = read_envelope(document)
    assert (envelope.correlation_id, envelope.causation_id) == ("test-correlation", "event-1")
    assert [record.subject_id for record in world.store.rows(JournalRecord)] == [REPORT_ID]


def refused_by_ses(world: World) -> None:
    world.mailer.refused = {"daria@ates.example"}


def unknown_to_auth(world: World) -> None:
    world.addresses.strangers = {"daria"}


def with_a_broken_address(world: World) -> None:
    world.addresses.recipient = lambda *_: Recipient("daria\r\nBcc: eve@x.example", "D")  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("how", "failed_at"),
    [(refused_by_ses, "sending"), (unknown_to_auth, "address"), (with_a_broken_address, "address")],
)
def test_a_permanent_refusal_ends_as_failed(how: Callable[[World], None], failed_at: str) -> None:
    world = world_with_a_report()
    how(world)
    world.run(30)
    report = world.report()
    assert (report.state, report.attempts, report.due_shard) == ("failed", 1, None)
    assert report.reason
    assert [published.failed_at for published in failures(world.store)] == [failed_at]
    assert world.mailer.sent == []


def test_a_permanent_failure_after_a_temporary_one_is_not_published_again() -> None:
    world = world_with_a_report()
    world.addresses.down = True
    world.run(2)
    world.addresses.down = False
    unknown_to_auth(world)
    world.run(30)
    assert world.report().state == "failed"
    assert len(failures(world.store)) == 1


def test_a_refused_report_does_not_delay_another() -> None:
    world = world_with_a_report()
    world.hear(entry(1, account_id="eve"), closed(account_id="eve"))
    refused_by_ses(world)
    world.run(1)
    assert [email for email, _ in world.mailer.sent] == ["eve@ates.example"]


@pytest.mark.parametrize("trouble", [None, "address", "sending"])
def test_every_write_fault_leaves_the_same_result(trouble: str | None) -> None:
    sent: list[World] = []

    def prepare() -> MemoryStore:
        sent.append(world_with_a_report())
        if trouble:
            OUTAGES[trouble](sent[-1], True)
        return sent[-1].store

    tried = 0
    for label, store in with_each_fault(prepare, lambda store: sent[-1].send(FIRST, store)):
        tried += 1
        (report,) = store.rows(Report)
        assert report.attempts == 1, label
        assert len(sent[-1].mailer.sent) == (0 if trouble else 1), label
        assert report.state == ("waiting" if trouble else "sent"), label
        assert len(failures(store)) == (1 if trouble else 0), label
    assert tried == 6


class Crash(BaseException):
    """The function dies here."""


class Stepped(MemoryStore):
    """Runs `happening` before call number `step`."""

    def __init__(self, sound: MemoryStore, step: int, happening: Callable[[], None]) -> None:
        self.__dict__.update(sound.__dict__)
        self.step, self.happening, self.calls = step, happening, 0

    def _count(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if number == self.step:
            self.happening()

    def get(self, kind: Any, **key: Any) -> Any:
        self._count()
        return super().get(kind, **key)

    def query(self, *arguments: Any, **bounds: Any) -> Any:
        self._count()
        return super().query(*arguments, **bounds)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._count()
        super().write(actions, token)


def nothing() -> None:
    pass


def crash() -> None:
    raise Crash


def calls_of_an_attempt() -> int:
    world = world_with_a_report()
    store = Stepped(world.store, -1, nothing)
    world.send(FIRST, store)
    return store.calls


def test_an_attempt_has_four_steps() -> None:
    """get, take the lease, read the lines, mark: the tests below go through each."""
    assert calls_of_an_attempt() == 4


@pytest.mark.parametrize("step", range(4))
def test_a_report_is_sent_after_a_crash_at_any_step(step: int) -> None:
    world = world_with_a_report()
    world.tick()
    with pytest.raises(Crash):
        world.send(FIRST, Stepped(world.store, step, crash))
    world.send(FIRST)  # the queue delivers the job again
    world.run(20)
    assert world.report().state == "sent"
    mails = world.mailer.mails()
    assert len(mails) == (2 if step == 3 else 1)
    assert {mail["X-Ates-Report-Id"] for mail in mails} == {REPORT_ID}


@pytest.mark.parametrize("step", range(4))
def test_two_senders_at_once_send_one_mail(step: int) -> None:
    """The second does all its work before this step of the first, also from a repeated job."""
    world = world_with_a_report()

    def other() -> None:
        world.send(FIRST)
        world.clock.advance(minutes=1)
        world.run(1)

    world.send(FIRST, Stepped(world.store, step, other))
    assert len(world.mailer.sent) == 1
    assert world.report().state == "sent"


def test_an_attempt_that_another_sender_began_meanwhile_is_void() -> None:
    """It read the report first, but takes the lease after the other failed."""
    world = world_with_a_report()

    def other() -> None:
        world.addresses.down = True
        world.send(FIRST)
        world.addresses.down = False

    world.send(FIRST, Stepped(world.store, 1, other))
    assert world.mailer.sent == []
    assert world.report().attempts == 1


def test_a_second_sender_during_the_sending_sends_nothing() -> None:
    world = world_with_a_report()

    class Slow(FakeMailer):
        def send(self, email: str, mail: bytes) -> str:
            if not self.sent:
                self.sent.append((email, mail))
                world.send(FIRST)
                world.send(Job(REPORT_ID, 2))
                world.run(2)
                return "message-1"
            return super().send(email, mail)

    world.mailer = Slow()
    world.send(FIRST)
    assert len(world.mailer.sent) == 1
    assert world.report().message_id == "message-1"


def test_a_lease_is_not_taken_over_before_it_ends() -> None:
    world = world_with_a_report()
    with pytest.raises(Crash):
        world.send(FIRST, Stepped(world.store, 2, crash))
    world.clock.instant += LEASE - (world.clock() - NOON)
    world.clock.advance(milliseconds=-1)
    assert world.tick() == 0
    world.clock.advance(milliseconds=1)
    assert world.tick() == 1


def test_a_sender_that_lost_its_lease_changes_nothing() -> None:
    """It hung beyond its timeout; another finished meanwhile."""
    world = world_with_a_report()
    world.addresses.down = True

    def other() -> None:
        world.addresses.down = False
        world.clock.advance(minutes=5)
        world.run(1)
        world.addresses.down = True

    with pytest.raises(Exception, match="conditions failed"):
        world.send(FIRST, Stepped(world.store, 3, other))
    assert world.report().state == "sent"
    assert failures(world.store) == []


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> World:
    world = world_with_a_report()
    monkeypatch.setenv("SENDER", "reports@ates.example")
    monkeypatch.setenv("FUNCTION_NAME_AUTH_GET_EMAIL", "ates-dev-auth-get-email")
    monkeypatch.setenv("MAX_RECEIVES", "8")
    monkeypatch.setenv("MAIL_PER_SECOND", "1000")
    monkeypatch.setattr(handler_module, "settings", lambda: SimpleNamespace(business_timezone="UTC"))
    monkeypatch.setattr(handler_module, "store", lambda _tables: world.store)
    monkeypatch.setattr(handler_module, "LambdaAddressBook", lambda _name: world.addresses)
    monkeypatch.setattr(handler_module, "SesMailer", lambda _sender: world.mailer)
    read = read_job(handler_module._parse)
    handler = consumer(handler_module.SPEC, read, handler_module.handle, world.clock)
    monkeypatch.setattr(handler_module, "handler", handler)
    return world


def test_the_handler_does_a_job(wired: World) -> None:
    event = batch(job_message({"report_id": REPORT_ID, "attempts": 0}))
    assert handler_module.handler(event, None) == {"batchItemFailures": []}
    assert wired.report().state == "sent"


@pytest.mark.parametrize("content", [{}, {"report_id": "r"}, {"report_id": "r", "attempts": "x"}, None, []])
def test_an_unreadable_job_becomes_a_dead_letter(
    wired: World, monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    given_up: list[Any] = []
    monkeypatch.setattr("shared.queue._send_to_dead_letters", lambda *said: given_up.append(said))
    monkeypatch.setattr("shared.queue._publish_failure", lambda *_: None)
    assert handler_module.handler(batch(job_message(content)), None) == {"batchItemFailures": []}
    assert len(given_up) == 1


def test_no_address_is_stored() -> None:
    world = world_with_a_report()
    refused_by_ses(world)
    world.run(2)
    written = [*world.store.rows(Report), *journal(world.store)]
    assert "@" not in repr(written)
