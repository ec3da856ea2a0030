"""Shows what happened to a task: when, by whom, to whom."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal

from events.envelope import Envelope, Event, UnreadableEvent, read_envelope
from events.tracking import TaskAssigned, TaskCancelled, TaskCompleted, TaskEvent
from functions.tracking.domain import TaskNotFound
from functions.tracking.order import in_order
from functions.tracking.rows import RecordOfTask, Shuffle, Task
from functions.tracking.views import Names, names_of
from shared.frozen import Frozen
from shared.journal import EventDocument, events_in
from shared.paging import Read, examine, newest_first
from shared.store import Store

What = Literal["created", "assigned", "completed", "cancelled"]


class HistoryItem(Frozen):
    """`account_id` is the account concerned; `shuffle_id` is set if a shuffle assigned the task.

    Both accounts are None if the creator is not known any more.
    """

    what: What
    at: datetime
    account_id: str | None
    by: str | None
    shuffle_id: str | None = None


class HistoryPage(Frozen):
    items: list[HistoryItem]
    names: Names
    next_position: str | None


def get_task_history(task_id: str, limit: int, after: str | None, store: Store) -> HistoryPage:
    """Newest first; raises TaskNotFound. The index lags, so the last event may be missing for a moment.

    Ordered by the task's version within a page, by the writers' clocks between pages.
    """
    task = store.get(Task, task_id=task_id)
    if task is None:
        raise TaskNotFound("there is no such task")
    page = examine([_events(store, task_id)], _event_id, after, limit=limit, descending=True)
    items = _with_pressed_by([_history_item(*read, task) for read in _newest_first(page.found)], store)
    names = names_of([account_id for item in items for account_id in (item.account_id, item.by)], store)
    return HistoryPage(items, names, page.next_position)


def _event_id(event: EventDocument) -> str:
    return str(event["event_id"])


def _events(store: Store, task_id: str) -> Read[EventDocument]:
    """Reads a task's events, newest first; a record may begin before a position and go on after it."""
    records = newest_first(store, RecordOfTask, task_id)

    def read(below: str | None, limit: int) -> Sequence[EventDocument]:
        events = (event for record in records(below, limit) for event in reversed(events_in(record)))
        return [event for event in events if below is None or _event_id(event) < below][:limit]

    return read


def _newest_first(events: Sequence[EventDocument]) -> list[tuple[Envelope, Event]]:
    return in_order(
        [*_read(reversed(events))], lambda read: read[1].version if isinstance(read[1], TaskEvent) else None
    )[::-1]


def _read(events: Iterable[EventDocument]) -> Iterator[tuple[Envelope, Event]]:
    """Skip events that only later code can read, as there may be after a rollback."""
    for event in events:
        with suppress(UnreadableEvent):
            yield read_envelope(event)


def _history_item(envelope: Envelope, event: Event, task: Task) -> HistoryItem:
    at = envelope.occurred_at
    if isinstance(event, TaskAssigned):
        return HistoryItem("assigned", at, event.assignee_id, task.created_by, event.shuffle_id)
    if isinstance(event, TaskCompleted):
        return HistoryItem("completed", at, event.assignee_id, event.assignee_id)
    if isinstance(event, TaskCancelled):
        return HistoryItem("cancelled", at, event.assignee_id, event.cancelled_by)
    return HistoryItem("created", at, task.created_by, task.created_by)


def _with_pressed_by(items: Sequence[HistoryItem], store: Store) -> list[HistoryItem]:
    """Set who pressed "assign tasks", from the shuffles' rows."""
    shuffle_ids = sorted({item.shuffle_id for item in items if item.shuffle_id})
    shuffles = store.get_many(Shuffle, [{"shuffle_id": shuffle_id} for shuffle_id in shuffle_ids])
    pressed_by = {shuffle.shuffle_id: shuffle.requested_by for shuffle in shuffles}
    return [
        HistoryItem(item.what, item.at, item.account_id, pressed_by[item.shuffle_id], item.shuffle_id)
        if item.shuffle_id in pressed_by
        else item
        for item in items
    ]
