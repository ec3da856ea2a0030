"""How many tasks there are with a status, an assignee, or both, as far as one request counts."""

from dataclasses import dataclass

from functions.tracking.listing import Filter, are_all_wanted, listed, partitions
from shared.paging import MAX_EXAMINED
from shared.store import Store


@dataclass(frozen=True, slots=True)
class Counted:
    """`more` when not all tasks could be examined: there may be more than `count`."""

    count: int
    more: bool


def count_tasks(wanted: Filter, store: Store) -> Counted:
    """All that fit, if no more than 500 tasks had to be examined for it; else those among 500."""
    if not are_all_wanted(wanted):
        found = listed(wanted, MAX_EXAMINED, None, store)
        return Counted(len(found.found), found.next_position is not None)
    count = 0
    for kind, partition in partitions(wanted):
        count += store.count(kind, partition, limit=MAX_EXAMINED + 1 - count)
        if count > MAX_EXAMINED:
            return Counted(MAX_EXAMINED, more=True)
    return Counted(count, more=False)
