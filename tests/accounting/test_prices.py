"""A price is drawn with the first posting of its task, and then stands for the mark of that event."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import permutations
from typing import Any
from unittest import mock

import pytest

from functions.accounting.on_task_event import prices, use_case
from functions.accounting.on_task_event.use_case import MAX_EVENTS
from functions.accounting.rows import TABLES, Balance, Entry, Price
from shared.guards import RowsLost
from shared.journal import USUAL_FORM, JournalForm, events_in
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord
from shared.store import MAX_ACTIONS, Conflict, Remove, Unavailable
from tests.accounting.support import (
    Message,
    acting,
    all_entries,
    assigned,
    booked_before,
    completed,
    consume,
    created,
    entries,
    events,
    findings,
    ledger,
    priced,
)
from tests.accounting.test_lost_rows import empty
from tests.support.fakes import journal

AS_RELEASED = JournalForm(as_released=True)
FORMS = [USUAL_FORM, AS_RELEASED, JournalForm(per_event=True, as_released=True)]


class Counting(MemoryStore):
    """Notes the number of actions of each write."""

    written: list[int]

    def write(self, actions: Any, token: str) -> None:
        self.written.append(len(actions))
        super().write(actions, token)


def counting(store: MemoryStore) -> Counting:
    found = acting(Counting, store)
    found.written = []
    return found


def price(store: MemoryStore, task_id: str = "task-1") -> Price:
    found = store.get(Price, task_id=task_id)
    assert found is not None
    return found


def marks(store: MemoryStore) -> list[str]:
    return sorted(row.mark for row in store.rows(ConsumedEvent))


def sources(store: MemoryStore) -> list[str]:
    """The events of all entries."""
    return sorted(str(entry.source_event_id) for entry in store.rows(Entry))


def assert_sound(store: MemoryStore, *event_ids: str) -> None:
    """These events are booked, each once, at prices drawn once; each is known to be booked, in one place."""
    assert sources(store) == sorted(event_ids)
    assert booked_before(store) == sorted(event_ids)
    told = [event["task_id"] for event in events(store, "Task.Priced")]
    assert sorted(told) == sorted(row.task_id for row in store.rows(Price))
    assert len({*told}) == len(told)
    amounts = {row.task_id: {row.fee, row.reward} for row in store.rows(Price)}
    assert all(entry.amount in amounts[str(entry.task_id)] for entry in store.rows(Entry))
    assert findings(store) == []


# What is written


def test_a_new_task_costs_one_transaction_and_its_event_no_mark() -> None:
    store = counting(ledger())
    assert consume(store, created("e0"), assigned("e1")) == {}
    assert len(store.written) == 1
    assert price(store).booked_event_id == "e1"
    assert marks(store) == ["accounting.prices#task-1"]
    (record,) = store.rows(JournalRecord)
    told = [(event["event_name"], event["causation_id"]) for event in events_in(record)]
    assert told == [("Task.Priced", "e0"), ("Ledger.EntryPosted", "e1")]


def test_later_events_are_marked() -> None:
    store = ledger()
    consume(store, assigned("e1"), assigned("e2"))
    consume(store, assigned("e3", "bob"), completed("e4", "bob"))
    assert price(store).booked_event_id == "e1"
    assert [mark for mark in marks(store) if "on_task_event" in mark] == [
        f"accounting.on_task_event#{event_id}" for event_id in ("e2", "e3", "e4")
    ]
    assert_sound(store, "e1", "e2", "e3", "e4")


def test_an_event_whose_price_was_there_before_is_marked() -> None:
    store = ledger()
    consume(store, created("e0"))
    consume(store, assigned("e1"))
    assert price(store).booked_event_id is None
    assert_sound(store, "e1")


@pytest.mark.parametrize("form", [AS_RELEASED, JournalForm(per_event=True, as_released=True)])
def test_as_released_every_event_is_marked_and_no_price_names_one(form: JournalForm) -> None:
    store = ledger()
    consume(store, created("e0"), assigned("e1"), completed("e2"), form=form)
    assert price(store).booked_event_id is None
    assert len(marks(store)) == 3
    assert_sound(store, "e1", "e2")


@pytest.mark.parametrize("form", FORMS)
def test_transactions_stay_within_their_limit(form: JournalForm) -> None:
    """Events of an account that all draw prices; as many accounts; a few of many tasks each."""
    store = counting(ledger())
    one = [assigned(f"a{number}", task_id=f"a{number}") for number in range(MAX_EVENTS * 2 + 1)]
    many = [assigned(f"b{number}", f"b{number}", f"b{number}") for number in range(40)]
    few = [assigned(f"c{number}", f"c{number % 3}", f"c{number // 2}") for number in range(60)]
    for batch in (one, many, few):
        assert consume(store, *batch, form=form) == {}
        assert consume(store, *batch, form=form) == {}
    assert max(store.written) <= MAX_ACTIONS
    assert len(store.written) < 25
    assert_sound(store, *(message.event_id for message in (*one, *many, *few)))


# Any order, in batches or alone

OF_TASKS = [
    created("e0"),
    assigned("e1"),
    completed("e2"),
    assigned("e3", "bob"),
]


@pytest.mark.parametrize("order", list(permutations(OF_TASKS)), ids=lambda order: order[0].event_id)
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("form", [USUAL_FORM, AS_RELEASED], ids=["usual", "as released"])
def test_in_any_order_and_repeated_each_event_is_booked_once(
    order: Sequence[Message], size: int, form: JournalForm
) -> None:
    store = ledger()
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    for batch in (*batches, *batches[::-1], order):
        assert consume(store, *batch, form=form) == {}
    assert_sound(store, "e1", "e2", "e3")


@pytest.mark.parametrize("first", [assigned("e1"), completed("e1")])
def test_the_first_event_is_known_by_its_price_whatever_it_is(first: Message) -> None:
    store = counting(ledger())
    consume(store, first)
    assert price(store).booked_event_id == "e1"
    consume(store, first, created("e0"))
    assert len(store.written) == 1


# A task whose events are for several accounts

TWO = [assigned("e1"), assigned("e2", "bob"), assigned("e3", "bob", "task-2")]


def test_a_task_of_two_accounts_is_priced_once() -> None:
    store = counting(ledger())
    assert consume(store, *TWO) == {}
    assert len(store.written) == 1
    assert (price(store).booked_event_id, price(store, "task-2").booked_event_id) == ("e1", "e3")
    assert_sound(store, "e1", "e2", "e3")


class Refusing(MemoryStore):
    """Refuses every write to one account."""

    account_id: str

    def write(self, actions: Any, token: str) -> None:
        rows = [getattr(action, "row", None) for action in actions]
        if any(isinstance(row, Balance) and row.account_id == self.account_id for row in rows):
            raise Conflict("injected")
        super().write(actions, token)


@pytest.mark.parametrize(
    ("failing", "failed", "names"),
    [("ann", {"message-e1"}, "e2"), ("bob", {"message-e2", "message-e3"}, "e1")],
)
def test_an_account_that_fails_leaves_the_price_to_the_other(
    failing: str, failed: set[str], names: str
) -> None:
    store = ledger()
    refusing = acting(Refusing, store)
    refusing.account_id = failing
    assert set(consume(refusing, *TWO)) == failed
    assert price(store).booked_event_id == names
    assert len(store.rows(Price)) == 2
    assert consume(store, *TWO) == {}
    assert_sound(store, "e1", "e2", "e3")


def test_a_task_is_priced_even_if_its_event_can_not_be_posted() -> None:
    """Its Task.Created is done, and doesn't come again."""
    store = ledger()
    refusing = acting(Refusing, store)
    refusing.account_id = "ann"
    assert set(consume(refusing, created("e0"), assigned("e1"))) == {"message-e1"}
    assert price(store).booked_event_id is None
    assert consume(store, assigned("e1")) == {}
    assert_sound(store, "e1")


class Priceless(MemoryStore):
    """Refuses every price."""

    def write(self, actions: Any, token: str) -> None:
        if any(isinstance(getattr(action, "row", None), Price) for action in actions):
            raise Conflict("injected")
        super().write(actions, token)


def test_a_price_that_can_not_be_drawn_fails_the_events_of_its_task_alone() -> None:
    store = ledger()
    priced(store)
    batch = [
        assigned("e1"),
        created("e2", "task-2"),
        created("e3", "task-3"),
        assigned("e4", "bob", "task-3"),
    ]
    failed = consume(acting(Priceless, store), *batch)
    assert set(failed) == {"message-e2", "message-e3", "message-e4"}
    assert all(isinstance(error, Unavailable) for error in failed.values())
    assert sources(store) == ["e1"]
    assert consume(store, *batch) == {}
    assert sources(store) == ["e1", "e4"]


def test_a_task_whose_price_was_lost_is_tried_a_bounded_number_of_times() -> None:
    """Its mark is left, and refuses another price."""
    store = counting(ledger())
    consume(store, created("e0"), created("e5", "task-2"))
    store.transact([Remove(Price, {"task_id": "task-1"})])
    store.written.clear()
    failed = consume(store, assigned("e1"), assigned("e2", "bob", "task-2"))
    assert list(failed) == ["message-e1"]
    assert len(store.written) < 16
    assert sources(store) == ["e2"]


# Others at the same time


class Overtaken(MemoryStore):
    """At one of the calls another invocation handles a batch first, and perhaps a table is emptied."""

    at: int
    others: Sequence[Message]
    lost: type[Any] | None = None
    calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            sound = acting(MemoryStore, self)
            consume(sound, *self.others, seed=7)
            if self.lost is not None:
                empty(sound, next(table for table in TABLES if table.row is self.lost))

    def get_many(self, kind: type[Any], keys: Any) -> Any:
        self._call()
        return super().get_many(kind, keys)

    def write(self, actions: Any, token: str) -> None:
        self._call()
        super().write(actions, token)


CASES = {
    "the same": (TWO, TWO),
    "created alone": (TWO, [created("e0")]),
    "created and assigned apart": ([created("e0")], TWO),
    "another event of the task": ([assigned("e1")], [assigned("e2", "bob"), completed("e4", "bob")]),
    "another account's first": (TWO, [assigned("e2", "bob")]),
    "with created": ([created("e0"), assigned("e1")], [created("e0"), assigned("e1")]),
}


def overtaken(store: MemoryStore, at: int, others: Sequence[Message]) -> Overtaken:
    found = acting(Overtaken, store)
    found.at, found.others = at, others
    return found


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("case", CASES)
def test_a_batch_handled_meanwhile_loses_and_doubles_nothing(case: str, at: int) -> None:
    own, others = CASES[case]
    store = ledger()
    assert consume(overtaken(store, at, others), *own) == {}
    consume(store, *own, *others)
    assert_sound(store, *{each.event_id for each in (*own, *others) if each.event_id != "e0"})


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("lost", [ConsumedEvent, Price, Balance])
@pytest.mark.parametrize("case", CASES)
def test_a_table_lost_meanwhile_allows_no_second_price_or_posting(
    case: str, lost: type[Any], at: int
) -> None:
    own, others = CASES[case]
    store = ledger()
    losing = overtaken(store, at, others)
    losing.lost = lost
    for _ in range(2):
        with suppress(RowsLost):
            consume(losing, *own)
    assert len({*sources(store)}) == len(sources(store))
    told = [event["task_id"] for event in events(store, "Task.Priced")]
    assert len({*told}) == len(told)
    numbers = {name: [entry.entry_number for entry in own] for name, own in all_entries(store).items()}
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


# The release before knows only marks


@contextmanager
def last_release() -> Iterator[None]:
    """It reads no name in a price; what it writes is the same as that of the release after it."""
    sound = prices.known_prices

    def nameless(*given: Any) -> dict[str, Price]:
        return {key: replace(row, booked_event_id=None) for key, row in sound(*given).items()}

    with mock.patch.object(use_case, "known_prices", nameless):
        yield


BEFORE, READS_BOTH, NEWEST = "2026-11-26", "reads both", "newest"
FORM_OF = {BEFORE: AS_RELEASED, READS_BOTH: AS_RELEASED, NEWEST: USUAL_FORM}


@pytest.mark.parametrize(
    "releases",
    [
        [BEFORE, READS_BOTH, NEWEST],
        [BEFORE, READS_BOTH, BEFORE, READS_BOTH, NEWEST],
        [READS_BOTH, NEWEST, READS_BOTH, NEWEST],
        [BEFORE, READS_BOTH, BEFORE],
        [BEFORE, READS_BOTH, NEWEST, READS_BOTH],
    ],
    ids=["both updates", "first one rolled back", "second one rolled back", "ends before", "ends with first"],
)
def test_no_step_forward_or_back_loses_or_doubles_an_event(releases: Sequence[str]) -> None:
    """Each release gets new tasks, later events of earlier ones, and everything so far once more."""
    store = ledger()
    told: list[Message] = []
    for number, release in enumerate(releases):
        task_id = f"task-{number}"
        new = [created(f"c{number}", task_id), assigned(f"a{number}", task_id=task_id)]
        later = [completed(f"r{number}", "bob", f"task-{earlier}") for earlier in range(number)][-1:]
        reassigned = [assigned(f"b{number}", "bob", task_id)]
        with last_release() if release == BEFORE else nullcontext():
            for batch in ([*new, *later], reassigned, told):
                assert consume(store, *batch, seed=number, form=FORM_OF[release]) == {}
        told += [*new, *later, *reassigned]
    assert_sound(store, *(each.event_id for each in told if not each.event_id.startswith("c")))
    assert len(journal(store, "Task.Priced")) == len(releases)
    assert len(entries(store)) == len(releases)
