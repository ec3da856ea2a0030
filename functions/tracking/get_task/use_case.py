"""One task."""

from functions.tracking.domain import TaskNotFound
from functions.tracking.rows import Task
from functions.tracking.task_details import TaskDetails, with_names
from shared.store import Store


def get_task(task_id: str, store: Store) -> TaskDetails:
    """Raises TaskNotFound."""
    task = store.get(Task, task_id=task_id)
    if task is None:
        raise TaskNotFound("there is no such task")
    return with_names(task, store)
