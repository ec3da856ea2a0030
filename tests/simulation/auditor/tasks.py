"""Tasks and shuffles: who may complete, who may be drawn, what a press covers; in the order of commits."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation.auditor.accounts import AccountRules
from tests.simulation.auditor.rules import (
    CLOCKS_APART,
    COMPLETIONS_KNOWN,
    COVERED_AFTER,
    MANAGING_ROLES,
)
from tests.simulation.auditor.seen import Commit, Row, Watch

COUNTING = "ShuffleProgress"


@dataclass
class TaskBook:
    """`began`, `answered` (the creator got the answer) and `ended_at` are orders of effects.

    `born` and `ended` are the true times at which the creation began and the task ended; `ended_by_clock` is
    when it ended by the clock of the host, which may have stood still before the write.
    """

    title: str
    began: int
    born: datetime
    creator: str = ""
    assignee: str = ""
    status: str = "open"
    ended_at: int | None = None
    ended: datetime | None = None
    ended_by_clock: datetime | None = None
    answered: int | None = None
    assignments: "Counter[str]" = field(default_factory=Counter)

    @property
    def is_open(self) -> bool:
        return self.status == "open"


@dataclass
class Press:
    """`must` are the open tasks whose creation was answered before; all must be reassigned unless ended.

    A task being created at the press may be covered or not; so may one created or ended so close to it, from
    `began_at` to `time`, that two clocks may disagree about the order. `counted` is the time of counting.
    """

    began: int
    began_at: datetime
    at: int
    time: datetime
    must: frozenset[str]
    counted: datetime | None = None

    def may_cover(self, task: TaskBook) -> bool:
        near = COVERED_AFTER + CLOCKS_APART
        was_there = task.began <= self.at or task.born <= self.time + near
        was_open = task.ended is None or task.ended >= self.began_at - near
        return was_there and (was_open or (task.ended_at or 0) >= self.began)

    def has_to_count(self, task: TaskBook) -> bool:
        """For a task in `must`: it is open, or ended after the press and not long before the counting."""
        if task.ended is None or task.ended_by_clock is None:
            return True
        counted = self.counted or self.time
        ended_after = task.ended_by_clock > self.time + CLOCKS_APART
        return ended_after and counted < task.ended_by_clock + COMPLETIONS_KNOWN


@dataclass
class TaskRules:
    watch: Watch
    accounts: AccountRules
    tasks: dict[str, TaskBook] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    sources: dict[str, Row] = field(default_factory=dict)
    titles: "Counter[str]" = field(default_factory=Counter)
    restored_at: datetime | None = None

    def committed(self, commit: Commit) -> None:
        if commit.service != "tracking":
            return
        judges = {
            "Task.Created": self._created,
            "Task.Assigned": self._assigned,
            "Task.Completed": self._completed,
            "Task.Cancelled": self._cancelled,
            "Shuffle.Requested": self._pressed,
        }
        for event in commit.events:
            judges[event["event_name"]](event)
        for action in commit.actions:
            if getattr(getattr(action, "kind", None), "__name__", "") == COUNTING:
                self._counted(action)

    def _counted(self, action: Any) -> None:
        press = self.presses.get(action.key["shuffle_id"])
        if press is not None and "pages" in action.amounts:
            press.counted = self.watch.clock()

    def _created(self, event: Row) -> None:
        data = event["data"]
        self.watch.expect(data["task_id"] not in self.tasks, f"task {data['task_id']} is created twice")
        self.titles[data["title"]] += 1
        self.watch.expect(self.titles[data["title"]] == 1, f"{data['title']} is created twice")
        self.tasks[data["task_id"]] = self._book(data["title"])
        self.tasks[data["task_id"]].creator = data["created_by"]

    def _assigned(self, event: Row) -> None:
        data, expect = event["data"], self.watch.expect
        task = self._task(event)
        expect(task.is_open, f"task {data['task_id']} is assigned after its end")
        expect(
            self.accounts.was_eligible(data["assignee_id"], self.watch.began),
            f"task {data['task_id']} is assigned to {data['assignee_id']}, who is not eligible",
        )
        shuffle_id = data.get("shuffle_id", "")
        task.assignments[shuffle_id] += 1
        expect(
            task.assignments[shuffle_id] == 1,
            f"task {data['task_id']} is assigned twice by {shuffle_id or 'its creation'}",
        )
        if shuffle_id:
            press = self.presses.get(shuffle_id)
            covered = press is not None and press.may_cover(task)
            expect(covered, f"task {data['task_id']} is not covered by {shuffle_id}")
        task.assignee = data["assignee_id"]

    def _completed(self, event: Row) -> None:
        data, task = event["data"], self._task(event)
        self.watch.expect(task.is_open, f"task {data['task_id']} is completed, and was {task.status}")
        self.watch.expect(
            data["assignee_id"] == task.assignee,
            f"task {data['task_id']} of {task.assignee} is completed by {data['assignee_id']}",
        )
        self._end(task, "completed", event)

    def _cancelled(self, event: Row) -> None:
        data, task = event["data"], self._task(event)
        self.watch.expect(task.is_open, f"task {data['task_id']} is cancelled, and was {task.status}")
        self.watch.expect(
            data["cancelled_by"] == task.creator or self._manages(data["cancelled_by"]),
            f"task {data['task_id']} of {task.creator} is cancelled by {data['cancelled_by']}",
        )
        self._end(task, "cancelled", event)

    def _manages(self, account_id: str) -> bool:
        """According to tracking's replica."""
        return any(
            row["account_id"] == account_id and row["status"] == "active" and row["role"] in MANAGING_ROLES
            for row in self.watch.items("tracking", "accounts")
        )

    def _end(self, task: TaskBook, status: str, event: Row) -> None:
        task.ended_by_clock = datetime.fromisoformat(event["occurred_at"])
        task.status, task.ended_at, task.ended = status, self.watch.order, self.watch.clock()

    def _pressed(self, event: Row) -> None:
        began = self.watch.began
        answered = {task_id: task.answered for task_id, task in self.tasks.items() if task.is_open}
        must = frozenset(task_id for task_id, at in answered.items() if at is not None and at <= began)
        self.presses[event["data"]["shuffle_id"]] = Press(
            began, self.watch.began_at, self.watch.order, self.watch.clock(), must
        )

    def _task(self, event: Row) -> TaskBook:
        """The event's task; one that was never created is added, with a finding."""
        data = event["data"]
        if event["event_name"] in ("Task.Assigned", "Task.Completed"):
            self.sources[event["event_id"]] = event
        self.watch.expect(data["task_id"] in self.tasks, f"task {data['task_id']} was never created")
        return self.tasks.setdefault(data["task_id"], self._book(data["title"]))

    def _book(self, title: str) -> TaskBook:
        return TaskBook(title, self.watch.began, self.watch.began_at)

    def answered_created(self, task_id: str) -> None:
        self.watch.expect(task_id in self.tasks, f"task {task_id} was answered but does not exist")
        if (task := self.tasks.get(task_id)) is not None and task.answered is None:
            task.answered = self.watch.order

    def answered_completed(self, task_id: str, account_id: str) -> None:
        task = self.tasks[task_id]
        done = task.status == "completed"
        self.watch.expect(done, f"the completion of task {task_id} was answered but does not exist")
        self.watch.expect(
            task.assignee == account_id, f"{account_id} completed task {task_id} of {task.assignee}"
        )

    def answered_cancelled(self, task_id: str) -> None:
        gone = self.tasks[task_id].status == "cancelled"
        self.watch.expect(gone, f"the cancellation of task {task_id} was answered but does not exist")

    def answered_pressed(self, shuffle_id: str) -> None:
        self.watch.expect(shuffle_id in self.presses, f"press {shuffle_id} was answered but does not exist")

    def refused_with_nobody_eligible(self, what: str) -> None:
        self.watch.expect(
            self.accounts.nobody_was_eligible(self.watch.began),
            f"{what} was refused, though accounts are eligible",
        )

    def restored(self) -> None:
        self.restored_at = self.watch.clock()
        self.checkpoint()

    def checkpoint(self) -> None:
        """Check that rows match their events."""
        stored = {
            row["task_id"]: (row["assignee_id"], row["status"])
            for row in self.watch.items("tracking", "tasks")
        }
        seen = {task_id: (task.assignee, task.status) for task_id, task in self.tasks.items()}
        self.watch.expect(stored == seen, lambda: f"tasks are {stored}, their events say {seen}")
        still_open = {row["task_id"] for row in self.watch.items("tracking", "open_tasks")}
        wanted = {task_id for task_id, task in self.tasks.items() if task.is_open}
        self.watch.expect(still_open == wanted, lambda: f"open are {wanted}, open_tasks has {still_open}")

    def check_at_end(self) -> None:
        """At the end every press has reassigned all it covers, and its figures say so."""
        for shuffle_id, press in self.presses.items():
            self._finished(shuffle_id, press)

    def _forgotten(self, shuffle_id: str, press: Press) -> int:
        """For a press repeated after a restore: reassigned tasks that ended long before it counted."""
        if press.counted is None or self.restored_at is None:
            return 0
        return sum(
            task.assignments[shuffle_id]
            for task in self.tasks.values()
            if task.ended is not None and task.ended + COMPLETIONS_KNOWN < press.counted
        )

    def _check_row(self, shuffle_id: str, figures: tuple[int, int, int]) -> None:
        """The press's row has its end and final figures; after a restore the end may be missing."""
        (row,) = (row for row in self.watch.items("tracking", "shuffles") if row["shuffle_id"] == shuffle_id)
        if row.get("finished_at") is None:
            self.watch.expect(self.restored_at is not None, f"press {shuffle_id} has no end")
            return
        in_row = tuple(row[name] for name in ("total", "reassigned", "skipped"))
        self.watch.expect(
            in_row == figures, f"press {shuffle_id} has {in_row} in its row, {figures} in its progress"
        )

    def _finished(self, shuffle_id: str, press: Press) -> None:
        expect = self.watch.expect
        rows = [
            row for row in self.watch.items("tracking", "shuffle_progress") if row["shuffle_id"] == shuffle_id
        ]
        total, reassigned, skipped = (
            sum(row[name] for row in rows) for name in ("total", "reassigned", "skipped")
        )
        counted = bool(rows) and all(row["counting_done"] for row in rows)
        expect(counted and total == reassigned + skipped, f"press {shuffle_id} is not done: {rows}")
        self._check_row(shuffle_id, (total, reassigned, skipped))
        happened = sum(task.assignments[shuffle_id] for task in self.tasks.values())
        known = happened - self._forgotten(shuffle_id, press)
        expect(
            known <= reassigned <= happened,
            f"press {shuffle_id} says {reassigned}, {happened} were reassigned",
        )
        at_least = sum(press.has_to_count(self.tasks[task_id]) for task_id in press.must)
        at_most = sum(map(press.may_cover, self.tasks.values()))
        expect(
            at_least <= total <= at_most,
            f"press {shuffle_id} counts {total}, covers {at_least} to {at_most}",
        )
        for task_id in sorted(press.must):
            task = self.tasks[task_id]
            excused = not task.is_open or self.accounts.nobody_was_eligible(press.at)
            expect(
                task.assignments[shuffle_id] == 1 or excused, f"press {shuffle_id} left task {task_id} out"
            )
