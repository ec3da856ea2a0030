"""Due reports are queued: a bounded number, and not again while queued."""

from typing import Any

import pytest

from functions.notifications.domain import AHEAD, QUEUED, room
from functions.notifications.queue_due_reports import handler as handler_module
from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import Report
from shared.clock import rfc3339
from shared.work_queue import NotSent
from tests.notifications.fakes import DAY, REPORT_ID, ROOM, World, closed, entry, world_with_a_report
from tests.support.fakes import FakeQueue
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext

JOB = {"report_id": REPORT_ID, "attempts": 0}


def test_a_due_report_is_queued_once() -> None:
    world = world_with_a_report()
    assert world.tick() == 1
    assert world.queue.jobs == [JOB]
    world.clock.advance(minutes=1)
    assert world.tick() == 0


def test_a_lost_job_is_queued_again() -> None:
    world = world_with_a_report()
    world.tick()
    world.clock.instant += QUEUED
    assert world.tick() == 1
    assert world.queue.jobs == [JOB, JOB]


def test_a_report_that_is_not_due_is_not_queued() -> None:
    world = world_with_a_report()
    world.clock.advance(minutes=-1)
    assert world.tick() == 0


def test_sent_and_failed_reports_are_not_queued() -> None:
    world = world_with_a_report()
    world.hear(entry(1, account_id="eve"), closed(account_id="eve"))
    world.mailer.refused = {"eve@ates.example"}
    world.run(1)
    assert sorted(report.state for report in world.store.rows(Report)) == ["failed", "sent"]
    world.clock.advance(days=30)
    assert world.tick() == 0


def test_a_tick_is_bounded() -> None:
    """The oldest come first, whatever their shards, and none is left in the end."""
    world = World()
    for number in range(50):
        world.hear(closed(account_id=f"account-{number}"))
        world.clock.advance(seconds=1)
    assert world.tick(room=20) == 20
    assert {job["report_id"] for job in world.queue.jobs} == {f"account-{n}#{DAY}" for n in range(20)}
    assert [world.tick(room=20), world.tick(room=20), world.tick(room=20)] == [20, 10, 0]


def test_a_tick_without_time_or_room_queues_nothing() -> None:
    world = world_with_a_report()
    assert queue_due_reports(world.store, world.context(), world.queue, ROOM, lambda: False) == 0
    assert world.tick(room=0) == 0
    assert world.tick() == 1


def test_the_queue_holds_two_minutes_of_mail() -> None:
    assert [room(14, waiting) for waiting in (0, 1_600, 1_680, 9_999)] == [1_680, 80, 0, 0]
    assert AHEAD < QUEUED


class Refusing(FakeQueue):
    def send(self, jobs: Any, correlation_id: str) -> None:
        raise NotSent("injected")


def test_a_report_whose_job_was_refused_stays_due() -> None:
    world = world_with_a_report()
    before = world.report()
    with pytest.raises(NotSent):
        queue_due_reports(world.store, world.context(), Refusing(), ROOM, lambda: True)
    assert world.report() == before
    assert world.tick() == 1


class Overtaking(FakeQueue):
    """The sender finishes before the tick."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(self, jobs: Any, correlation_id: str) -> None:
        self.world.queue.send(jobs, correlation_id)
        self.world.work()


def test_a_report_sent_meanwhile_is_not_changed() -> None:
    world = world_with_a_report()
    world.hear(closed(account_id="eve"))
    queue_due_reports(world.store, world.context(), Overtaking(world), ROOM, lambda: True)
    assert world.report().state == "sent"
    put_off = rfc3339(world.clock() + QUEUED)
    assert put_off not in {report.next_attempt_at for report in world.store.rows(Report)}
    assert len(world.mailer.sent) == 1


def test_every_write_fault_leaves_the_same_result() -> None:
    world, queue = world_with_a_report(), FakeQueue()
    tried = 0
    for label, store in with_each_fault(
        lambda: world_with_a_report().store,
        lambda store: queue_due_reports(store, world.context(), queue, ROOM, lambda: True),
    ):
        tried += 1
        assert queue_due_reports(store, world.context(), FakeQueue(), ROOM, lambda: True) == 0, label
    assert tried == 3
    assert queue.jobs == [JOB] * 4


@pytest.mark.parametrize(("waiting", "jobs"), [(0, [JOB]), (14 * 120, [])])
def test_the_handler_fills_the_queue_at_a_tick(
    waiting: int, jobs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_with_a_report()
    monkeypatch.setenv("QUEUE_URL_REPORTS", "https://sqs.example/reports")
    monkeypatch.setenv("WATCHED_QUEUE_URL_SEND_REPORT", "https://sqs.example/reports")
    monkeypatch.setenv("MAIL_PER_SECOND", "14")
    monkeypatch.setattr(handler_module, "depth", lambda _url: waiting)
    monkeypatch.setattr(handler_module, "store", lambda _tables: world.store)
    monkeypatch.setattr(handler_module, "SqsWorkQueue", lambda _url: world.queue)
    handler_module.handler({"source": "aws.events"}, LambdaContext())
    assert world.queue.jobs == jobs
