"""People's commands over HTTP, from several threads, repeated as a client should repeat them.

Answered commands are recorded: each must take effect exactly once.
"""

import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.system.failures.repeat import GIVE_UP_SECONDS, REQUEST_SECONDS, repeated
from tests.system.product import Product, wait_for

THREADS = 3


@dataclass(frozen=True)
class Answered:
    """A command that was answered with 2xx; `subject` is the task's or the shuffle's id."""

    command: str
    subject: str


@dataclass
class Load:
    """Creates `tasks` tasks, completes every second one, and starts `shuffles` shuffles.

    It ends by itself; `finish` waits for the end and raises a thread's error.
    """

    product: Product
    tasks: int
    shuffles: int = 0
    answered: list[Answered] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    lost_answers: int = 0
    refused: int = 0
    _futures: "list[Future[None]]" = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> "Load":
        """Fetch tokens, then start the threads."""
        for account in self.product.local.accounts:
            self.product.token(account.email)
        pool = ThreadPoolExecutor(THREADS)
        name = uuid.uuid4().hex[:8]
        for number in range(self.tasks):
            self.titles.append(f"Load {name} {number}")
            self._futures.append(pool.submit(self._lifecycle, self.titles[-1], number % 2 == 1))
            if number < self.shuffles:
                self._futures.append(pool.submit(self._shuffle))
        pool.shutdown(wait=False)
        return self

    def await_answers(self, count: int) -> None:
        """Wait until this many commands are answered, so that what follows happens under load."""
        wait_for(lambda: len(self.answered) >= count or self.done, GIVE_UP_SECONDS, "no answers")

    @property
    def done(self) -> bool:
        return all(future.done() for future in self._futures)

    def finish(self) -> "Load":
        for future in self._futures:
            future.result(GIVE_UP_SECONDS + REQUEST_SECONDS)
        return self

    def stop(self) -> None:
        """After a failure: send no further command, and wait for the running ones."""
        for future in self._futures:
            future.cancel()
        wait(self._futures, GIVE_UP_SECONDS + REQUEST_SECONDS)

    def subjects(self, command: str) -> Sequence[str]:
        return [each.subject for each in self.answered if each.command == command]

    def _lifecycle(self, title: str, completes: bool) -> None:
        task = self._send("manager", "/tasks", {"title": title}, uuid.uuid4().hex)
        if task is None:
            return
        self._answered("create", task["task_id"])
        if completes:
            self._complete(task)

    def _complete(self, task: dict[str, Any]) -> None:
        """Complete as the assignee in the answer; after a shuffle that is rightly refused."""
        account_id = task["assignee"]["account_id"]
        who = next(each.email for each in self.product.local.accounts if each.account_id == account_id)
        if self._send(who, f"/tasks/{task['task_id']}/complete", None, None) is not None:
            self._answered("complete", task["task_id"])

    def _shuffle(self) -> None:
        made = self._send("manager", "/shuffles", {}, uuid.uuid4().hex)
        if made is not None:
            self._answered("shuffle", made["shuffle_id"])

    def _send(self, who: str, path: str, body: Any, key: str | None) -> dict[str, Any] | None:
        """The answer's document, or None if it was refused; fails if there is no answer in time."""
        answer, lost = repeated(self.product, who, "POST", "tracking", path, body, key)
        with self._lock:
            self.lost_answers += lost
        return self._read(answer, lost > 0)

    def _read(self, answer: httpx.Response, lost: bool) -> dict[str, Any] | None:
        """A 409 after a lost answer means that our own request took effect."""
        if answer.is_success or (lost and answer.status_code == 409):
            return dict(answer.json())
        with self._lock:
            self.refused += 1
        assert answer.status_code in (403, 409), f"{answer.status_code} {answer.text}"
        return None

    def _answered(self, command: str, subject: str) -> None:
        with self._lock:
            self.answered.append(Answered(command, subject))
