"""A company in which every use case has something to do."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.company import Company, founded
from benchmarks.in_memory import BEGIN, InMemory, Invocation, running
from functions.accounting.rows import Balance
from shared.clock import previous_day

WORKERS = 60
OPEN_TASKS = 60
LIFECYCLES = 12
TRIES = 50


@dataclass
class World:
    """A closed business day with payouts and reports, and an open one with open tasks."""

    company: Company
    yesterday: str
    worker: str = ""
    """Has entries on both days."""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    shuffle_id: str = ""
    invited: int = 0

    @property
    def product(self) -> InMemory:
        return self.company.product

    def paths(self) -> Mapping[str, str]:
        """A value for each parameter of a route."""
        return {
            "account_id": self.worker,
            "day": self.yesterday,
            "shuffle_id": self.shuffle_id,
            "task_id": self.tasks[0]["task_id"],
        }

    def begin(self) -> None:
        """What follows is measured."""
        self.product.begin()

    def measured(self, name: str) -> list[Invocation]:
        """The runs of a use case since `begin`."""
        return [each for each in self.product.invocations if each.name == name]

    def create(self) -> dict[str, Any]:
        self.tasks.append(self.company.create(len(self.tasks)))
        return self.tasks[-1]

    def cancel(self, task: Mapping[str, Any], caller: str, role: str) -> None:
        self.product.request("tracking.cancel_task", caller, role, {"task_id": task["task_id"]})
        self.tasks = [each for each in self.tasks if each["task_id"] != task["task_id"]]

    def complete(self) -> str:
        """Complete a task as its present assignee, whose id it returns."""
        path = {"task_id": self.tasks.pop()["task_id"]}
        task = self.product.request("tracking.get_task", self.company.manager, "manager", path)
        self.company.complete(task)
        return str(task["assignee"]["account_id"])

    def caller(self, role: str) -> str:
        people = self.company
        return {"admin": people.admin, "manager": people.manager, "accountant": people.accountant}.get(
            role, self.worker
        )

    def press(self) -> str:
        pressed = self.product.request("tracking.start_shuffle", self.company.manager, "manager")
        return str(pressed["shuffle_id"])

    def show_shuffle(self) -> object:
        path = {"shuffle_id": self.shuffle_id}
        return self.product.request("tracking.get_shuffle", self.company.manager, "manager", path)

    def change(self, account_id: str, **change: str) -> None:
        path = {"account_id": account_id}
        self.product.request("auth.change_account", self.company.admin, "admin", path, body=change)

    def invite(self) -> None:
        self.invited += 1
        body = {"email": f"new{self.invited}@ates.example", "name": "A new popug", "role": "worker"}
        self.product.request("auth.invite_account", self.company.admin, "admin", body=body)

    def feed(self, *names: str) -> None:
        """Relay everything, and let these consumers have what waits for them, once."""
        self.product.relay()
        self.product.consume(names)

    def feed_one(self, name: str) -> None:
        """One message of those that wait for this consumer."""
        self.product.relay()
        queue = self.product.queues[name]
        rest = [queue.pop() for _ in range(len(queue) - 1)]
        self.begin()
        self.product.consume([name])
        queue.extend(rest)

    def repeat(self, name: str) -> None:
        """Let a consumer have what waits for it, and then, measured, the same again."""
        self.product.relay()
        bodies = [message["body"] for message in self.product.queues[name]]
        self.product.consume([name])
        self.begin()
        for body in bodies:
            self.product.send(name, body)
        self.product.consume([name])

    def feed_only(self, name: str, account_id: str) -> None:
        """The messages about this account, in one batch; the rest waits."""
        queue = self.product.queues[name]
        rest = [each for each in queue if account_id not in each["body"]]
        about = [each for each in queue if account_id in each["body"]]
        queue.clear()
        queue.extend(about)
        self.begin()
        self.product.consume([name])
        queue.extend(rest)

    def tick_again(self, name: str) -> None:
        """A tick after one that left nothing to do."""
        self.product.tick(name)
        self.product.settle()
        self.begin()
        self.product.tick(name)

    def sweep_again(self, name: str) -> None:
        """The sweep of a journal a minute after one that left nothing to do."""
        self.product.tick(name)
        self.product.settle()
        self.product.instant += timedelta(minutes=1)
        self.begin()
        self.product.tick(name)

    def rewarded(self) -> str:
        """Create and complete tasks until an account has earned more than it was charged; returns its id."""
        for _ in range(TRIES):
            self.create()
            self.product.settle()
            assignee = self.complete()
            self.product.settle()
            balance = self.product.stores["accounting"].get(Balance, account_id=assignee)
            if balance is not None and balance.balance > 0:
                return assignee
        raise LookupError("nobody has earned anything")

    def close_account(self, account_id: str) -> None:
        """A message with this account alone."""
        job = {"account_ids": [account_id], "through": previous_day(self.product.instant.date().isoformat())}
        self.product.send("accounting.close_account", json.dumps({"correlation_id": "close", "job": job}))
        self.begin()
        self.product.consume(["accounting.close_account"])

    def next_day(self) -> None:
        """The next business day begins; everything of the last one is closed, paid out and mailed."""
        midnight = self.product.instant.replace(hour=0, minute=0, second=0, microsecond=0)
        self.product.instant = midnight + timedelta(days=1, minutes=6)

    def close(self) -> None:
        """What the schedules do after a day's end."""
        for name in ("accounting.close_days", "accounting.close_days", "notifications.queue_due_reports"):
            self.product.tick(name)
            self.product.settle()


@contextmanager
def built(begin: datetime = BEGIN) -> Iterator[World]:
    with running(begin) as product:
        company = founded(product, WORKERS)
        company.lifecycles(2000, LIFECYCLES, LIFECYCLES)
        world = World(company, product.instant.date().isoformat())
        world.next_day()
        world.close()
        for _ in range(OPEN_TASKS):
            world.create()
        product.settle()
        world.shuffle_id = world.press()
        product.settle()
        world.worker = _busy_worker(product)
        yield world


def _busy_worker(product: InMemory) -> str:
    """The account with the most entries, which are of both days."""
    balances = product.stores["accounting"].rows_of(Balance)
    return max(balances, key=lambda balance: (balance.last_entry_number, balance.account_id)).account_id
