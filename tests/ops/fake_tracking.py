"""A fake of tracking's API: one uncancelled task per claimed jira_id, one answer per Idempotency-Key."""

import json
import threading
from typing import Any

import httpx

CREATED_AT = "2999-01-01T00:00:00Z"


class Tracking:
    """`refuse` maps a jira_id or title to the answer that POST /tasks gives for it."""

    def __init__(self, together: int = 1, account_id: str = "m") -> None:
        self._together = threading.Barrier(together, timeout=10)
        self.account_id = account_id
        self.tasks: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, httpx.Response] = {}
        self.refuse: dict[str, httpx.Response] = {}
        self.away = False
        self.others_cancel = True
        self.lose: set[str] = set()
        """The titles of tasks that are made, while the first answer is lost."""
        self.lagging: set[str] = set()
        self.posts: list[dict[str, Any]] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/tasks":
            with self._lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            self._together.wait()
        with self._lock:
            return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            return httpx.Response(503)
        parts = request.url.path.strip("/").split("/")
        if request.method == "GET":
            return self._one(parts[1]) if len(parts) == 2 else self._found(request.url.params["q"])
        if parts[-1] == "cancel":
            return self._cancel(parts[1])
        self.at_once -= 1
        return self._create(request.headers["idempotency-key"], json.loads(request.content))

    def _one(self, task_id: str) -> httpx.Response:
        return httpx.Response(200 if task_id in self.tasks else 404, json=self.tasks.get(task_id, {}))

    def _found(self, jira_id: str) -> httpx.Response:
        found = [] if jira_id in self.lagging else self.of(jira_id)
        listed = [{name: value for name, value in each.items() if name != "description"} for each in found]
        return httpx.Response(200, json={"items": listed, "next_cursor": None})

    def _cancel(self, task_id: str) -> httpx.Response:
        if not self.others_cancel:
            return httpx.Response(403, json={"detail": "only its creator cancels a task"})
        if self.tasks[task_id]["status"] != "open":
            return httpx.Response(409, json={"detail": "the task is no longer open"})
        self.tasks[task_id]["status"] = "cancelled"
        return httpx.Response(200, json=self.tasks[task_id])

    def _create(self, key: str, body: dict[str, Any]) -> httpx.Response:
        self.posts.append(body)
        if refusal := self.refuse.get(body.get("jira_id", body["title"])):
            return refusal
        if key in self.answers:
            return httpx.Response(
                201, content=self.answers[key].content, headers={"idempotent-replayed": "true"}
            )
        first = [each for each in self.of(body.get("jira_id")) if each["status"] != "cancelled"]
        if body.get("unique") and first:
            problem = {
                "type": "urn:ates:problem:task-exists",
                "detail": "it is there",
                "task_id": first[0]["task_id"],
            }
            return httpx.Response(409, json=problem)
        self.answers[key] = httpx.Response(201, json=self.add(**body))
        if body["title"] in self.lose:
            self.lose.remove(body["title"])
            raise httpx.ReadTimeout("lost")
        return self.answers[key]

    def of(self, jira_id: str | None) -> list[dict[str, Any]]:
        return [] if jira_id is None else [each for each in self.tasks.values() if each["jira_id"] == jira_id]

    def add(
        self, title: str, jira_id: str | None = None, description: str | None = None, **_: Any
    ) -> dict[str, Any]:
        task_id = f"task-{len(self.tasks) + 1:05}"
        self.tasks[task_id] = {
            "task_id": task_id,
            "title": title,
            "jira_id": jira_id,
            "description": description,
            "status": "open",
            "created_by": {"account_id": self.account_id, "name": "Max"},
            "created_at": CREATED_AT,
        }
        return self.tasks[task_id]

    @property
    def open(self) -> list[str]:
        """The titles of the open tasks."""
        return [each["title"] for each in self.tasks.values() if each["status"] == "open"]
