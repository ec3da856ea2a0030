"""A requested close: recorded first, then done by its event."""

from datetime import timedelta

import pytest

from events.accounting import CloseRequested
from functions.accounting.begin_close.use_case import begin_close
from functions.accounting.ledger import Started, listing_shard
from functions.accounting.rows import Account, Close, Entry
from functions.accounting.start_close.use_case import MAX_TRIES, start_close
from shared.memory_store import MemoryStore
from shared.messages import NotSent, Received
from shared.records import JournalRecord
from shared.store import ConditionFailed, Insert, Put
from tests.accounting.support import (
    TODAY,
    YESTERDAY,
    ZONE,
    assigned,
    close,
    completed,
    consume,
    events,
    findings,
    joined,
    ledger,
    priced,
)
from tests.auth.stores import Interrupted
from tests.support.fakes import NOON, FakeClock, FakeQueue, context, journal, received
from tests.support.faults import with_each_fault

AFTER_MIDNIGHT = NOON + timedelta(hours=12, minutes=30)


def crowd(count: int = 2) -> MemoryStore:
    store = ledger()
    for number in range(count):
        joined(store, f"account-{number:03d}")
    return store


def ask(store: MemoryStore, waiting: int = 0, seed: int = 1) -> Started:
    clock = FakeClock(AFTER_MIDNIGHT)
    return start_close("olga", store, context(clock, seed), lambda: waiting, ZONE)


def requested(store: MemoryStore) -> list[Received[CloseRequested]]:
    facts = [CloseRequested.model_validate(data) for data in events(store, "Close.Requested")]
    return [received(fact, event_id=f"asked-{number}") for number, fact in enumerate(facts)]


def begin(store: MemoryStore, queue: FakeQueue) -> None:
    assert begin_close(requested(store), store, context(FakeClock(AFTER_MIDNIGHT)), queue) == {}


def test_a_request_writes_only_a_row_and_an_event() -> None:
    store = crowd()
    assert ask(store) == Started(TODAY, 2)
    assert events(store, "Close.Requested") == [{"through": TODAY, "requested_by": "olga"}]
    assert len(journal(store)) == 1
    assert store.rows(Close) == [Close(TODAY, "2026-11-23T00:30:00.000Z")]


def test_the_event_closes_the_same_days_as_the_schedule() -> None:
    store, queue = crowd(), FakeQueue()
    ask(store)
    begin(store, queue)
    (job,) = queue.jobs
    assert (sorted(job["account_ids"]), job["through"]) == (["account-000", "account-001"], TODAY)
    assert store.rows(Close) == [Close(TODAY, "2026-11-23T00:30:00.000Z")]


def test_a_requested_close_is_never_earlier_than_the_schedule() -> None:
    store, queue = crowd(), FakeQueue()
    assert ask(store, waiting=3) == Started(None, 0)
    assert events(store, "Close.Requested") == [{"through": YESTERDAY, "requested_by": "olga"}]
    begin(store, queue)
    assert (queue.jobs, store.rows(Close)) == ([], [])


def test_a_repeated_event_changes_nothing() -> None:
    store, queue = crowd(), FakeQueue()
    ask(store)
    begin(store, queue)
    close(store, TODAY, "account-000", "account-001")
    queue.jobs.clear()
    for _ in range(2):
        begin(store, queue)
    assert queue.jobs == []
    assert [row.finished_at for row in store.rows(Close)] == ["2026-11-23T00:30:00.000Z"]


def test_the_event_fails_if_the_queue_refuses_the_jobs() -> None:
    class Refusing(FakeQueue):
        def send(self, jobs: object, correlation_id: str) -> None:
            raise NotSent("injected")

    store = crowd()
    ask(store)
    with pytest.raises(NotSent):
        begin(store, Refusing())


def test_two_requests_at_once_are_both_accepted() -> None:
    store = crowd()
    racing = Interrupted(store, before=lambda: ask(store, seed=2))
    assert ask(racing) == Started(TODAY, 2)
    assert len(journal(store, "Close.Requested")) == 2
    assert len(store.rows(Close)) == 1


def test_a_failed_check_of_the_request_is_not_retried() -> None:
    store, tries = crowd(), list[int]()

    class Counting(MemoryStore):
        def __init__(self) -> None:
            self.__dict__.update(store.__dict__)

        def write(self, actions: object, token: str) -> None:
            tries.append(1)
            raise ConditionFailed([2])

    with pytest.raises(ConditionFailed):
        start_close("olga", Counting(), context(FakeClock(AFTER_MIDNIGHT)), lambda: 0, ZONE)
    assert len(tries) == 1 < MAX_TRIES


def test_every_write_fault_leaves_the_same_result() -> None:
    seen = 0
    for label, store in with_each_fault(crowd, ask):
        seen += 1
        assert len(store.rows(JournalRecord)) == len(store.rows(Close)) == 1, label
    assert seen == 3


def test_a_close_continues_after_its_requester_loses_the_right() -> None:
    """It was allowed at the request."""
    store, queue = ledger(), FakeQueue()
    priced(store)
    consume(store, assigned("e1"), completed("e2"))
    olga = Account("olga", "Olga", "accountant", "active", 1, listing_shard("olga"))
    store.transact([Insert(olga)])
    ask(store)
    gone = Account("olga", "Olga", "accountant", "deactivated", 2, listing_shard("olga"))
    store.transact([Put(gone)])
    begin(store, queue)
    for job in queue.jobs:
        close(store, job["through"], *job["account_ids"])
    assert [entry.kind for entry in store.rows(Entry)][-1] == "payout"
    assert findings(store) == []
