"""People and tasks for the measurements in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.in_memory import InMemory

TITLE = "Feed the parrot of room {number}"


@dataclass(frozen=True, slots=True)
class Company:
    """Account ids by role; all services know them."""

    product: InMemory
    admin: str
    manager: str
    accountant: str
    workers: Sequence[str]

    def create(self, number: int, by: str | None = None) -> dict[str, Any]:
        """A new task of the manager or a worker, not yet charged."""
        body = {"title": TITLE.format(number=f"{number:04d}"), "jira_id": f"POPUG-{number:04d}"}
        caller, role = (by, "worker") if by else (self.manager, "manager")
        task: dict[str, Any] = self.product.request("tracking.create_task", caller, role, body=body)
        return task

    def complete(self, task: dict[str, Any]) -> None:
        assignee = task["assignee"]["account_id"]
        self.product.request("tracking.complete_task", assignee, "worker", {"task_id": task["task_id"]})

    def lifecycles(self, first: int, count: int, at_once: int = 1) -> None:
        """Tasks created, charged, completed and rewarded, some of them at the same time.

        Alone, nothing else is on its way while a task is charged or rewarded.
        """
        go_on = self.product.work if at_once > 1 else self.product.settle
        for number in range(first, first + count, at_once):
            numbers = range(number, number + at_once)
            tasks = [self.create(each, self.workers[each % len(self.workers)]) for each in numbers]
            go_on()
            for task in tasks:
                self.complete(task)
            go_on()
        self.product.settle()


def founded(product: InMemory, workers: int) -> Company:
    def account(number: int, role: str) -> str:
        given = {"email": f"{role}{number}@ates.example", "name": f"Popug {number:03d}", "role": role}
        return str(product.invoke("auth.bootstrap_account", given)["account_id"])

    company = Company(
        product,
        account(0, "admin"),
        account(0, "manager"),
        account(0, "accountant"),
        [account(number, "worker") for number in range(1, workers + 1)],
    )
    product.settle()
    return company
