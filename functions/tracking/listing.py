"""Reads lists of tasks in order, from the shortest partitions that have all of them."""

from collections.abc import Callable, Sequence

from functions.tracking.domain import STATUSES, assignee_status
from functions.tracking.rows import (
    TASKS,
    OpenTask,
    TaskByAssignment,
    TaskByCreation,
    TaskByJiraId,
    TaskStatus,
)
from shared.frozen import Frozen
from shared.paging import Examined, Read, examine, newest_first
from shared.store import Store
from shared.text import folded

Listed = TaskByCreation | TaskByAssignment | TaskByJiraId | OpenTask


class Filter(Frozen):
    status: TaskStatus | None = None
    assignee_id: str | None = None
    q: str | None = None


def partitions(wanted: Filter, store: Store) -> Sequence[tuple[type[Listed], str | int]]:
    """The shortest partitions that hold all wanted tasks."""
    if wanted.assignee_id is not None:
        statuses = STATUSES if wanted.status is None else (wanted.status,)
        return [(TaskByAssignment, assignee_status(wanted.assignee_id, status)) for status in statuses]
    kind = OpenTask if wanted.status == "open" else TaskByCreation
    return [(kind, shard) for shard in store.shards(TASKS).all]


def are_all_wanted(wanted: Filter) -> bool:
    """Whether every row of the partitions matches, so that none needs a test."""
    return wanted.q is None and (wanted.assignee_id is not None or wanted.status in (None, "open"))


def listed(wanted: Filter, limit: int, after: str | None, store: Store) -> Examined[Listed]:
    """Newest first: one assignee's by assignment, all others by creation."""
    by_assignment = wanted.assignee_id is not None
    newest = _newest_assignments if by_assignment else newest_first
    return examine(
        [newest(store, kind, partition) for kind, partition in partitions(wanted, store)],
        _assignment if by_assignment else task_id_of,
        after,
        limit=limit,
        fits=_test(wanted),
        descending=True,
    )


def _newest_assignments(store: Store, kind: type[Listed], partition: str | int) -> Read[Listed]:
    """Read all rows of an instant and sort them, because the index keeps them in no order.

    They are few: a shuffle assigns one chunk's tasks at an instant.
    """

    def read(below: str | None, limit: int) -> Sequence[Listed]:
        through = below.partition("#")[0] if below else None
        size = limit + 2
        while True:
            rows = store.query(kind, partition, through=through, limit=size, newest_first=True)
            is_end = len(rows) < size
            whole = rows if is_end else [row for row in rows if _instant(row) > _instant(rows[-1])]
            found = [row for row in whole if below is None or _assignment(row) < below]
            if is_end or len(found) >= limit:
                return sorted(found, key=_assignment, reverse=True)[:limit]
            size *= 2

    return read


def task_id_of(row: Listed) -> str:
    return row.task_id


def _instant(row: Listed) -> str:
    return row.assigned_at if isinstance(row, TaskByAssignment) else ""


def _assignment(row: Listed) -> str:
    return f"{_instant(row)}#{row.task_id}"


def _test(wanted: Filter) -> Callable[[Listed], bool] | None:
    """The test that each row must pass, or None if every row does."""
    if are_all_wanted(wanted):
        return None
    part = folded(wanted.q or "")

    def fits(row: Listed) -> bool:
        if isinstance(row, TaskByCreation) and wanted.status not in (None, row.status):
            return False
        return isinstance(row, TaskByJiraId) or part in folded(row.title)

    return fits
