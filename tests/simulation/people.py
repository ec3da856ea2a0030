"""People at work: commands that are repeated until they are answered, as a client does, under one key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.accounting.correct_entry import use_case as correct_entry
from functions.accounting.domain import AccountingError, Entry, LedgerBroken, Started
from functions.accounting.start_close import use_case as start_close
from functions.auth.change_account import use_case as change_account
from functions.auth.domain import AuthError, Change, IdentityProviderDown, NewAccount
from functions.auth.invite_account import use_case as invite_account
from functions.tracking.complete_task import use_case as complete_task
from functions.tracking.create_task import use_case as create_task
from functions.tracking.domain import NewTask, NobodyEligible, TrackingError
from functions.tracking.start_shuffle import use_case as start_shuffle
from shared.idempotency import Answer, IdempotencyKey, Remember, answer_once, key_for
from shared.messages import NotSent
from shared.store import StoreError
from tests.simulation.outside import REFUSED

if TYPE_CHECKING:
    from tests.simulation.world import World

ROLES = ("worker", "worker", "worker", "accountant", "manager", "admin")
FOUNDERS = ("admin", "manager", "accountant", "worker", "worker", "worker")
GIVES_UP = 0.1

Done = Callable[[str], None]


@dataclass(eq=False)
class Command:
    """`work` gives the answer's text, `done` is told of it; `open` until somebody has an answer."""

    name: str
    work: Callable[[], str]
    done: Done = lambda _answer: None
    open: bool = True


@dataclass
class People:
    """Draws commands, and sees them through."""

    world: "World"
    commands: list[Command] = field(default_factory=list)
    count: int = 0

    def draw(self) -> Command:
        """Something new that somebody wants; what it can be about depends on what there is."""
        draws: list[tuple[int, Callable[[], Command | None]]] = [
            (40, self._create),
            (34, self._complete),
            (12, self._shuffle),
            (6, self._change),
            (3, self._invite),
            (5, self._correct),
            (4, self._close),
        ]
        (chosen,) = self.world.randomness.choices(
            [draw for _, draw in draws], [weight for weight, _ in draws]
        )
        command = chosen() or self._create()
        self.commands.append(command)
        return command

    def begin(self, command: Command) -> None:
        self.world.begin(command.name, lambda: self._perform(command))

    def found(self) -> list[Command]:
        """The first accounts."""
        return [self._invitation(role, f"founder-{n}") for n, role in enumerate(FOUNDERS)]

    def unanswered(self) -> list[Command]:
        self.commands = [command for command in self.commands if command.open]
        return self.commands

    def give_up(self, service: str) -> None:
        """What a service was asked under a key that it may have forgotten is not asked again."""
        for command in self.commands:
            if command.name.startswith(f"{service}."):
                command.open = False

    def _perform(self, command: Command) -> None:
        world = self.world
        try:
            answer = command.work()
        except (NobodyEligible, TrackingError, AccountingError, AuthError, StoreError, NotSent) as error:
            world.note(f"{command.name}: {error!r}")
            if isinstance(error, NobodyEligible):
                world.auditor.tasks.refused_for_want_of_people(command.name)
            trouble = isinstance(error, StoreError | NotSent | IdentityProviderDown | LedgerBroken)
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
    ) -> Callable[[], str]:
        """The command under a key of its own."""
        self.count += 1
        key: IdempotencyKey = key_for(account_id, name, f"key-{self.count}", None)
        world = self.world

        def work() -> str:
            stores = world.stores[service]
            return answer_once(stores, key, world.clock(), run, lambda made: Answer(200, text(made))).body

        return work

    def _somebody(self) -> str:
        return self.world.randomness.choice(list(self.world.auditor.accounts.states))

    def _create(self) -> Command:
        world, title, creator = self.world, f"task {self.count}", self._somebody()
        jira_id = f"POPUG-{self.count}" if self.count % 2 else None

        def run(remember: Remember[Any]) -> Any:
            store, scope = world.stores["tracking"], world.scope(title)
            return create_task.create_task(NewTask(title, jira_id), creator, store, scope, remember)

        work = self._once("tracking", "create", creator, run, lambda made: str(made.task.task_id))
        return Command("tracking.create_task", work, world.auditor.tasks.answered_created)

    def _complete(self) -> Command | None:
        """Mostly by the assignee, of a task that is mostly open."""
        world, tasks = self.world, self.world.auditor.tasks.tasks
        some = [task_id for task_id, task in tasks.items() if task.is_open] or list(tasks)
        if not some:
            return None
        task_id = world.randomness.choice(some)
        account_id = tasks[task_id].assignee if world.randomness.random() < 0.9 else self._somebody()

        def run(remember: Remember[Any]) -> Any:
            store, scope = world.stores["tracking"], world.scope(task_id)
            return complete_task.complete_task(task_id, account_id, store, scope, remember)

        def done(_answer: str) -> None:
            world.auditor.tasks.answered_completed(task_id, account_id)

        return Command(
            "tracking.complete_task", self._once("tracking", task_id, account_id, run, lambda _: ""), done
        )

    def _shuffle(self) -> Command:
        world, account_id = self.world, self._somebody()

        def run(remember: Remember[Any]) -> Any:
            store, scope = world.stores["tracking"], world.scope("shuffle")
            return start_shuffle.start_shuffle(account_id, store, scope, remember)

        work = self._once("tracking", "shuffle", account_id, run, lambda made: str(made.shuffle_id))
        return Command("tracking.start_shuffle", work, world.auditor.tasks.answered_pressed)

    def _change(self) -> Command:
        world, account_id = self.world, self._somebody()
        draw = world.randomness
        change = draw.choice(
            [
                Change(role=draw.choice(ROLES)),
                Change(status="deactivated"),
                Change(status="active"),
                Change(name=f"Name {self.count}", role=draw.choice(ROLES)),
            ]
        )
        self.count += 1

        def work() -> str:
            store, scope = world.stores["auth"], world.scope("change")
            return change_account.change_account(account_id, change, store, scope, world.user_pool).account_id

        return Command("auth.change_account", work)

    def _invite(self) -> Command:
        role = self.world.randomness.choice(ROLES)
        kind = REFUSED if self.world.randomness.random() < 0.3 else "popug"
        return self._invitation(role, f"{kind}-{self.count}")

    def _invitation(self, role: str, name: str) -> Command:
        world, new = self.world, NewAccount(f"{name}@ates.example", name, role)

        def run(remember: Remember[Any]) -> Any:
            store, scope = world.stores["auth"], world.scope(name)
            return invite_account.invite_account(new, store, scope, world.user_pool, remember)

        return Command(
            "auth.invite_account",
            self._once("auth", "invite", "admin", run, lambda made: str(made.account_id)),
        )

    def _correct(self) -> Command | None:
        world = self.world
        entries = [
            entry
            for book in world.auditor.ledger.books.values()
            for entry in book.entries
            if entry["kind"] in ("assignment_fee", "completion_reward")
        ]
        if not entries:
            return None
        wrong, admin = world.randomness.choice(entries), self._somebody()
        asked = correct_entry.Correction(wrong["account_id"], wrong["entry_id"], admin, "wrong")

        def run(remember: Remember[Entry]) -> Entry:
            store, scope = world.stores["accounting"], world.scope("correct")
            return correct_entry.correct_entry(asked, store, scope, world.zone, remember)

        def done(_answer: str) -> None:
            world.auditor.ledger.answered_correction(asked.entry_id)

        work = self._once("accounting", "correct", admin, run, lambda made: str(made.entry_id))
        return Command("accounting.correct_entry", work, done)

    def _close(self) -> Command:
        world, account_id = self.world, self._somebody()

        def run(remember: Remember[Started]) -> Started:
            store, scope = world.stores["accounting"], world.scope("close")
            waiting = world.waiting_task_events
            return start_close.start_close(account_id, store, waiting, scope, world.zone, remember)

        return Command(
            "accounting.start_close", self._once("accounting", "close", account_id, run, lambda _: "")
        )
