"""One day's entries, page by page, though those of another day lie between them."""

import random
from typing import Any

import pytest

from functions.accounting.ledger import Draft, new_balance, post
from functions.accounting.posting import actions_for
from functions.accounting.rows import AccountDay, Entry
from functions.accounting.views import entries_of
from shared.memory_store import MemoryStore
from shared.paging import MAX_EXAMINED
from tests.accounting.support import FEE, TODAY, TOMORROW, YESTERDAY, ledger
from tests.support.fakes import context

POSTED_AT = f"{TODAY}T00:01:00.000Z"


def posted(*days: str) -> MemoryStore:
    """A ledger of one account whose entries are of these days, in this order."""
    store, balance = ledger(), new_balance("ann", YESTERDAY)
    before = None
    for number, day in enumerate(days, 1):
        new = post(balance, [Draft(f"entry-{number:04}", "assignment_fee", FEE, day, POSTED_AT)], POSTED_AT)
        store.transact(actions_for(before, new, [context(seed=number)], store))
        before = balance = new.balance
    return store


def pages(store: MemoryStore, day: str, limit: int) -> list[list[Entry]]:
    """All pages of a day."""
    found, after = [], None
    while True:
        view = entries_of("ann", day, limit, after, store)
        found.append(view.entries)
        if (after := view.next_position) is None:
            return found


def numbers(entries: list[Entry]) -> list[int]:
    return [entry.entry_number for entry in entries]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_have_every_entry_of_the_day_once_newest_first(limit: int) -> None:
    days = random.Random(limit).choices([YESTERDAY, TODAY], k=23)
    store = posted(YESTERDAY, *days, TODAY)
    for day in (YESTERDAY, TODAY):
        found = pages(store, day, limit)
        assert [number for page in found for number in numbers(page)] == [
            entry.entry_number for entry in reversed(store.rows(Entry)) if entry.business_day == day
        ]
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1]


def test_a_day_without_entries_is_empty() -> None:
    assert pages(posted(TODAY), TOMORROW, 5) == [[]]


class Counting(MemoryStore):
    """Counts the rows that queries read."""

    read = 0

    def query(self, kind: type[Any], *arguments: Any, **options: Any) -> list[Any]:
        found = super().query(kind, *arguments, **options)
        self.read += len(found)
        return found


def test_only_entries_near_the_day_are_read() -> None:
    """The first and the last day of many; all but the page's neighbours stay unread."""
    store = posted(*[YESTERDAY] * 40, *[TODAY] * 40, *[TOMORROW] * 40)
    store.__class__ = Counting
    assert isinstance(store, Counting)
    assert numbers(entries_of("ann", TODAY, 50, None, store).entries) == list(range(80, 40, -1))
    assert store.read <= 50


def test_a_request_examines_no_more_than_the_usual_number() -> None:
    """A page may then be short, or empty; its cursor goes on."""
    between = MAX_EXAMINED + 10
    store = posted(YESTERDAY, *[TODAY] * between, YESTERDAY)
    found = pages(store, YESTERDAY, 100)
    assert [numbers(page) for page in found] == [[between + 2], [1]]


def test_a_position_that_claims_too_much_reads_no_further_than_the_ledger() -> None:
    """Cursors aren't signed, and one of the release before has only the number."""
    store = posted(YESTERDAY, TODAY, TODAY, YESTERDAY)
    for after in ("4#999", "4"):
        view = entries_of("ann", YESTERDAY, 1, after, store)
        assert numbers(view.entries) == [1]
    assert store.get(AccountDay, account_id="ann", business_day=YESTERDAY) is not None
