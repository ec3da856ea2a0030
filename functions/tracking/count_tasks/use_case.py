"""Counts tasks with a status, an assignee, or both, up to the limit of one request."""

from functions.tracking.listing import Filter, are_all_wanted, listed, partitions
from shared.frozen import Frozen
from shared.paging import MAX_EXAMINED
from shared.store import Store


class Counted(Frozen):
    """`more` if not all tasks were examined: there may be more than `count`."""

    count: int
    more: bool


def count_tasks(wanted: Filter, store: Store) -> Counted:
    """Count all matching tasks if at most 500 must be examined, else those among the first 500."""
    if not are_all_wanted(wanted):
        found = listed(wanted, MAX_EXAMINED, None, store)
        return Counted(len(found.found), found.next_position is not None)
    count = 0
    for kind, partition in partitions(wanted, store):
        count += store.count(kind, partition, limit=MAX_EXAMINED + 1 - count)
        if count > MAX_EXAMINED:
            return Counted(MAX_EXAMINED, more=True)
    return Counted(count, more=False)
