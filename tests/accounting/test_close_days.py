"""Which days are closed when, and how accounts are sent to close."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.accounting.close_days.use_case import close_days
from functions.accounting.closing import (
    ACCOUNTS_PER_JOB,
    PAGE_DAYS,
    due_day,
    read_close_job,
    start_closing,
)
from functions.accounting.ledger import Started
from functions.accounting.rows import Close
from shared.clock import next_day
from shared.context import Figure
from shared.memory_store import MemoryStore
from shared.messages import NotSent
from tests.accounting.support import TODAY, TOMORROW, YESTERDAY, ZONE, acting, close, joined, ledger
from tests.auth.stores import Interrupted
from tests.support.fakes import NOON, FakeClock, FakeQueue, context
from tests.support.faults import with_each_fault

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def never() -> int:
    raise AssertionError("the queue need not be read")


@pytest.mark.parametrize(
    ("now", "waiting", "day"),
    [
        ("2026-11-23T00:04:59.999", 0, "2026-11-21"),
        ("2026-11-23T00:05:00.000", 0, "2026-11-22"),
        ("2026-11-23T00:05:00.000", 1, "2026-11-21"),
        ("2026-11-23T00:59:59.999", 1, "2026-11-21"),
        ("2026-11-23T01:00:00.000", 1, "2026-11-22"),
        ("2026-11-23T23:59:59.999", 1, "2026-11-22"),
    ],
)
def test_a_day_is_due_when_the_queue_is_empty_or_after_an_hour(now: str, waiting: int, day: str) -> None:
    assert due_day(at(now), "UTC", lambda: waiting) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-10-25T22:59:00", "2026-10-24"),  # the day of 25 hours is not over an hour earlier
        ("2026-10-26T00:00:00", "2026-10-25"),
        ("2026-03-29T22:59:59", "2026-03-28"),  # the day of 23 hours was over at 22:00
        ("2026-03-29T23:00:00", "2026-03-29"),
    ],
)
def test_days_of_23_and_25_hours_are_due_at_their_end(now: str, day: str) -> None:
    assert due_day(at(now), BERLIN, lambda: 1) == day


def test_the_queue_is_read_only_when_needed() -> None:
    assert due_day(at("2026-11-23T00:01:00"), "UTC", never) == "2026-11-21"
    assert due_day(at("2026-11-23T02:00:00"), "UTC", never) == "2026-11-22"


def crowd(count: int) -> MemoryStore:
    store = ledger()
    for number in range(count):
        joined(store, f"account-{number:03d}")
    return store


def test_open_accounts_are_sent_to_be_closed_in_small_jobs() -> None:
    store, queue = crowd(60), FakeQueue()
    assert start_closing(TODAY, store, context(), queue) == Started(TODAY, 60)
    assert {job["through"] for job in queue.jobs} == {TODAY}
    assert max(len(job["account_ids"]) for job in queue.jobs) == ACCOUNTS_PER_JOB
    sent = [account_id for job in queue.jobs for account_id in job["account_ids"]]
    assert len(sent) == len(set(sent)) == 60


def test_accounts_closed_already_are_not_sent() -> None:
    store, queue = crowd(3), FakeQueue()
    close(store, TODAY, "account-000", "account-002")
    start_closing(TODAY, store, context(), queue)
    assert queue.jobs == [{"account_ids": ["account-001"], "through": TODAY}]


def test_without_open_accounts_nothing_is_started() -> None:
    store, queue = crowd(1), FakeQueue()
    assert start_closing(YESTERDAY, store, context(), queue) == Started(None, 0)
    assert queue.jobs == []
    assert store.rows(Close) == []


def test_one_tick_is_bounded_and_the_next_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.accounting.closing.MAX_ACCOUNTS", 8)
    store = crowd(30)
    ticks = 0
    while True:
        queue = FakeQueue()
        if start_closing(TODAY, store, context(), queue).accounts == 0:
            break
        ticks += 1
        for job in queue.jobs:
            assert len(job["account_ids"]) <= 8
            close(store, TODAY, *job["account_ids"])
    assert ticks >= 4


def test_the_close_of_a_day_is_recorded_from_start_to_finish() -> None:
    store, clock = crowd(2), FakeClock(NOON + timedelta(days=1))
    start_closing(TODAY, store, context(clock), FakeQueue())
    clock.advance(minutes=5)
    start_closing(TODAY, store, context(clock), FakeQueue())
    assert store.rows(Close) == [Close(TODAY, "2026-11-23T12:00:00.000Z")]
    close(store, TODAY, "account-000", "account-001")
    clock.advance(minutes=5)
    for _ in range(2):
        start_closing(TODAY, store, context(clock), FakeQueue())
        clock.advance(minutes=5)
    assert store.rows(Close) == [Close(TODAY, "2026-11-23T12:00:00.000Z", "2026-11-23T12:10:00.000Z")]


def test_the_schedule_closes_the_due_day_and_an_operator_a_given_day() -> None:
    store, clock = crowd(1), FakeClock(NOON + timedelta(days=1))
    assert close_days(store, context(clock), FakeQueue(), never, ZONE) == Started(TODAY, 1)
    assert close_days(store, context(clock), FakeQueue(), never, ZONE, TOMORROW) == Started(TOMORROW, 1)


@pytest.mark.parametrize(
    ("after", "figures"),
    [
        (timedelta(days=2, hours=1, minutes=59), []),
        (timedelta(days=2, hours=2), [Figure("ClosesLate", 2)]),
        (timedelta(days=5), [Figure("ClosesLate", 2)]),
    ],
)
def test_accounts_open_two_hours_after_a_day_ended_are_counted(
    after: timedelta, figures: list[Figure]
) -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    work = context(FakeClock(midnight + after))
    close_days(crowd(2), work, FakeQueue(), never, ZONE)
    assert work.figures == figures


def finished(store: MemoryStore) -> list[str]:
    return sorted(row.business_day for row in store.rows(Close) if row.finished_at)


def test_a_day_finished_after_the_next_is_due_is_recorded() -> None:
    store, clock = crowd(2), FakeClock(NOON + timedelta(days=1))
    for through in (TODAY, TOMORROW):
        start_closing(through, store, context(clock), FakeQueue())
        clock.advance(days=1)
    assert finished(store) == []
    close(store, TODAY, "account-000", "account-001")
    start_closing(TOMORROW, store, context(clock), FakeQueue())
    assert finished(store) == [TODAY]
    close(store, TOMORROW, "account-000", "account-001")
    clock.advance(minutes=5)
    start_closing(TOMORROW, store, context(clock), FakeQueue())
    assert finished(store) == [TODAY, TOMORROW]
    assert {row.started_at for row in store.rows(Close)} == {
        "2026-11-23T12:00:00.000Z",
        "2026-11-24T12:00:00.000Z",
    }


def test_one_stuck_account_keeps_all_its_days_open_until_it_is_closed() -> None:
    """For more days than one read covers."""
    store, clock, through = crowd(2), FakeClock(NOON + timedelta(days=1)), TODAY
    for _ in range(2 * PAGE_DAYS + 5):
        start_closing(through, store, context(clock), FakeQueue())
        close(store, through, "account-000")
        clock.advance(days=1)
        last, through = through, next_day(through)
    assert finished(store) == []
    close(store, last, "account-001")
    start_closing(last, store, context(clock), FakeQueue())
    assert len(finished(store)) == len(store.rows(Close)) == 2 * PAGE_DAYS + 5


def test_days_finished_long_ago_are_not_read() -> None:
    store, clock, asked = crowd(1), FakeClock(NOON + timedelta(days=1)), list[int]()

    class Counting(MemoryStore):
        def get_many(self, kind: Any, keys: Any) -> Any:
            asked.append(len(keys))
            return super().get_many(kind, keys)

    start_closing(TODAY, store, context(clock), FakeQueue())
    close(store, TODAY, "account-000")
    start_closing(TODAY, store, context(clock), FakeQueue())
    start_closing(TODAY, acting(Counting, store), context(clock), FakeQueue())
    assert asked == [PAGE_DAYS]
    clock.advance(days=400)
    start_closing("2027-11-22", acting(Counting, store), context(clock), FakeQueue())
    assert len(asked) == 2


def test_an_end_recorded_by_another_tick_is_kept() -> None:
    store, clock = crowd(1), FakeClock(NOON + timedelta(days=1))
    start_closing(TODAY, store, context(clock), FakeQueue())
    close(store, TODAY, "account-000")
    others = FakeClock(NOON + timedelta(days=1, minutes=5))
    racing = Interrupted(store, before=lambda: start_closing(TODAY, store, context(others), FakeQueue()))
    clock.advance(minutes=6)
    assert start_closing(TODAY, racing, context(clock), FakeQueue()) == Started(None, 0)
    assert store.rows(Close) == [Close(TODAY, "2026-11-23T12:00:00.000Z", "2026-11-23T12:05:00.000Z")]


def test_an_interrupted_fan_out_is_finished_by_the_next_tick() -> None:
    class Refusing(FakeQueue):
        def send(self, jobs: Any, correlation_id: str) -> None:
            super().send(jobs[:1], correlation_id)
            raise NotSent("injected")

    store, broken = crowd(60), Refusing()
    with pytest.raises(NotSent):
        start_closing(TODAY, store, context(), broken)
    for job in broken.jobs:
        close(store, TODAY, *job["account_ids"])
    queue = FakeQueue()
    assert start_closing(TODAY, store, context(), queue) == Started(TODAY, 60 - ACCOUNTS_PER_JOB)


def test_every_write_fault_leaves_the_same_result() -> None:
    seen = 0
    for label, store in with_each_fault(
        lambda: crowd(2), lambda store: start_closing(TODAY, store, context(), FakeQueue())
    ):
        seen += 1
        assert [row.business_day for row in store.rows(Close)] == [TODAY], label
    assert seen == 3


def test_a_job_is_read_as_it_was_written() -> None:
    store, queue = crowd(1), FakeQueue()
    start_closing(TODAY, store, context(), queue)
    assert read_close_job(queue.jobs[0]).document() == queue.jobs[0]
    with pytest.raises(KeyError):
        read_close_job({"through": TODAY})
