"""Which entries were counted: by their numbers, or, as releases until 2026-11-26 did, by marks."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.counting import MAX_RANGES, TooManyGaps, is_counted, is_numbered, with_numbers
from functions.analytics.figures import current_figures
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.rows import LatestEntry
from shared.guards import RowsLost
from shared.journal import USUAL_FORM, JournalForm
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent
from shared.store import Remove, Store
from tests.analytics.ledger import DAY, Message, empty_store, entry, message, messages
from tests.support.fakes import context

MARKING = JournalForm(as_released=True)
ANN: dict[str, str | int] = {"generation_account": "1#ann"}


def consume(store: Store, *given: Message, form: JournalForm = USUAL_FORM) -> None:
    assert on_ledger_event(given, store, replace(context(), form=form), "UTC") == {}


def latest(store: Store) -> LatestEntry | None:
    return store.get(LatestEntry, **ANN)


def marks(store: MemoryStore) -> list[str]:
    return sorted(row.mark for row in store.rows(ConsumedEvent))


def counted(store: Store) -> int:
    return get_summary(DAY, DAY, store).figures.entry_count


# Numbers


@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=4), max_size=12))
def test_ranges_hold_exactly_the_numbers_that_were_added(added: list[list[int]]) -> None:
    row = LatestEntry("1#ann", 40, 0, marked_through=0)
    for numbers in added:
        row = replace(row, counted=with_numbers(row.counted, numbers))
    wanted = {number for numbers in added for number in numbers}
    assert {number for number in range(50) if is_counted(row, number)} == wanted


@pytest.mark.parametrize(
    ("before", "numbers", "after"),
    [
        (None, [8], "8"),
        ("8-57", [58], "8-58"),
        ("8-57", [59], "8-57 59"),
        ("8-57 59", [58], "8-59"),
        ("9", [8, 7, 12], "7-9 12"),
        ("8-10", [9, 9], "8-10"),
    ],
)
def test_neighbours_are_joined(before: str | None, numbers: list[int], after: str) -> None:
    assert with_numbers(before, numbers) == after


def test_a_row_holds_a_bounded_number_of_gaps() -> None:
    every_other = with_numbers(None, range(1, 2 * MAX_RANGES, 2))
    assert len(every_other) < 13_000
    with pytest.raises(TooManyGaps):
        with_numbers(every_other, [2 * MAX_RANGES + 1])
    assert with_numbers(every_other, [2]).startswith("1-3 5 ")


def test_entries_are_numbered_after_those_that_have_marks() -> None:
    row = LatestEntry("1#ann", 7, 0, marked_through=5, counted="6-7")
    assert [is_numbered(row, number) for number in (5, 6, 8)] == [False, True, True]
    assert not is_numbered(None, 1)
    assert not is_numbered(LatestEntry("1#ann", 7, 0), 8)


# Rows


def test_only_the_first_entries_of_an_account_are_marked() -> None:
    store = empty_store()
    consume(store, *messages(entry("ann", 1), entry("ann", 2)))
    before = marks(store)
    for number in (3, 4, 6):
        consume(store, message(entry("ann", number, balance_after=number)))
    assert marks(store) == before
    assert before == [
        "1#analytics.accounts#ann",
        "1#analytics.on_ledger_event#posted-ann-1",
        "1#analytics.on_ledger_event#posted-ann-2",
    ]
    assert latest(store) == LatestEntry("1#ann", 6, 6, marked_through=2, counted="3-4 6")


def test_an_entry_counts_once_however_often_and_in_whatever_order_it_comes() -> None:
    store = empty_store()
    facts = messages(*[entry("ann", number, balance_after=-number) for number in range(1, 9)])
    for number in (3, 1, 3, 8, 5, 8, 4, 2, 1, 7, 6, 5, 2):
        consume(store, facts[number - 1])
    assert counted(store) == 8
    assert latest(store) == LatestEntry("1#ann", 8, -8, marked_through=3, counted="4-8")


def test_what_was_counted_costs_no_write() -> None:
    store = empty_store()
    facts = messages(entry("ann", 1), entry("ann", 2))
    for fact in facts:
        consume(store, fact)

    class Unwritable(MemoryStore):
        def write(self, *_: Any) -> None:
            raise AssertionError("nothing is to be written")

    unwritable = Unwritable.__new__(Unwritable)
    unwritable.__dict__.update(store.__dict__)
    consume(unwritable, facts[1])


def test_a_stage_that_says_so_still_writes_marks_alone() -> None:
    """The release of 2026-11-26 can then run beside this one, or after it."""
    store = empty_store()
    for number in (1, 2, 4):
        consume(store, message(entry("ann", number)), form=MARKING)
    assert latest(store) == LatestEntry("1#ann", 4, -1500)
    assert marks(store) == [f"1#analytics.on_ledger_event#posted-ann-{number}" for number in (1, 2, 4)]


@settings(max_examples=200)
@given(count=st.integers(1, 12), seed=st.integers(0, 2**32))
def test_functions_of_both_forms_count_each_entry_once(count: int, seed: int) -> None:
    """First with marks only; then of either form, as while a stage is updated; entries come repeatedly."""
    draw, store = random.Random(seed), empty_store()
    facts = messages(*[entry("ann", number, balance_after=-number) for number in range(1, count + 1)])
    came = [*facts, *draw.choices(facts, k=count)]
    draw.shuffle(came)
    updated_at = draw.randrange(len(came) + 1)
    while came:
        size = draw.randint(1, 3)
        batch, came = came[:size], came[size:]
        form = MARKING if len(came) > updated_at else draw.choice((MARKING, USUAL_FORM))
        consume(store, *batch, form=form)
    assert counted(store) == count
    row = latest(store)
    assert row is not None
    assert (row.entry_number, row.balance_after) == (count, -count)
    assert current_figures(store, 1).accounts_in_minus == 1


# Lost rows


@pytest.mark.parametrize("form", [USUAL_FORM, MARKING], ids=["by number", "by marks"])
def test_an_account_whose_row_was_lost_does_not_begin_again(form: JournalForm) -> None:
    """Its entries have no marks, so a repeated one would count twice."""
    store = empty_store()
    for number in (1, 2, 3):
        consume(store, message(entry("ann", number)))
    store.transact([Remove(LatestEntry, ANN)])
    for number in (3, 4):
        with pytest.raises(RowsLost, match="the table of LatestEntry has lost its rows"):
            consume(store, message(entry("ann", number)), form=form)
    assert counted(store) == 3
    consume(store, message(entry("bob", 1)), form=form)
    assert counted(store) == 4


def test_a_row_lost_after_it_was_read_stops_its_account() -> None:
    store = empty_store()
    for number in (1, 2):
        consume(store, message(entry("ann", number)))

    class Losing(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            store.transact([Remove(LatestEntry, ANN)])
            super().write(actions, token)

    losing = Losing.__new__(Losing)
    losing.__dict__.update(store.__dict__)
    with pytest.raises(RowsLost):
        consume(losing, message(entry("ann", 3)))
    assert counted(store) == 2


def test_a_row_lost_before_entries_were_numbered_leaves_their_marks() -> None:
    store = empty_store()
    facts = messages(*[entry("ann", number) for number in range(1, 7)])
    consume(store, *facts[:5], form=MARKING)
    store.transact([Remove(LatestEntry, ANN)])
    for fact in (facts[2], facts[5], facts[4], facts[0], facts[5]):
        consume(store, fact)
    assert counted(store) == 6
