"""Two concurrent writers of one account: in any interleaving, nothing is lost or doubled."""

import threading
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from functions.accounting.rows import Entry, Price
from shared.memory_store import MemoryStore
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    acting,
    assigned,
    balance,
    booked_before,
    close,
    completed,
    consume,
    created,
    entries,
    events,
    findings,
    joined,
    ledger,
    lines,
    priced,
)

Work = Callable[[MemoryStore], Any]


class Turns:
    """Lets two threads access tables in the given order of turns, then freely."""

    def __init__(self, order: tuple[int, ...]) -> None:
        self._order = list(order)
        self._condition = threading.Condition()
        self._done: set[int] = set()

    def take(self, who: int) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._is_turn_of(who), timeout=10)
            if self._order:
                self._order.pop(0)
            self._condition.notify_all()

    def _is_turn_of(self, who: int) -> bool:
        while self._order and self._order[0] in self._done:
            self._order.pop(0)
        return not self._order or self._order[0] == who

    def leave(self, who: int) -> None:
        with self._condition:
            self._done.add(who)
            self._condition.notify_all()


class TakingTurns(MemoryStore):
    turns: Turns
    who: int

    def get(self, *args: Any, **key: Any) -> Any:
        self.turns.take(self.who)
        return super().get(*args, **key)

    def get_many(self, *args: Any) -> Any:
        self.turns.take(self.who)
        return [row for key in args[1] if (row := MemoryStore.get(self, args[0], **key)) is not None]

    def query(self, *args: Any, **bounds: Any) -> Any:
        self.turns.take(self.who)
        return super().query(*args, **bounds)

    def write(self, *args: Any) -> None:
        self.turns.take(self.who)
        super().write(*args)


def race(store: MemoryStore, order: tuple[int, ...], *works: Work) -> None:
    turns = Turns(order)
    failures: list[BaseException] = []

    def run(who: int, work: Work) -> None:
        own = acting(TakingTurns, store)
        own.turns, own.who = turns, who
        try:
            assert not work(own)
        except BaseException as error:
            failures.append(error)
        finally:
            turns.leave(who)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


ORDERS = list(product((0, 1), repeat=6))


def earned() -> MemoryStore:
    store = ledger()
    priced(store)
    consume(store, assigned("e1"), completed("e2"))
    return store


@pytest.mark.parametrize("order", ORDERS)
def test_two_closes_pay_once(order: tuple[int, ...]) -> None:
    store = earned()
    race(store, order, lambda own: close(own, TODAY, seed=3), lambda own: close(own, TODAY, seed=4))
    assert [line for line in lines(store) if line[0] == "payout"] == [("payout", REWARD - FEE, 0, TODAY)]
    assert len(events(store, "Account.DayClosed")) == 1
    assert findings(store) == []


@pytest.mark.parametrize("order", ORDERS)
def test_a_close_and_a_posting_take_effect_one_after_the_other(order: tuple[int, ...]) -> None:
    """Posted before the close, the reward is paid out with the day; else it counts on the next."""
    store = earned()
    race(
        store,
        order,
        lambda own: close(own, TODAY, seed=3),
        lambda own: consume(own, completed("e3"), seed=4),
    )
    (said,) = events(store, "Account.DayClosed")
    (late,) = [entry for entry in entries(store) if entry.source_event_id == "e3"]
    on_time = late.business_day == TODAY
    assert said["paid_out"] == REWARD - FEE + (REWARD if on_time else 0)
    assert said["entry_count"] == (4 if on_time else 3)
    assert findings(store) == []


def indebted() -> MemoryStore:
    """Here a close changes only `closed_through`."""
    store = ledger()
    priced(store)
    consume(store, assigned("e1"))
    return store


@pytest.mark.parametrize("order", ORDERS)
def test_two_closes_of_a_debt_publish_it_once(order: tuple[int, ...]) -> None:
    store = indebted()
    race(store, order, lambda own: close(own, TODAY, seed=3), lambda own: close(own, TODAY, seed=4))
    assert len(events(store, "Account.DayClosed")) == 1
    assert findings(store) == []


@pytest.mark.parametrize("order", ORDERS)
def test_a_close_of_a_debt_and_a_posting_take_effect_one_after_the_other(order: tuple[int, ...]) -> None:
    store = indebted()
    race(
        store,
        order,
        lambda own: close(own, TODAY, seed=3),
        lambda own: consume(own, assigned("e3"), seed=4),
    )
    (said,) = events(store, "Account.DayClosed")
    late = entries(store)[-1]
    on_time = late.business_day == TODAY
    assert (late.source_event_id, late.entry_number) == ("e3", 2)
    assert (said["carried_over"], said["entry_count"]) == ((-2 * FEE, 2) if on_time else (-FEE, 1))
    assert balance(store).closed_through == TODAY
    assert findings(store) == []


@pytest.mark.parametrize("order", ORDERS)
def test_closing_an_empty_day_and_a_posting_take_effect_one_after_the_other(order: tuple[int, ...]) -> None:
    store = ledger()
    priced(store)
    joined(store, "ann")
    race(
        store,
        order,
        lambda own: close(own, TODAY, seed=3),
        lambda own: consume(own, assigned("e3"), seed=4),
    )
    said = events(store, "Account.DayClosed")
    assert len(said) == (1 if entries(store)[0].business_day == TODAY else 0)
    assert balance(store).closed_through == TODAY
    assert findings(store) == []


@pytest.mark.parametrize("order", ORDERS)
def test_two_posters_of_one_account_lose_nothing(order: tuple[int, ...]) -> None:
    store = ledger()
    race(
        store,
        order,
        lambda own: consume(own, assigned("e1"), assigned("e2"), seed=3),
        lambda own: consume(own, completed("e3"), assigned("e2"), seed=4),
    )
    assert sorted(str(entry.source_event_id) for entry in entries(store)) == ["e1", "e2", "e3"]
    assert len(events(store, "Task.Priced")) == 1
    assert findings(store) == []


@pytest.mark.parametrize("order", ORDERS)
def test_two_posters_of_the_same_two_accounts_lose_nothing(order: tuple[int, ...]) -> None:
    """Each posts to both in one transaction, or, refused, to each in its own."""
    store = ledger()
    priced(store)
    race(
        store,
        order,
        lambda own: consume(own, assigned("e1"), assigned("e2", "bob"), seed=3),
        lambda own: consume(own, completed("e3", "bob"), completed("e4"), assigned("e2", "bob"), seed=4),
    )
    assert sorted(str(entry.source_event_id) for entry in entries(store)) == ["e1", "e4"]
    assert sorted(str(entry.source_event_id) for entry in entries(store, "bob")) == ["e2", "e3"]
    assert findings(store) == []


CALLS = 4
"""Of a batch that draws prices: balances, marks and prices are read, then all is written."""
DRAWING_ORDERS = [order for order in product((0, 1), repeat=2 * CALLS) if sum(order) == CALLS]
DRAWING = {
    "the same batch": ([created("e0"), assigned("e1"), assigned("e2", "bob")],) * 2,
    "created and assigned": ([created("e0")], [assigned("e1"), assigned("e2", "bob")]),
    "assigned to two": ([assigned("e1")], [assigned("e2", "bob")]),
    "assigned and completed": (
        [created("e0"), assigned("e1"), assigned("e2", "bob", "task-2")],
        [completed("e3"), assigned("e2", "bob", "task-2")],
    ),
}


@pytest.mark.parametrize("order", DRAWING_ORDERS)
@pytest.mark.parametrize("case", DRAWING)
def test_two_invocations_that_draw_a_tasks_price_lose_nothing(case: str, order: tuple[int, ...]) -> None:
    """One is refused; it takes the other's price, and marks what that doesn't name."""
    store, (first, second) = ledger(), DRAWING[case]
    race(store, order, lambda own: consume(own, *first, seed=3), lambda own: consume(own, *second, seed=4))
    both = {message.event_id for message in (*first, *second)} - {"e0"}
    assert sorted(str(entry.source_event_id) for entry in store.rows(Entry)) == sorted(both)
    assert booked_before(store) == sorted(both)
    assert len(events(store, "Task.Priced")) == len(store.rows(Price))
    assert findings(store) == []


def test_sixteen_posters_of_one_account_lose_nothing() -> None:
    store = ledger()
    priced(store)
    failed: list[Any] = []

    def post(number: int) -> None:
        failed.extend(consume(store, *[assigned(f"e{number}-{part}") for part in range(3)], seed=number))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries(store)) == 48 - len(failed)
    assert findings(store) == []
