"""The demo's week: an import, completions, shuffles, a cancellation, a correction, payouts and reports."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from functions.accounting.correct_entry.handler import SPEC as CORRECT
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import ASSIGNMENT_FEE
from functions.accounting.rows import Balance, Entry
from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.change_account.handler import SPEC as CHANGE
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import AddressTaken, Change, NewAccount
from functions.auth.invite_account.handler import SPEC as INVITE
from functions.auth.invite_account.use_case import invite_account
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.create_task.use_case import create_task
from functions.tracking.rows import Task
from functions.tracking.start_shuffle.handler import SPEC as SHUFFLE
from functions.tracking.start_shuffle.use_case import start_shuffle
from ops.local.demo.company import Company
from ops.local.demo.people import INVITED, JOINING, LEAVING, Person
from ops.local.demo.tasks import TASKS
from ops.local.demo_accounts import DemoPerson
from shared.authority import Authority
from shared.clock import business_day, day_end, previous_day
from shared.idempotency import Remember, forget
from shared.spec import Route, UseCase
from shared.store import Add, Store, Value

PAST_DAYS = 7
IMPORTED = 24
NEW_ON_A_DAY = 4
NEW_TODAY = 6
SHARE_COMPLETED = 0.65
SHARE_COMPLETED_TODAY = 0.3
SHUFFLES_ON = (1, 3, 4, 6)
CANCELLATION_ON = 2
CORRECTION_ON = 3
LEAVING_ON = 4
"""Numbers of days, starting at 0."""

MORNING, NOON, AFTERNOON, EVENING = (timedelta(hours=hour) for hour in (9, 13, 14, 18))
CLOSES_AFTER = timedelta(minutes=6)
REASON = "The task was a duplicate, so the fee is returned."
FEES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of a day, over which events are spread evenly."""

    begin: datetime
    end: datetime

    def instants(self, count: int) -> Iterator[datetime]:
        step = (self.end - self.begin) / (count + 1)
        return (self.begin + step * number for number in range(1, count + 1))


@dataclass
class Week:
    """Plays the past days and today in order; `people` grows as people join."""

    company: Company
    people: list[Person]
    now: datetime
    say: Callable[[str], None]
    joined: dict[str, str] = field(default_factory=dict)
    """The account_id of those who joined, by e-mail address."""
    task_ids: list[str] = field(default_factory=list)
    completed: int = 0
    shuffles: int = 0
    idle: str = ""
    """Completes nothing, and so gets into the minus."""

    def play(self) -> None:
        """Raises a use case's error; what was done before stays consistent."""
        today = business_day(self.now, self.company.zone)
        days = past_days(today)
        for number, day in enumerate(days):
            self.say(f"{day}, day {number + 1} of {len(days)} before today")
            self._past_day(number, day_end(previous_day(day), self.company.zone))
            self._close(day)
        self.say(f"{today}, today")
        self._today(day_end(previous_day(today), self.company.zone))

    def _past_day(self, number: int, midnight: datetime) -> None:
        if number == 0:
            self._first_morning(midnight + MORNING)
        self._create(Hours(midnight + MORNING, midnight + NOON), NEW_ON_A_DAY)
        if number in SHUFFLES_ON:
            self._shuffle(midnight + NOON)
        self._complete(Hours(midnight + AFTERNOON, midnight + EVENING), SHARE_COMPLETED)
        if number == CANCELLATION_ON:
            self._cancel(midnight + EVENING)
        if number == CORRECTION_ON:
            self._correct(midnight + EVENING)
        if number == LEAVING_ON:
            self._leave(midnight + EVENING)

    def _first_morning(self, at: datetime) -> None:
        """People join; the backlog is imported."""
        self._at(at - timedelta(minutes=30))
        for demo in (*JOINING, LEAVING):
            self._join(demo)
        self._create(Hours(at - timedelta(minutes=20), at), IMPORTED, [self._one("manager").account_id])
        self.idle = self._busiest_worker()

    def _today(self, midnight: datetime) -> None:
        """What has happened today so far."""
        hours = Hours(self.now - (self.now - midnight) * 0.6, self.now - timedelta(minutes=2))
        half = hours.begin + (hours.end - hours.begin) / 2
        self._create(Hours(hours.begin, half), NEW_TODAY)
        self._complete(Hours(half, hours.end), SHARE_COMPLETED_TODAY)
        self._invite()

    def _close(self, day: str) -> None:
        """As the schedule does; a day that has only just ended is left to the real schedule."""
        at = day_end(day, self.company.zone) + CLOSES_AFTER
        if at < self.now:
            self.company.instant = at
            self.company.close_day()

    def _at(self, instant: datetime) -> None:
        self.company.instant = max(self.company.instant, instant)

    def _join(self, demo: DemoPerson) -> None:
        new = NewAccount(demo.email, demo.name, demo.role)
        account = bootstrap_account(
            new, self.company.stores["auth"], self.company.context(), self.company.user_pool
        )
        self.company.settle()
        self.joined[demo.email] = account.account_id
        if account.status == "active":
            self.people.append(Person(account.account_id, demo.role))

    def _invite(self) -> None:
        """The last step of the week, because from then on the invited person may be drawn."""
        new = NewAccount(INVITED.email, INVITED.name, INVITED.role)
        store, pool = self.company.stores["auth"], self.company.user_pool
        with suppress(AddressTaken):
            invite_account(new, store, self.company.context(), pool, self._confirmed("admin", INVITE, store))
        self.company.settle()

    def _leave(self, at: datetime) -> None:
        self._at(at)
        store, account_id = self.company.stores["auth"], self.joined[LEAVING.email]
        change, pool = Change(status="deactivated"), self.company.user_pool
        confirmed = self._confirmed("admin", CHANGE, store)
        change_account(account_id, change, store, self.company.context(), pool, confirmed)
        self.company.settle()
        self.people = [person for person in self.people if person.account_id != account_id]

    def _create(self, hours: Hours, count: int, creators: Sequence[str] = ()) -> None:
        """Created by anybody, or by one of `creators`."""
        anybody = creators or [person.account_id for person in self.people]
        for instant in hours.instants(count):
            self._at(instant)
            content = TASKS[len(self.task_ids) % len(TASKS)]
            creator = self.company.randomness.choice(anybody)
            created = create_task(content, creator, self.company.stores["tracking"], self.company.context())
            self.task_ids.append(created.task.task_id)
            self.company.settle()

    def _complete(self, hours: Hours, share: float) -> None:
        """A share of the open tasks of this week's people."""
        busy = {person.account_id for person in self.people} - {self.idle}
        tasks = [task for task in self._open_tasks() if task.assignee_id in busy]
        chosen = self.company.randomness.sample(tasks, round(len(tasks) * share))
        for task, instant in zip(chosen, hours.instants(len(chosen)), strict=True):
            self._at(instant)
            complete_task(
                task.task_id, task.assignee_id, self.company.stores["tracking"], self.company.context()
            )
            self.company.settle()
            self.completed += 1

    def _shuffle(self, at: datetime) -> None:
        self._at(at)
        store, presser = self.company.stores["tracking"], self._one("manager").account_id
        start_shuffle(presser, store, self.company.context(), self._confirmed("manager", SHUFFLE, store))
        self.company.settle()
        self.shuffles += 1

    def _cancel(self, at: datetime) -> None:
        """The oldest open task, by its creator."""
        self._at(at)
        for task in [task for task in self._open_tasks() if task.created_by][:1]:
            canceller = Canceller(str(task.created_by))
            cancel_task(task.task_id, canceller, self.company.stores["tracking"], self.company.context())
        self.company.settle()

    def _correct(self, at: datetime) -> None:
        """An admin corrects the latest fee of the account in the minus."""
        self._at(at)
        store, admin = self.company.stores["accounting"], self._one("admin").account_id
        entries = store.query(Entry, self.idle, limit=FEES_LOOKED_AT, newest_first=True)
        for wrong in [entry for entry in entries if entry.kind == ASSIGNMENT_FEE][:1]:
            command = Correction(self.idle, wrong.entry_id, admin, REASON)
            confirmed = self._confirmed("admin", CORRECT, store)
            correct_entry(command, store, self.company.context(), self.company.zone, confirmed)
        self.company.settle()

    def _confirmed(self, role: str, spec: UseCase, store: Store) -> Remember[Any]:
        """The check that the caller, the first person of this role, may still run a dangerous command."""
        trigger, account_id = cast(Route, spec.trigger), self._one(role).account_id
        if trigger.confirmed_by is None:
            return forget
        authority = Authority(trigger.confirmed_by, account_id, trigger.roles)
        return lambda _made: authority.confirm(store)

    def _open_tasks(self) -> list[Task]:
        """In order of creation, so that the same seed chooses the same tasks."""
        keys = [{"task_id": task_id} for task_id in self.task_ids]
        found = self.company.stores["tracking"].get_many(Task, keys)
        return sorted((task for task in found if task.status == "open"), key=lambda task: task.task_id)

    def _busiest_worker(self) -> str:
        """The worker with most open tasks, of those who stay."""
        workers = {person.account_id for person in self.people if person.role == "worker"}
        workers.discard(self.joined[LEAVING.email])
        loads = Counter(task.assignee_id for task in self._open_tasks() if task.assignee_id in workers)
        return loads.most_common(1)[0][0] if loads else min(workers)

    def _one(self, role: str) -> Person:
        return next(person for person in self.people if person.role == role)


def past_days(today: str) -> list[str]:
    """The business days of the week, oldest first."""
    days = [today]
    while len(days) <= PAST_DAYS:
        days.append(previous_day(days[-1]))
    return days[:0:-1]


def open_since(store: Store, account_ids: Sequence[str], day: str) -> None:
    """Accounts without entries count as having existed on this day already.

    Otherwise their past days would be closed, and what happens on those days would count as of today.
    """
    for account_id in account_ids:
        balance = store.get(Balance, account_id=account_id)
        if balance is None or balance.last_entry_number or balance.closed_through < day:
            continue
        expected: dict[str, Value] = {"last_entry_number": 0, "closed_through": balance.closed_through}
        through = {"closed_through": previous_day(day)}
        store.transact([Add(Balance, {"account_id": account_id}, values=through, expected=expected)])
