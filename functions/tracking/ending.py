"""A task that ends leaves the open ones; presses that have yet to count it still find it."""

from datetime import datetime

from functions.tracking.domain import completion
from functions.tracking.rows import OpenTask, Task, UncountedPress
from shared.context import Context
from shared.store import Action, Insert, Remove, Store


def leave(task: Task, at: datetime, store: Store, context: Context) -> list[Action]:
    """`at` is when the task ended, read before this is called: a press that is not found was stored later.

    While functions of the release before may run, all presses need every completion: those of that release
    are not found here.
    """
    gone = Remove(OpenTask, {"shard": task.creation_shard, "task_id": task.task_id})
    if context.form.as_released or store.query(UncountedPress, task.creation_shard, limit=1):
        return [gone, Insert(completion(task, at))]
    return [gone]
