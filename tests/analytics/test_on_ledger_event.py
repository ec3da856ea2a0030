"""Ledger events become the company's figures, each once, in any order."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.accounting import LedgerEntryPosted
from functions.analytics.domain import CurrentFigures, ProjectionContended
from functions.analytics.figures import current_figures
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.list_days.use_case import list_days
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.on_ledger_event import handler as handler_module
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.projection import MESSAGES_AT_ONCE, LedgerEvent
from functions.analytics.rows import FIGURES, TABLES, DayTotal, Generation, LatestEntry, MinusCount, TopTask
from shared.clock import rfc3339
from shared.days import DayRange
from shared.ids import shard_of
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent
from shared.store import Action, Add, Insert, Store
from tests.analytics.ledger import (
    DAY,
    Message,
    day_closed,
    day_totals,
    empty_store,
    entry,
    fold,
    message,
    messages,
    reward,
)
from tests.support.fakes import NOON, context, envelope_of, received
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext, bus_message


def consume(store: Store, *given: Message, zone: str = "UTC") -> None:
    assert on_ledger_event(given, store, context(), zone) == {}


def top(store: Store, day: str = DAY) -> TopTask | None:
    return store.get(TopTask, generation="1", day=day)


def marks(store: MemoryStore) -> set[str]:
    """Of events."""
    return {row.mark for row in store.rows(ConsumedEvent) if "#analytics.on_ledger_event#" in row.mark}


def test_each_kind_adds_to_its_own_sum() -> None:
    store = empty_store()
    kinds = ["assignment_fee", "completion_reward", "fee_correction", "reward_correction", "payout"]
    consume(store, *[message(entry("ann", n, kind, 10**n)) for n, kind in enumerate(kinds, start=1)])
    figures = get_summary(DAY, DAY, store).figures
    sums = (
        figures.fees,
        figures.rewards,
        figures.fee_corrections,
        figures.reward_corrections,
        figures.payouts,
    )
    assert sums == (10, 100, 1000, 10_000, 100_000)
    assert figures.management_earnings == (10 - 1000) - (100 - 10_000)
    assert figures.entry_count == 5


def test_sums_are_by_the_business_day_of_the_entry_not_of_its_source() -> None:
    store = empty_store()
    consume(store, message(entry(day="2026-11-25")))
    assert get_summary("2026-11-25", DAY, store).figures.fees == 1500
    assert get_summary(DAY, DAY, store).figures.fees == 0


def test_an_event_repeated_in_one_or_several_batches_counts_once() -> None:
    store = empty_store()
    posted, closed = messages(entry(), day_closed("ann", -1500))
    consume(store, posted, posted, closed)
    consume(store, closed, posted, message(entry("bob")), posted)
    figures = get_summary(DAY, "2026-11-23", store).figures
    assert (figures.fees, figures.entry_count) == (3000, 2)
    assert (figures.accounts_closed, figures.accounts_in_minus) == (1, 1)
    assert len(marks(store)) == 3


def test_only_a_carried_over_debt_counts_as_minus_at_the_close() -> None:
    store = empty_store()
    consume(store, *messages(day_closed("ann", -1), day_closed("bob", 0), day_closed("cyd", -900)))
    figures = get_summary(DAY, "2026-11-23", store).figures
    assert (figures.accounts_in_minus, figures.accounts_closed, figures.minus_rule) == (2, 3, "carried_over")


@pytest.mark.parametrize(
    ("balances", "in_minus"),
    [([-1], 1), ([0], 0), ([1], 0), ([-1, -2], 1), ([-1, 0], 0), ([5, -1], 1), ([-1, 5, -1], 1)],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_the_minus_follows_the_latest_entry(balances: list[int], in_minus: int, at_once: bool) -> None:
    for order in (1, -1):
        store = empty_store()
        came = messages(*[entry("ann", n, balance_after=b) for n, b in enumerate(balances, start=1)])[::order]
        for batch in [came] if at_once else [[one] for one in came]:
            consume(store, *batch)
        assert current_figures(store, 1).accounts_in_minus == in_minus
        (row,) = store.rows(LatestEntry)
        assert (row.entry_number, row.balance_after) == (len(balances), balances[-1])


def test_the_top_task_is_chosen_by_reward_then_completion_time_then_id() -> None:
    later = NOON + timedelta(milliseconds=1)
    contest = [
        reward("task-9", 2000, NOON, number=1),
        reward("task-8", 3000, later, number=2),
        reward("task-7", 3000, NOON, number=3),
        reward("task-6", 3000, NOON, number=4),
    ]
    expected = TopTask("1", DAY, "task-6", 3000, "2026-11-22T12:00:00.000Z", "Title of task-6", "POPUG-6")
    for at_once in (True, False):
        for came in (contest, contest[::-1]):
            store = empty_store()
            for batch in [came] if at_once else [[one] for one in came]:
                consume(store, *batch)
            assert store.rows(TopTask) == [expected]


def test_only_completed_tasks_can_be_the_top() -> None:
    store = empty_store()
    consume(
        store, *messages(entry("ann", 1), entry("ann", 2, "payout", 9999), entry("ann", 3, "fee_correction"))
    )
    assert store.rows(TopTask) == []


def test_a_task_counts_on_its_completion_day_in_the_companys_zone() -> None:
    store = empty_store()
    at = NOON.replace(hour=20)
    late = entry("ann", 1, "completion_reward", 2500, day="2026-11-30", at=at)
    consume(store, message(late), zone="Asia/Vladivostok")
    assert [row.day for row in store.rows(TopTask)] == ["2026-11-23"]


def test_a_batch_of_any_size_is_consumed() -> None:
    store = empty_store()
    facts = [
        entry(
            f"account-{n}",
            1,
            "completion_reward",
            2000,
            day=f"2026-{n // 28 + 1:02d}-{n % 28 + 1:02d}",
            at=NOON + timedelta(days=n),
            task_id=f"task-{n}",
        )
        for n in range(2 * MESSAGES_AT_ONCE + 1)
    ]
    consume(store, *messages(*facts))
    assert len(marks(store)) == len(store.rows(TopTask)) == len(facts)


def test_a_group_writes_one_day_total_per_day() -> None:
    store = empty_store()
    consume(store, *messages(*[entry(f"account-{n}") for n in range(10)]))
    assert [total.fees for total in day_totals(store)] == [15_000]


def test_groups_are_spread_over_the_shards() -> None:
    store = empty_store()
    for n in range(60):
        consume(store, message(entry(f"account-{n}")))
    assert len(store.rows(DayTotal)) > 5
    assert len(store.rows(MinusCount)) > 5
    assert current_figures(store, 1).accounts_in_minus == 60


def test_a_new_generation_starts_empty_and_does_not_change_the_old_one() -> None:
    store = empty_store()
    facts = messages(entry("ann", 1, "completion_reward", 2500, balance_after=-5), day_closed("bob", -1))
    consume(store, *facts)
    before = {kind: store.rows(kind) for kind in (DayTotal, LatestEntry, MinusCount, TopTask)}
    store.transact([Insert(Generation("current", 2))])
    assert get_summary(DAY, DAY, store).figures.rewards == 0
    consume(store, *facts)
    figures = get_summary(DAY, "2026-11-23", store).figures
    assert (figures.rewards, figures.accounts_in_minus) == (2500, 1)
    assert current_figures(store, 1).accounts_in_minus == current_figures(store, 2).accounts_in_minus == 1
    for kind, rows in before.items():
        assert [row for row in store.rows(kind) if row in rows] == rows
        assert len(store.rows(kind)) == 2 * len(rows)


# Any history of a few accounts, in any order, cut into any batches, with repetitions.

KINDS = ("assignment_fee", "completion_reward", "payout", "fee_correction", "reward_correction")
DAYS = ("2026-11-21", DAY, "2026-11-23")


@st.composite
def histories(draw: st.DrawFn) -> list[LedgerEvent]:
    facts: list[LedgerEvent] = []
    for account_id in ("ann", "bob", "cyd"):
        for number in range(1, draw(st.integers(0, 5)) + 1):
            facts.append(
                entry(
                    account_id,
                    number,
                    draw(st.sampled_from(KINDS)),
                    draw(st.integers(1, 3)) * 1000,
                    draw(st.integers(-2, 2)),
                    day=draw(st.sampled_from(DAYS)),
                    at=NOON + timedelta(hours=draw(st.integers(-24, 24))),
                    task_id=f"{account_id}-task-{draw(st.integers(1, 3))}",
                )
            )
        for day in draw(st.sets(st.sampled_from(DAYS))):
            facts.append(day_closed(account_id, draw(st.integers(-2, 0)), day=day))
    return facts


def batches(facts: Sequence[LedgerEvent], randomness: random.Random) -> Iterable[list[Message]]:
    came = messages(*facts, *[fact for fact in facts if randomness.random() < 0.5])
    randomness.shuffle(came)
    while came:
        size = randomness.randint(1, 6)
        yield came[:size]
        came = came[size:]


def assert_figures_match(store: Store, facts: Sequence[LedgerEvent], zone: str) -> None:
    expected = fold(facts, zone)
    asked = DayRange("2026-11-20", "2026-11-24")
    for figures in list_days(asked, "2026-12-01", store).days:
        day = figures.business_day
        assert figures.management_earnings == expected.earnings.get(day, 0)
        assert figures.payouts == expected.payouts.get(day, 0)
        assert figures.accounts_in_minus == expected.carried_over_minus.get(day, 0)
    assert current_figures(store, 1) == CurrentFigures(expected.in_minus_now, expected.as_of)
    assert {row.day: (row.reward, row.task_id) for row in list_top_tasks(asked, store).tasks} == expected.top


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=histories(), seed=st.integers(0, 2**32), zone=st.sampled_from(["UTC", "America/New_York"]))
def test_any_order_of_arrival_gives_the_same_figures_as_a_fold(
    facts: list[LedgerEvent], seed: int, zone: str
) -> None:
    store = empty_store()
    for batch in batches(facts, random.Random(seed)):
        consume(store, *batch, zone=zone)
    assert_figures_match(store, facts, zone)


class Overtaken(MemoryStore):
    """Before each of its first writes, another batch is consumed."""

    def __init__(self, sound: MemoryStore, others: Sequence[Message]) -> None:
        self.__dict__.update(sound.__dict__)
        self._sound = sound
        self._others = list(others)

    def write(self, actions: Sequence[Action], token: str) -> None:
        if self._others:
            consume(self._sound, self._others.pop(0))
        super().write(actions, token)


def test_concurrent_batches_give_the_right_figures() -> None:
    facts = [
        entry("ann", 1, balance_after=-10, task_id="task-1"),
        entry("ann", 2, "completion_reward", 2500, 5, task_id="task-2"),
        entry("ann", 3, "completion_reward", 3500, -5, task_id="task-3"),
        entry("bob", 1, "completion_reward", 3000, 5, task_id="task-4"),
    ]
    first, *others = messages(*facts)
    for came in ([first, *others], [*others, first]):
        store = empty_store()
        consume(Overtaken(store, [came[0], came[2]]), *came)
        assert_figures_match(store, facts, "UTC")


def test_the_time_of_the_latest_entry_never_goes_back() -> None:
    store = empty_store()
    for name, hours in (("ann", 3), ("bob", 1), ("cyd", 2)):
        consume(store, message(entry(name, at=NOON + timedelta(hours=hours))))
        assert current_figures(store, 1).as_of == rfc3339(NOON + timedelta(hours=3))


def test_a_concurrent_batch_in_the_same_shard_keeps_the_later_time() -> None:
    store = empty_store()
    shared_shard = [f"event-{n}" for n in range(100) if shard_of(f"event-{n}", FIGURES.shards) == 0][:2]
    early, late = (
        received(entry(name, at=NOON + timedelta(hours=hours)), event_id=event_id)
        for name, hours, event_id in (("ann", 0, shared_shard[0]), ("bob", 3, shared_shard[1]))
    )
    consume(Overtaken(store, [late]), early)
    (row,) = store.rows(MinusCount)
    assert (row.accounts, row.posted_at) == (2, rfc3339(NOON + timedelta(hours=3)))


def test_an_event_that_changes_no_minus_count_does_not_write_it() -> None:
    """A close, and an entry older than its shard's latest, of an account already in the minus."""
    store = empty_store()
    consume(store, message(day_closed("ann", -5)))
    assert (store.rows(MinusCount), current_figures(store, 1).as_of) == ([], None)
    written: list[type] = []

    class Watched(MemoryStore):
        def write(self, actions: Sequence[Action], token: str) -> None:
            written.extend(action.kind for action in actions if isinstance(action, Add))
            super().write(actions, token)

    watched = Watched(TABLES)
    watched.__dict__.update(store.__dict__)
    newer = received(entry("ann", 2, at=NOON), event_id="event-1")
    shard = shard_of("event-1", FIGURES.shards)
    of_its_shard = next(f"e{n}" for n in range(100) if shard_of(f"e{n}", FIGURES.shards) == shard)
    older = received(entry("ann", 1, at=NOON - timedelta(hours=1)), event_id=of_its_shard)
    consume(watched, newer)
    assert written == [DayTotal, MinusCount]
    written.clear()
    consume(watched, older)
    assert written == [DayTotal]


def test_a_higher_task_written_meanwhile_stays_the_top() -> None:
    store = empty_store()
    consume(store, reward("task-1", 2000))
    higher = reward("task-3", 4000, account_id="bob")
    consume(Overtaken(store, [higher]), reward("task-2", 3000, account_id="cyd"))
    assert (row := top(store)) is not None
    assert row.task_id == "task-3"


def test_endless_contention_fails_and_leaves_nothing_half_done() -> None:
    store = empty_store()
    others = messages(*[entry("ann", n) for n in range(100, 120)])
    with pytest.raises(ProjectionContended):
        consume(Overtaken(store, others), message(entry("ann", 999)))
    latest = store.get(LatestEntry, generation_account="1#ann")
    assert latest is not None
    assert (latest.entry_number, latest.counted) == (107, "101-107")


def test_every_write_fault_leaves_the_same_result() -> None:
    facts: list[LedgerEvent] = [
        *[entry("ann", n, "completion_reward", 2000 + n, -n) for n in range(1, MESSAGES_AT_ONCE + 3)],
        day_closed("ann", -7),
    ]
    seen = 0
    for _label, store in with_each_fault(empty_store, lambda store: consume(store, *messages(*facts))):
        assert_figures_match(store, facts, "UTC")
        seen += 1
    assert seen == 6


# The handler


Call = Callable[..., dict[str, Any]]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = empty_store()
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    return store


def test_the_handler_consumes_a_batch(store: MemoryStore) -> None:
    records = [
        bus_message(envelope_of(entry("ann", 1), event_id="event-1"), 1),
        bus_message(envelope_of(day_closed("ann", -1500), event_id="event-2"), 2),
    ]
    assert handler_module.handler({"Records": records}, LambdaContext()) == {"batchItemFailures": []}
    assert get_summary(DAY, "2026-11-23", store).figures.accounts_in_minus == 1
    assert marks(store) == {
        "1#analytics.on_ledger_event#event-1",
        "1#analytics.on_ledger_event#event-2",
    }


def test_a_failed_write_leaves_the_message_in_its_queue(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_actions: Any, _token: str) -> None:
        raise ConnectionError("the tables are unreachable")

    monkeypatch.setattr(store, "write", refuse)
    answer = handler_module.handler({"Records": [bus_message(envelope_of(entry()))]}, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert store.rows(ConsumedEvent) == []


def test_money_stays_in_whole_cents(store: MemoryStore) -> None:
    handler_module.handler(
        {"Records": [bus_message(envelope_of(entry("ann", 1, amount=1)))]}, LambdaContext()
    )
    (total,) = store.rows(DayTotal)
    assert all(type(value) is int for value in (total.fees, total.entry_count))
    assert isinstance(entry(), LedgerEntryPosted)
