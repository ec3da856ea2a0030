"""People's commands, repeated under one key until they are answered, as a client does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from functions.accounting import views
from functions.accounting.correct_entry import handler as correct_entry_spec
from functions.accounting.correct_entry import use_case as correct_entry
from functions.accounting.ledger import AccountingError, LedgerBroken, Started
from functions.accounting.rows import Entry
from functions.accounting.start_close import handler as start_close_spec
from functions.accounting.start_close import use_case as start_close
from functions.auth.change_account import handler as change_account_spec
from functions.auth.change_account import use_case as change_account
from functions.auth.domain import AuthError, Change, IdentityProviderDown, NewAccount
from functions.auth.invite_account import handler as invite_account_spec
from functions.auth.invite_account import use_case as invite_account
from functions.auth.invite_again import handler as invite_again_spec
from functions.auth.invite_again import use_case as invite_again
from functions.tracking.cancel_task import handler as cancel_task_spec
from functions.tracking.cancel_task import use_case as cancel_task
from functions.tracking.complete_task import use_case as complete_task
from functions.tracking.create_task import use_case as create_task
from functions.tracking.domain import NewTask, NobodyEligible, TrackingError
from functions.tracking.start_shuffle import handler as start_shuffle_spec
from functions.tracking.start_shuffle import use_case as start_shuffle
from shared.authority import Authority, AuthorityNotConfirmed
from shared.clock import business_day, next_day
from shared.days import DayRange
from shared.idempotency import Answer, IdempotencyKey, Once, Remember, key_for
from shared.messages import NotSent
from shared.spec import Route, UseCase
from shared.store import StoreError
from tests.simulation.auditor.seen import as_row
from tests.simulation.kernel import Process
from tests.simulation.outside import REFUSED
from tests.simulation.tokens import Tokens

if TYPE_CHECKING:
    from tests.simulation.world import World

ROLES = ("worker", "worker", "worker", "accountant", "manager", "admin")
FOUNDERS = ("admin", "manager", "accountant", "worker", "worker", "worker")
FIRST_DAY = "2026-10-23"
"""No run has entries of an earlier day."""

GIVES_UP = 0.1
PRESSES_AT_ONCE = 0.15
CHANGES_WHO_ACTS = 0.4
LOST_ROLE = 0.3
"""The share of dangerous commands whose caller has a token older than their role."""

TROUBLE = (StoreError, NotSent, IdentityProviderDown, LedgerBroken, AuthorityNotConfirmed)
"""Errors after which a client repeats a command."""

REFUSALS = (*TROUBLE, TrackingError, AccountingError, AuthError)

Done = Callable[[str], None]


def confirmed_roles(trigger: Route) -> tuple[str, ...]:
    """The roles that need confirmation on this route."""
    return trigger.over_others or trigger.roles


@dataclass(frozen=True)
class Caller:
    """The caller of a dangerous command: needs a token with one of the roles, and a matching row."""

    account_id: str
    trigger: Route

    @property
    def roles(self) -> tuple[str, ...]:
        return confirmed_roles(self.trigger)

    def authority(self) -> Authority:
        if self.trigger.confirmed_by is None:
            raise RuntimeError(f"{self.trigger.path} needs no confirmation")
        return Authority(self.trigger.confirmed_by, self.account_id, self.roles)


@dataclass(eq=False)
class Command:
    """`work` returns the answer's text, `done` is called with it; `open` until the caller has an answer."""

    name: str
    work: Callable[[], str]
    done: Done = lambda _answer: None
    caller: Caller | None = None
    open: bool = True


@dataclass
class People:
    """Draws commands, and repeats them until they are answered."""

    world: "World"
    tokens: Tokens
    commands: list[Command] = field(default_factory=list)
    count: int = 0
    has_created: bool = False
    at_work: list[tuple[Process, Caller]] = field(default_factory=list)

    def draw(self) -> Command:
        """A new command; its subject is drawn from what exists."""
        draws: list[tuple[int, Callable[[], Command | None]]] = [
            (40, self._create),
            (34, self._complete),
            (6, self._cancel),
            (12, self._shuffle),
            (6, self._change),
            (3, self._invite),
            (2, self._invite_again),
            (5, self._correct),
            (4, self._close),
            (6, self._look),
        ]
        (chosen,) = self.world.randomness.choices(
            [draw for _, draw in draws], [weight for weight, _ in draws]
        )
        command = chosen() or self._create()
        self.commands.append(command)
        return command

    def begin(self, command: Command) -> Process:
        process = self.world.begin(command.name, lambda: self._perform(command))
        self.at_work = [each for each in self.at_work if each[0] in self.world.kernel.processes]
        self.at_work += [(process, command.caller)] if command.caller else []
        return process

    def about_to_write(self, service: str) -> list[str]:
        """The callers whose dangerous command is confirmed and about to write."""
        return [
            caller.account_id
            for process, caller in self.at_work
            if process in self.world.kernel.processes and process.next_effect.startswith(f"{service}: write")
        ]

    def demotion(self, account_id: str) -> Command | None:
        """A demotion by another admin, if there is one."""
        trigger = cast(Route, change_account_spec.SPEC.trigger)
        present, _ = self.tokens.holders(trigger.roles)
        others = [each for each in present if each != account_id]
        if not others:
            return None
        caller = Caller(self.world.randomness.choice(others), trigger)
        self.commands.append(command := self._changing(account_id, Change(role="worker"), caller))
        return command

    def first_invitations(self) -> list[Command]:
        """The invitations of the first accounts."""
        return [self._invitation(role, f"founder-{n}") for n, role in enumerate(FOUNDERS)]

    def unanswered(self) -> list[Command]:
        self.commands = [command for command in self.commands if command.open]
        return self.commands

    def give_up(self, service: str) -> None:
        """Repeat no command to a service that may have lost its key."""
        for command in self.commands:
            if command.name.startswith(f"{service}."):
                command.open = False

    def _perform(self, command: Command) -> None:
        world, caller = self.world, command.caller
        if caller is not None:
            if not self.tokens.allows(caller.account_id, caller.roles):
                command.open = False
                return
            world.auditor.authority.calls(caller.account_id, caller.roles)
        try:
            answer = command.work()
        except REFUSALS as error:
            world.note(f"{command.name}: {error!r}")
            if isinstance(error, NobodyEligible):
                world.auditor.tasks.refused_with_nobody_eligible(command.name)
            trouble = isinstance(error, TROUBLE)
            command.open = command.open and trouble and world.randomness.random() >= GIVES_UP
            return
        world.kernel.effect("answer")
        if not world.faults.strikes("answer_lost"):
            command.open = False
            command.done(answer)

    def _once(
        self,
        service: str,
        name: str,
        account_id: str,
        run: Callable[[Remember[Any]], Any],
        text: Callable[[Any], str],
        caller: Caller | None = None,
    ) -> Callable[[], str]:
        """The command under a key of its own."""
        self.count += 1
        key: IdempotencyKey = key_for(account_id, name, f"key-{self.count}", None)
        world = self.world

        def work() -> str:
            store = world.stores[service]

            def answer(made: Any) -> Answer:
                return Answer(200, text(made))

            once = Once(200, world.clock(), key, caller.authority() if caller else None)
            return once(store, run, answer).body

        return work

    def _caller(self, spec: UseCase) -> Caller | None:
        """An account with an accepted token; sometimes one that has lost the role since."""
        trigger = cast(Route, spec.trigger)
        present, former = self.tokens.holders(confirmed_roles(trigger))
        draw = self.world.randomness
        holders = former if former and draw.random() < LOST_ROLE else present or former
        return Caller(draw.choice(holders), trigger) if holders else None

    def _somebody(self) -> str:
        return self.world.randomness.choice(list(self.world.auditor.accounts.states))

    def _create(self) -> Command:
        world, title, creator = self.world, f"task {self.count}", self._somebody()
        jira_id = f"POPUG-{self.count}" if self.count % 2 else None

        def run(remember: Remember[Any]) -> Any:
            store, context = world.stores["tracking"], world.context(title)
            return create_task.create_task(NewTask(title, jira_id), creator, store, context, remember)

        work = self._once("tracking", "create", creator, run, lambda made: str(made.task.task_id))
        return Command("tracking.create_task", work, self._created)

    def _created(self, task_id: str) -> None:
        self.world.auditor.tasks.answered_created(task_id)
        self.has_created = True

    def press(self) -> Command | None:
        command = self._shuffle()
        self.commands += [command] if command else []
        return command

    def press_at_once(self) -> Command | None:
        """A press just after a task was created, on a host whose clock may be behind."""
        self.has_created = False
        return self.press() if self.world.randomness.random() < PRESSES_AT_ONCE else None

    def _task(self) -> str | None:
        """Mostly an open one."""
        tasks = self.world.auditor.tasks.tasks
        some = [task_id for task_id, task in tasks.items() if task.is_open] or list(tasks)
        return self.world.randomness.choice(some) if some else None

    def _cancel(self) -> Command | None:
        """By the creator, by a manager or admin, or by anybody else, who is refused."""
        world, task_id = self.world, self._task()
        if task_id is None:
            return None
        creator = world.auditor.tasks.tasks[task_id].creator
        caller = self._caller(cancel_task_spec.SPEC) if world.randomness.random() < 0.5 else None
        if caller is not None and caller.account_id == creator:
            caller = None
        account_id = creator if world.randomness.random() < 0.8 else self._somebody()
        by = cancel_task.Canceller(account_id)
        if caller is not None:
            by = cancel_task.Canceller(caller.account_id, caller.authority())

        def run(remember: Remember[Any]) -> Any:
            store, context = world.stores["tracking"], world.context(task_id)
            return cancel_task.cancel_task(task_id, by, store, context, remember)

        def done(_answer: str) -> None:
            world.auditor.tasks.answered_cancelled(task_id)

        work = self._once("tracking", f"cancel {task_id}", by.account_id, run, lambda _: "")
        return Command("tracking.cancel_task", work, done, caller)

    def _complete(self) -> Command | None:
        """Mostly by the assignee."""
        world, tasks, task_id = self.world, self.world.auditor.tasks.tasks, self._task()
        if task_id is None:
            return None
        account_id = tasks[task_id].assignee if world.randomness.random() < 0.9 else self._somebody()

        def run(remember: Remember[Any]) -> Any:
            store, context = world.stores["tracking"], world.context(task_id)
            return complete_task.complete_task(task_id, account_id, store, context, remember)

        def done(_answer: str) -> None:
            world.auditor.tasks.answered_completed(task_id, account_id)

        return Command(
            "tracking.complete_task", self._once("tracking", task_id, account_id, run, lambda _: ""), done
        )

    def _shuffle(self) -> Command | None:
        world, caller = self.world, self._caller(start_shuffle_spec.SPEC)
        if caller is None:
            return None
        account_id = caller.account_id

        def run(remember: Remember[Any]) -> Any:
            store, context = world.stores["tracking"], world.context("shuffle")
            return start_shuffle.start_shuffle(account_id, store, context, remember)

        work = self._once("tracking", "shuffle", account_id, run, lambda made: str(made.shuffle_id), caller)
        return Command("tracking.start_shuffle", work, world.auditor.tasks.answered_pressed, caller)

    def _change(self) -> Command | None:
        """Often of an account with an open dangerous command."""
        world, account_id = self.world, self._somebody()
        if (acting := self._acting()) and world.randomness.random() < CHANGES_WHO_ACTS:
            account_id = world.randomness.choice(acting)
        caller = self._caller(change_account_spec.SPEC)
        if caller is None:
            return None
        draw = world.randomness
        change = draw.choice(
            [
                Change(role=draw.choice(ROLES)),
                Change(status="deactivated"),
                Change(status="active"),
                Change(name=f"Name {self.count}", role=draw.choice(ROLES)),
            ]
        )
        return self._changing(account_id, change, caller)

    def _changing(self, account_id: str, change: Change, caller: Caller) -> Command:
        world = self.world

        def run(remember: Remember[Any]) -> Any:
            store, context, pool = world.stores["auth"], world.context("change"), world.user_pool
            return change_account.change_account(account_id, change, store, context, pool, remember)

        work = self._once("auth", "change", caller.account_id, run, lambda made: str(made.account_id), caller)
        return Command("auth.change_account", work, caller=caller)

    def _acting(self) -> list[str]:
        return [each.caller.account_id for each in self.unanswered() if each.caller]

    def _invite(self) -> Command | None:
        caller = self._caller(invite_account_spec.SPEC)
        if caller is None:
            return None
        role = self.world.randomness.choice(ROLES)
        kind = REFUSED if self.world.randomness.random() < 0.3 else "popug"
        return self._invitation(role, f"{kind}-{self.count}", caller)

    def _invitation(self, role: str, name: str, caller: Caller | None = None) -> Command:
        """Without a caller, by the deployment."""
        world, new = self.world, NewAccount(f"{name}@ates.example", name, role)

        def run(remember: Remember[Any]) -> Any:
            store, context = world.stores["auth"], world.context(name)
            return invite_account.invite_account(new, store, context, world.user_pool, remember)

        inviter = caller.account_id if caller else "bootstrap"
        work = self._once("auth", "invite", inviter, run, lambda made: str(made.account_id), caller)
        return Command("auth.invite_account", work, caller=caller)

    def _invite_again(self) -> Command | None:
        caller = self._caller(invite_again_spec.SPEC)
        if caller is None:
            return None
        world, account_id = self.world, self._somebody()

        def run(remember: Remember[Any]) -> Any:
            store, context, pool = world.stores["auth"], world.context("invite again"), world.user_pool
            return invite_again.invite_again(account_id, store, context, pool, remember)

        work = self._once(
            "auth", "invite again", caller.account_id, run, lambda made: str(made.account_id), caller
        )
        return Command("auth.invite_again", work, caller=caller)

    def _correct(self) -> Command | None:
        world = self.world
        entries = [
            entry
            for book in world.auditor.ledger.books.values()
            for entry in book.entries
            if entry["kind"] in ("assignment_fee", "completion_reward")
        ]
        caller = self._caller(correct_entry_spec.SPEC)
        if not entries or caller is None:
            return None
        wrong, admin = world.randomness.choice(entries), caller.account_id
        asked = correct_entry.Correction(wrong["account_id"], wrong["entry_id"], admin, "wrong")

        def run(remember: Remember[Entry]) -> Entry:
            store, context = world.stores["accounting"], world.context("correct")
            return correct_entry.correct_entry(asked, store, context, world.zone, remember)

        def done(_answer: str) -> None:
            world.auditor.ledger.answered_correction(asked.entry_id)

        work = self._once("accounting", "correct", admin, run, lambda made: str(made.entry_id), caller)
        return Command("accounting.correct_entry", work, done, caller)

    def _close(self) -> Command | None:
        world, caller = self.world, self._caller(start_close_spec.SPEC)
        if caller is None:
            return None
        account_id = caller.account_id

        def run(remember: Remember[Started]) -> Started:
            store, context = world.stores["accounting"], world.context("close")
            waiting = world.waiting_task_events
            return start_close.start_close(account_id, store, context, waiting, world.zone, remember)

        work = self._once("accounting", "close", account_id, run, lambda _: "", caller)
        return Command("accounting.start_close", work, caller=caller)

    def _look(self) -> Command:
        """Somebody reads the sums of their days; only what they see is checked."""
        world, account_id = self.world, self._somebody()
        ledger, damaged = world.auditor.ledger, world.auditor.watch.damaged

        def work() -> str:
            known, was_whole = len(ledger.book(account_id).entries), "accounting" not in damaged
            today = business_day(world.time(), world.zone)
            asked = DayRange(FIRST_DAY, next_day(today))
            days = views.days_of(account_id, asked, world.stores["accounting"])
            if was_whole and "accounting" not in damaged:
                ledger.saw_days(account_id, {day.business_day: as_row(day) for day in days}, known)
            return ""

        return Command("accounting.list_my_days", work)
