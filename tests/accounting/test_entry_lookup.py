"""An entry is found by its id, wherever it is in its account's ledger."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.accounting.entry_lookup import PAGE, entry_with_id
from functions.accounting.ledger import Draft, new_balance, post
from functions.accounting.rows import Entry
from shared.clock import CLOCKS_DIFFER_BY
from shared.ids import new_id
from shared.memory_store import MemoryStore
from shared.store import Put
from tests.accounting.support import FEE, TODAY, YESTERDAY, acting, ledger
from tests.support.fakes import NOON

POSTED_AT = f"{TODAY}T12:00:00.000Z"
MOVED = timedelta(days=-400)
"""A payout that was booked again under a later number has the id of then."""


def stored(drawn: list[tuple[str, datetime]]) -> MemoryStore:
    """An account's entries of these kinds, with ids of these instants."""
    store, randomness = ledger(), random.Random(len(drawn))
    drafts = [Draft(new_id(at, randomness), kind, FEE, TODAY, POSTED_AT) for kind, at in drawn]
    posted = post(new_balance("ann", YESTERDAY), drafts, POSTED_AT)
    for row in (*posted.entries, posted.balance):
        store.transact([Put(row)])
    return store


class Counting(MemoryStore):
    read = 0

    def query(self, *arguments: Any, **options: Any) -> list[Any]:
        found = super().query(*arguments, **options)
        self.read += len(found)
        return found


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 4 * PAGE),
    seconds=st.sampled_from([0.001, 1, 20, 3600]),
    moved=st.sampled_from([0, 0.05, 0.5]),
)
def test_each_entry_is_found_though_clocks_differ_and_payouts_were_moved(
    seed: int, count: int, seconds: float, moved: float
) -> None:
    randomness, at = random.Random(seed), NOON
    drawn: list[tuple[str, datetime]] = []
    for _ in range(count):
        at += timedelta(seconds=randomness.expovariate(1 / seconds))
        if randomness.random() < moved:
            drawn.append(("payout", at + MOVED))
        else:
            kind = randomness.choice(["assignment_fee", "completion_reward", "fee_correction"])
            drawn.append((kind, at + CLOCKS_DIFFER_BY * randomness.uniform(-0.5, 0.5)))
    store = stored(drawn)
    wanted = [entry for entry in store.rows(Entry) if entry.kind != "payout"]
    for entry in randomness.sample(wanted, min(len(wanted), 20)):
        assert entry_with_id("ann", entry.entry_id, store) == entry


def test_few_of_many_entries_are_read() -> None:
    store = stored([("assignment_fee", NOON + timedelta(hours=number)) for number in range(5000)])
    for number in (1, 100, 101, 2500, 4999, 5000):
        counting = acting(Counting, store)
        found = entry_with_id("ann", store.rows(Entry)[number - 1].entry_id, counting)
        assert found is not None
        assert found.entry_number == number
        assert counting.read <= 6 * 4 + 2 * PAGE


def test_a_payout_in_its_place_is_found() -> None:
    """So a correction of it is refused for what it is."""
    kinds = ["completion_reward", "payout"] * PAGE
    store = stored([(kind, NOON + timedelta(hours=number)) for number, kind in enumerate(kinds)])
    for entry in store.rows(Entry):
        assert entry_with_id("ann", entry.entry_id, store) == entry


@pytest.mark.parametrize(
    "entry_id",
    [
        "no such entry",
        new_id(NOON + timedelta(minutes=30), random.Random(1)),
        new_id(NOON - timedelta(days=9), random.Random(1)),
        new_id(NOON + timedelta(days=99), random.Random(1)),
        "00000000-0000-7000-8000-000000000000",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "e677d21f-dbff-7000-8000-000000000000",
    ],
    ids=["no id", "between", "before", "after", "1970", "10889", "9999"],
)
def test_an_id_that_no_entry_has_is_not_found(entry_id: str) -> None:
    store = stored([("assignment_fee", NOON + timedelta(hours=number)) for number in range(300)])
    counting = acting(Counting, store)
    assert entry_with_id("ann", entry_id, counting) is None
    assert counting.read <= 2 * 4 + PAGE
    assert entry_with_id("bob", entry_id, store) is None
