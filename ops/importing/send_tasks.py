"""Sends the new rows of a backlog to `POST /tasks`."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from ops.console.errors import Unreachable
from ops.importing.backlog import BacklogTask, keyed
from ops.importing.calls import at_once, document, problem
from ops.importing.import_record import ImportRecord
from ops.importing.outcome import Kind, Outcome, Outcomes
from ops.stage.api_client import TRIED_BEFORE, Api

TASK_EXISTS = "urn:ates:problem:task-exists"
REPLAYED = "idempotent-replayed"


@dataclass
class Outage:
    """Set once the API is away or fails: the rest is not tried. A refused row is no outage."""

    reason: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, reason: str) -> None:
        with self._lock:
            self.reason = self.reason or reason


def send_tasks(
    api: Api,
    account_id: str,
    tasks: Sequence[BacklogTask],
    record: ImportRecord,
    concurrency: int,
    done: Callable[[], None],
) -> Outcomes:
    """At most `concurrency` at once; calls `done` after each."""
    outage = Outage()

    def send(item: tuple[str, BacklogTask]) -> Outcome:
        key, task = item
        if outage.reason is not None:
            return Outcome(task.line, "not_tried", task.jira_id)
        outcome = _sent(api, key, task, record, outage)
        done()
        return outcome

    sent = list(at_once(send, keyed(account_id, tasks, _new_key), concurrency))
    return Outcomes.of(sent, outage.reason)


def _new_key() -> str:
    return uuid.uuid4().hex


def _sent(api: Api, key: str, task: BacklogTask, record: ImportRecord, outage: Outage) -> Outcome:
    record.sends(task.line, task.jira_id)
    try:
        answer = api.post("/tasks", task.body, key)
    except Unreachable as away:
        outage.saw(str(away))
        return Outcome(
            task.line, "not_tried", task.jira_id, reason="no answer; a repeat tells if it was made"
        )
    if answer.is_server_error:
        outage.saw(f"POST /tasks answers {problem(answer)}")
        return Outcome(task.line, "not_tried", task.jira_id, reason=problem(answer))
    outcome = _outcome(task, answer)
    record.ended(task.line, outcome.task_id, made=outcome.kind == "imported")
    return outcome


def _outcome(task: BacklogTask, answer: httpx.Response) -> Outcome:
    said = document(answer)
    task_id = str(said.get("task_id")) if said.get("task_id") else None
    if answer.status_code == httpx.codes.CREATED:
        kind: Kind = "already_there" if _made_before(task, answer) else "imported"
        return Outcome(task.line, kind, task.jira_id, task_id)
    if said.get("type") == TASK_EXISTS:
        return Outcome(task.line, "already_there", task.jira_id, task_id)
    return Outcome(task.line, "failed", task.jira_id, reason=problem(answer))


def _made_before(task: BacklogTask, answer: httpx.Response) -> bool:
    """By an earlier import. The answer to an earlier try of this one may have been lost.

    Only a row without an id has the key of earlier imports.
    """
    earlier_try = task.jira_id is not None or answer.extensions[TRIED_BEFORE]
    return bool(answer.headers.get(REPLAYED)) and not earlier_try
