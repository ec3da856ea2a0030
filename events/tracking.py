"""Published by the tracking service."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.envelope import Event, Identifier, JiraId, Title, published

PRODUCER = "tracking"


class TaskEvent(Event):
    """A fact about a task, with what its readers show of it; `version` is the task's after the fact.

    A task begins with version 1, which its creation and its first assignment share; each assignment, the
    completion and the cancellation add one. Events of before it was told have none.
    """

    producer: ClassVar[str] = PRODUCER

    task_id: Identifier
    title: Title
    jira_id: JiraId | None = None
    version: Annotated[int, Field(ge=1)] | None = None


@published
class TaskCreated(TaskEvent):
    """Whole, so that the task's row can be written again."""

    event_name: ClassVar[str] = "Task.Created"
    event_version: ClassVar[int] = 2

    created_by: Identifier | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None


@published
class TaskCreatedV1(Event):
    """Before the jira_id had a field of its own."""

    event_name: ClassVar[str] = "Task.Created"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    task_id: Identifier
    title: Title

    def upcast(self) -> TaskCreated:
        return TaskCreated(task_id=self.task_id, title=self.title)


@published
class TaskAssigned(TaskEvent):
    """One assignment, the first at creation too; `shuffle_id` names the press it belongs to, if any."""

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
    """An open task is cancelled, by its creator, a manager or an admin; no money moves."""

    event_name: ClassVar[str] = "Task.Cancelled"
    event_version: ClassVar[int] = 1

    assignee_id: Identifier
    cancelled_by: Identifier


@published
class ShuffleRequested(Event):
    """A press of "assign tasks"; tracking itself carries it out."""

    event_name: ClassVar[str] = "Shuffle.Requested"
    event_version: ClassVar[int] = 1
    producer: ClassVar[str] = PRODUCER

    shuffle_id: Identifier
    requested_by: Identifier


TASK_EVENTS = (TaskCreated, TaskAssigned, TaskCompleted)
"""Those that money hangs on. Of a task that is cancelled, accounting has heard by these before."""
