"""Looks up which rows of a backlog are tasks already."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ops.importing.backlog import BacklogTask
from ops.importing.calls import at_once, succeeded
from ops.importing.outcome import Outcome, Outcomes, of_row
from ops.importing.reading import Backlog
from ops.stage.api_client import Api


def preview(api: Api, backlog: Backlog, concurrency: int, done: Callable[[], None]) -> Outcomes:
    """What an import would do with each row; raises CommandFailed if the API can't tell."""

    def look(task: BacklogTask) -> Outcome:
        outcome = _looked_up(api, task, backlog.has_descriptions)
        done()
        return outcome

    tasks = [row for row in backlog.rows if isinstance(row, BacklogTask)]
    return Outcomes.of([*_others(backlog), *at_once(look, tasks, concurrency)])


def unasked(backlog: Backlog, reason: str) -> Outcomes:
    """The preview without the API: each row counts as new."""
    new = [Outcome(row.line, "new", row.jira_id) for row in backlog.rows if isinstance(row, BacklogTask)]
    return replace(Outcomes.of([*_others(backlog), *new]), unasked=reason)


def _others(backlog: Backlog) -> list[Outcome]:
    return [of_row(row) for row in backlog.rows if not isinstance(row, BacklogTask)]


def _looked_up(api: Api, task: BacklogTask, has_description: bool) -> Outcome:
    if task.jira_id is None:
        return Outcome(task.line, "new")
    found = with_jira_id(api, task.jira_id)
    present = [each for each in found if each["status"] != "cancelled"]
    if not present:
        return Outcome(task.line, "new", task.jira_id, was_cancelled=bool(found))
    first = min(present, key=lambda each: str(each["task_id"]))
    differs = first["title"] != task.title or (
        has_description and _description(api, first) != task.description
    )
    return Outcome(task.line, "differs" if differs else "already_there", task.jira_id, str(first["task_id"]))


def with_jira_id(api: Api, jira_id: str) -> list[dict[str, Any]]:
    """The tasks of a jira_id, as listed; the list may lag."""
    listed = succeeded(api.get("/tasks", q=jira_id))["items"]
    return [each for each in listed if each["jira_id"] == jira_id]


def _description(api: Api, task: dict[str, Any]) -> str | None:
    """A list has no descriptions."""
    found: str | None = succeeded(api.get(f"/tasks/{task['task_id']}"))["description"]
    return found
