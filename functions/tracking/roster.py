"""The roster of eligible accounts, and uniform draws from it in two reads, at any size."""

import random
from collections.abc import Sequence

from functions.tracking.domain import HEAD_SLOT, NobodyEligible
from functions.tracking.rows import RosterHead, RosterSlot
from shared.store import Store, Unavailable

MAX_DRAWS = 8
"""A slot is missing only if the roster shrank between the two reads; if that keeps happening, give up."""


def size(store: Store) -> int:
    """How many accounts are eligible."""
    head = store.get(RosterHead, slot=HEAD_SLOT)
    return head.size if head else 0


def _size_lately(store: Store) -> int:
    """The size a moment ago, at half the price: every task that is created reads this one row.

    The slots themselves are read as they are, so nobody is drawn who has left.
    """
    head = store.glance(RosterHead, slot=HEAD_SLOT)
    return head.size if head and head.size else size(store)


def draw(store: Store, randomness: random.Random, count: int) -> Sequence[RosterSlot]:
    """Draw `count` accounts, at most 100, each independently and uniformly among the eligible.

    Raises NobodyEligible, or Unavailable if the roster kept shrinking.
    """
    drawn: list[RosterSlot] = []
    for attempt in range(MAX_DRAWS):
        eligible = size(store) if attempt else _size_lately(store)
        if eligible == 0:
            raise NobodyEligible("there is nobody to assign a task to")
        numbers = [1 + randomness.randrange(eligible) for _ in range(count - len(drawn))]
        slots = store.get_many(RosterSlot, [{"slot": number} for number in sorted(set(numbers))])
        by_number = {slot.slot: slot for slot in slots}
        drawn += [by_number[number] for number in numbers if number in by_number]
        if len(drawn) == count:
            return drawn
    raise Unavailable("the roster kept shrinking")
