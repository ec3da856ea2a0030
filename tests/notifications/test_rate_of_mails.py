"""A backlog is mailed at SES's rate: no faster, and not much slower."""

import heapq
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from functions.notifications.domain import Job, room
from functions.notifications.rows import Report
from functions.notifications.send_report import handler
from functions.notifications.send_report import use_case as sending
from functions.notifications.send_report.use_case import Post, send_report
from infra import pacing
from infra.discovery import discover
from shared.pace import Pace
from tests.infra.stages_of import stage_of
from tests.notifications.fakes import LETTERHEAD, World, closed, entry
from tests.support.fakes import NOON
from tests.support.seconds import FakeSeconds

TICK_SECONDS = 60
SECONDS_OF_A_REPORT = 0.05
"""What the calls around a mail take."""
(NOTIFICATIONS,) = (each for each in discover() if each.name == "notifications")


@dataclass
class Senders:
    """The schedule, and senders that work at once, as many and as fast as the stage lets them."""

    world: World
    rate: int
    at_once: int
    share: float
    mailed_at: list[float] = field(default_factory=list)

    def mail(self, reports: int) -> None:
        begins = [0.0] * self.at_once
        next_tick = 0.0
        while len(self.mailed_at) < reports:
            at = heapq.heappop(begins)
            while next_tick <= at:
                self._tick(next_tick)
                next_tick += TICK_SECONDS
            heapq.heappush(begins, self._send(at) if self.world.queue.jobs else next_tick)

    def _tick(self, at: float) -> None:
        self._set(at)
        self.world.tick(room(self.rate, len(self.world.queue.jobs)))

    def _send(self, at: float) -> float:
        """One invocation; returns when it ends."""
        clock = FakeSeconds(at)
        pace = Pace(self.share, clock.now, clock.sleep)

        def paced() -> None:
            pace()
            self.mailed_at.append(clock.now())

        self._set(at)
        post = replace(self.world.post, pace=paced)
        send_report(Job(**self.world.queue.jobs.pop(0)), self.world.store, self.world.context(), post)
        return clock.now() + SECONDS_OF_A_REPORT

    def _set(self, at: float) -> None:
        self.world.clock.instant = NOON + timedelta(seconds=at)


def senders(rate: int, reports: int) -> Senders:
    world = World()
    for number in range(reports):
        account_id = f"account-{number}"
        world.hear(entry(account_id=account_id), closed(account_id=account_id))
    stage = stage_of({"mail_per_second": rate})
    given = dict(pacing.variables(handler.SPEC, stage, NOTIFICATIONS.use_cases))
    at_once = pacing.at_once(handler.SPEC, stage, NOTIFICATIONS.use_cases)
    return Senders(world, rate, at_once, float(given["MAIL_PER_SECOND"]))


@pytest.mark.parametrize(("rate", "reports"), [(1, 100), (14, 600), (200, 1_000)])
def test_a_backlog_is_mailed_at_the_rate_and_never_faster(
    rate: int, reports: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "compose", lambda *_: b"mail")
    work = senders(rate, reports)
    work.mail(reports)
    mailed = sorted(work.mailed_at)
    assert {report.state for report in work.world.store.rows(Report)} == {"sent"}
    assert all(number <= rate * at + 1e-6 for number, at in enumerate(mailed, 1))
    assert (
        max(bisect_left(mailed, at + 1) - number for number, at in enumerate(mailed)) <= rate + work.at_once
    )
    assert reports / rate <= mailed[-1] <= 1.25 * reports / rate + 2


def test_only_a_mail_that_is_sent_waits_for_its_turn() -> None:
    """While auth is down nothing is mailed, and nobody waits."""
    turns: list[str] = []
    world = World()
    world.hear(entry(), closed())
    world.addresses.down = True
    world.tick()
    post = Post(world.addresses, world.mailer, LETTERHEAD, lambda: turns.append("turn"))
    send_report(Job(**world.queue.jobs[0]), world.store, world.context(), post)
    assert turns == []
