"""`ates import --undo`: cancels what an import made and is still open."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from ops.console.errors import CommandFailed
from ops.importing.calls import at_once, document, problem
from ops.importing.import_record import Made
from ops.importing.preview import with_jira_id
from ops.stage.api_client import Api
from shared.clock import parse_rfc3339

OUTCOMES = ("open", "cancelled", "not_open", "failed", "unknown")
CLOCKS_APART = timedelta(minutes=5)
"""This machine's clock and the API's."""


@dataclass(frozen=True, slots=True)
class Undone:
    """`outcome` is `open`, `cancelled`, `not_open`, `failed` or, without a task_id, `unknown`."""

    task_id: str
    outcome: str
    reason: str = ""


def find_open(api: Api, made: Sequence[Made], concurrency: int, done: Callable[[], None]) -> list[Undone]:
    """Each task that the import made, with whether it is still open; raises CommandFailed."""

    def look(one: Made) -> list[Undone]:
        done()
        return [_looked_up(api, one.task_id)] if one.task_id else _unanswered(api, one)

    looked = [each for some in at_once(look, made, concurrency) for each in some]
    found = {each.task_id: each for each in looked if each.task_id}
    unknown = [each for each in looked if not each.task_id]
    return [*(found[task_id] for task_id in sorted(found)), *unknown]


def _looked_up(api: Api, task_id: str) -> Undone:
    answer = api.get(f"/tasks/{task_id}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return Undone(task_id, "not_open", "there is no such task")
    if not answer.is_success:
        raise CommandFailed(f"GET /tasks/{task_id}: {problem(answer)}")
    status = document(answer)["status"]
    return Undone(task_id, "open") if status == "open" else Undone(task_id, "not_open", str(status))


def _unanswered(api: Api, one: Made) -> list[Undone]:
    """The task of a request that got no answer, if it was made."""
    since = parse_rfc3339(one.begun_at) - CLOCKS_APART
    if one.jira_id is None:
        return [Undone("", "unknown")]
    found = with_jira_id(api, one.jira_id)
    own = [each for each in found if (each["created_by"] or {}).get("account_id") == one.account_id]
    made = [each for each in own if parse_rfc3339(each["created_at"]) >= since]
    return [Undone(each["task_id"], "open") for each in made if each["status"] == "open"]


def cancel(api: Api, tasks: Sequence[Undone], concurrency: int, done: Callable[[], None]) -> list[Undone]:
    def one(task: Undone) -> Undone:
        outcome = _cancelled(api, task)
        done()
        return outcome

    return sorted(at_once(one, tasks, concurrency), key=lambda each: each.task_id)


def _cancelled(api: Api, task: Undone) -> Undone:
    if task.outcome != "open":
        return task
    answer = api.post(f"/tasks/{task.task_id}/cancel", {}, uuid.uuid4().hex)
    if answer.is_success:
        return Undone(task.task_id, "cancelled")
    if answer.status_code in (httpx.codes.CONFLICT, httpx.codes.NOT_FOUND):
        return Undone(task.task_id, "not_open", problem(answer))
    return Undone(task.task_id, "failed", problem(answer))


def as_json(tasks: Sequence[Undone]) -> dict[str, Any]:
    counts = _counts(tasks)
    rows = [{"task_id": each.task_id, "outcome": each.outcome} for each in tasks if each.task_id]
    return {**{name: counts[name] for name in OUTCOMES}, "tasks": rows}


def summary(tasks: Sequence[Undone]) -> list[str]:
    counts = _counts(tasks)
    failed = Counter(each.reason for each in tasks if each.outcome == "failed")
    words = [
        (counts["cancelled"], "cancelled"),
        (counts["not_open"], "no longer open"),
        (counts["failed"], "failed"),
        (counts["unknown"], "unknown"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in words if count) or "the import made no task"
    return [*(f"{count} tasks: {reason}" for reason, count in failed.items()), said]


def _counts(tasks: Iterable[Undone]) -> Counter[str]:
    return Counter(each.outcome for each in tasks)
