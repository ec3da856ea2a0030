"""Published by the tracking service."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.envelope import Event, Identifier, JiraId, Title, published

PRODUCER = "tracking"


class TaskEvent(Event):
    """A fact about a task, with the fields that consumers show. `version` is the task's after the fact.

    A task starts with version 1, for its creation and first assignment; each further assignment, the
    completion and the cancellation add one. Events from before versions existed have none.
    """

    producer: ClassVar[str] = PRODUCER

    task_id: Identifier
    title: Title
    jira_id: JiraId | None = None
    version: Annotated[int, Field(ge=1)] | None = None


@published
class TaskCreated(TaskEvent):
    """Whole: a restore can write the task's row from it."""

    event_name: ClassVar[str] = "Task.Created"
    event_version: ClassVar[int] = 2

    created_by: Identifier | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None


@published
class TaskCreatedV1(Event):
    """The first version: it has no `jira_id` field."""

    event_name: ClassVar[str] = "Task.Created"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    task_id: Identifier
    title: Title

    def upcast(self) -> TaskCreated:
        return TaskCreated(task_id=self.task_id, title=self.title)


@published
class TaskAssigned(TaskEvent):
    """One assignment, also the first at creation. `shuffle_id` names the press, if there was one."""

    event_name: ClassVar[str] = "Task.Assigned"
    event_version: ClassVar[int] = 1

    assignee_id: Identifier
    shuffle_id: Identifier | None = None


@published
class TaskCompleted(TaskEvent):
    event_name: ClassVar[str] = "Task.Completed"
    event_version: ClassVar[int] = 1

    assignee_id: Identifier


@published
class TaskCancelled(TaskEvent):
    """An open task was cancelled by its creator, a manager or an admin; no money moves."""

    event_name: ClassVar[str] = "Task.Cancelled"
    event_version: ClassVar[int] = 1

    assignee_id: Identifier
    cancelled_by: Identifier


@published
class ShuffleRequested(Event):
    """A press of "assign tasks"; tracking itself consumes it."""

    event_name: ClassVar[str] = "Shuffle.Requested"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    shuffle_id: Identifier
    requested_by: Identifier


TASK_EVENTS = (TaskCreated, TaskAssigned, TaskCompleted)
"""The events that accounting consumes. It knows a cancelled task from these."""
