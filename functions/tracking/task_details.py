"""A task with the names that its answer shows."""

from dataclasses import dataclass

from functions.tracking.people import Names, names_of
from functions.tracking.rows import Task
from shared.store import Store


@dataclass(frozen=True, slots=True)
class TaskDetails:
    task: Task
    names: Names


def with_names(task: Task, store: Store) -> TaskDetails:
    return TaskDetails(task, names_of([task.assignee_id, task.created_by], store))
