"""Bounces and complaints: the report fails, its account gets no more, and no address is kept."""

import random
from dataclasses import replace
from typing import Any

import pytest

from events.envelope import read_envelope
from functions.notifications.domain import BOUNCED, BOUNCED_FOR_GOOD, COMPLAINED, FAILED, SENT, WAITING
from functions.notifications.mark_undelivered.handler import read_undelivered
from functions.notifications.mark_undelivered.use_case import NotMarkedYet, Undelivered, mark_undelivered
from functions.notifications.restoring import restored
from functions.notifications.rows import TABLES, Report, UnreachableAccount
from shared.context import Figure
from shared.memory_store import MemoryStore
from shared.messages import Failed
from shared.store import Put
from tests.notifications.fakes import REPORT_ID, World, closed, entry, world_with_a_report
from tests.support.fakes import context, journal, received
from tests.support.faults import with_each_fault

BOUNCE = Undelivered(REPORT_ID, "message-1", is_complaint=False, is_permanent=True)
FULL_MAILBOX = replace(BOUNCE, is_permanent=False)
COMPLAINT = replace(BOUNCE, is_complaint=True)
TOMORROW = "2026-11-23"


def told(world: World, *undelivered: Undelivered) -> Failed:
    messages = [received(each, event_id=f"bounce-{n}") for n, each in enumerate(undelivered)]
    return mark_undelivered(messages, world.store, world.context())


def world_with_a_sent_report() -> World:
    world = world_with_a_report()
    world.run(1)
    assert world.report().state == SENT
    return world


def next_day(world: World) -> Report:
    """The account's next report, after an hour of attempts."""
    world.hear(entry(2, business_day=TOMORROW), closed(1, business_day=TOMORROW))
    world.run(60)
    return world.report(f"daria#{TOMORROW}")


def failures(store: MemoryStore) -> list[Any]:
    return [read_envelope(document)[1] for document in journal(store, "Email.Failed")]


def test_a_bounce_for_good_fails_the_report_and_stops_those_that_follow() -> None:
    world = world_with_a_sent_report()
    assert told(world, BOUNCE) == {}
    report = world.report()
    assert (report.state, report.reason) == (FAILED, BOUNCED_FOR_GOOD)
    (published,) = failures(world.store)
    assert (published.report_id, published.failed_at, published.reason) == (
        REPORT_ID,
        "address",
        BOUNCED_FOR_GOOD,
    )
    following = next_day(world)
    assert (following.state, following.attempts) == (FAILED, 1)
    assert following.reason == f"{BOUNCED_FOR_GOOD} (report {REPORT_ID})"
    assert len(world.mailer.sent) == 1


def test_a_full_mailbox_fails_its_report_alone() -> None:
    world = world_with_a_sent_report()
    assert told(world, FULL_MAILBOX) == {}
    assert (world.report().state, world.report().reason) == (FAILED, BOUNCED)
    assert next_day(world).state == SENT


def test_a_complaint_stops_those_that_follow() -> None:
    world = world_with_a_sent_report()
    assert told(world, COMPLAINT) == {}
    assert world.report().state == SENT, "it was delivered"
    assert failures(world.store) == []
    assert next_day(world).reason == f"{COMPLAINED} (report {REPORT_ID})"


def test_other_accounts_get_their_reports() -> None:
    world = world_with_a_sent_report()
    told(world, BOUNCE)
    world.hear(entry(1, account_id="eve"), closed(1, account_id="eve"))
    world.run(2)
    assert world.report(f"eve#{closed().business_day}").state == SENT


def test_the_same_bounce_twice_changes_nothing_more() -> None:
    world = world_with_a_sent_report()
    told(world, BOUNCE, BOUNCE)
    told(world, BOUNCE)
    assert len(failures(world.store)) == 1
    assert len(world.store.rows(UnreachableAccount)) == 1


def test_a_bounce_is_counted_once_among_the_mails_that_failed() -> None:
    world, work = world_with_a_sent_report(), context()
    for _ in range(2):
        mark_undelivered([received(BOUNCE, event_id="bounce")], world.store, work)
    assert work.figures == [Figure("MailsFailed", 1)]


def test_a_bounce_before_the_report_is_marked_waits() -> None:
    world = world_with_a_report()
    failed = told(world, BOUNCE)
    assert [type(each) for each in failed.values()] == [NotMarkedYet]
    assert world.report().state == WAITING
    world.run(1)
    assert told(world, BOUNCE) == {}
    assert world.report().state == FAILED


def test_a_bounce_of_an_earlier_mail_of_the_report_marks_only_the_account() -> None:
    """After a crash a report may have been mailed twice."""
    world = world_with_a_sent_report()
    told(world, replace(BOUNCE, message_id="of-the-first-mail"))
    assert world.report().state == SENT
    assert world.store.get(UnreachableAccount, account_id="daria") is not None


def test_what_is_no_report_of_ours_is_ignored() -> None:
    world = world_with_a_sent_report()
    assert told(world, replace(BOUNCE, report_id="somebody#2026-11-22")) == {}
    assert world.store.rows(UnreachableAccount) == []


def test_an_account_is_mailed_again_without_its_mark() -> None:
    """As `ates reports retry` removes it."""
    world = world_with_a_sent_report()
    told(world, BOUNCE)
    row = world.store.get(UnreachableAccount, account_id="daria")
    assert row is not None
    world.store = memory_without(world.store)
    assert next_day(world).state == SENT


def memory_without(store: MemoryStore) -> MemoryStore:
    copy = World().store
    for table in TABLES:
        for kind in table.rows:
            if kind is not UnreachableAccount:
                for row in store.rows(kind):
                    copy.transact([Put(row)])
    return copy


def again(store: MemoryStore) -> World:
    """Another process, which draws other ids."""
    return World(store=store, randomness=random.Random(2))


def test_a_bounce_is_marked_whatever_write_fails() -> None:
    tried = 0
    for label, store in with_each_fault(
        lambda: world_with_a_sent_report().store, lambda store: told(again(store), BOUNCE)
    ):
        tried += 1
        assert again(store).report().state == FAILED, label
        assert len(failures(store)) == len(store.rows(UnreachableAccount)) == 1, label
    assert tried == 3


def test_a_restore_knows_what_bounced() -> None:
    world = World()
    kinds = [kind for table in TABLES for kind in table.rows]
    copy = {kind: list(world.store.rows(kind)) for kind in kinds}
    world.hear(entry(1), closed(1))
    world.run(1)
    told(world, BOUNCE)
    published = list(journal(world.store))
    (report,) = restored(copy, published)[Report]
    assert (report.state, report.reason) == (FAILED, BOUNCED_FOR_GOOD)


JOB = {
    "kind": "bounce",
    "type": "Permanent",
    "message_id": "message-1",
    "account_id": "daria",
    "business_day": "2026-11-22",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, BOUNCE),
        ({"type": "Transient"}, FULL_MAILBOX),
        ({"type": "Undetermined"}, FULL_MAILBOX),
        ({"kind": "complaint", "type": "2026-11-23T00:05:00.000Z"}, COMPLAINT),
    ],
)
def test_a_job_is_read(changes: dict[str, str], expected: Undelivered) -> None:
    assert read_undelivered(JOB | changes) == expected


@pytest.mark.parametrize("broken", [{"kind": "click"}, {"kind": None}])
def test_a_job_that_is_neither_is_unreadable(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="neither"):
        read_undelivered(JOB | broken)
