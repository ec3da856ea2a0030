"""A world with its people and operator: processes take turns, queues are emptied."""

from collections.abc import Callable
from datetime import timedelta

from ops.local.in_process import CONSUMERS, InProcessConsumer
from tests.simulation.kernel import Process
from tests.simulation.operating import REBUILD, RESTORE, Operator
from tests.simulation.people import People
from tests.simulation.tokens import Tokens
from tests.simulation.world import PUBLISHERS, World

MAX_TURNS = 20_000
LONGEST_FREEZE = timedelta(hours=1)


class Scene:
    """A world with its people and its operator."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.people = People(self.world, Tokens(self.world.user_pool, self.world.time))
        self.operator = Operator(self.world)

    @property
    def findings(self) -> list[str]:
        return self.world.auditor.findings

    def create_first_accounts(self) -> None:
        """Create the first accounts, before any fault."""
        for command in self.people.first_invitations():
            self.people.begin(command)
            self.run_all()
        for _ in range(4):
            self.deliver_all()
            self.world.time.advance(timedelta(seconds=3))

    def turn(self) -> None:
        """Let one running process reach its next effect, or crash before it."""
        kernel, faults = self.world.kernel, self.world.faults
        if not (awake := kernel.awake):
            return
        process = self.world.randomness.choice(awake)
        if ": write" in process.next_effect and faults.strikes("frozen"):
            kernel.freeze(process, faults.up_to(LONGEST_FREEZE))
            return
        if faults.strikes("crash"):
            self.world.note(f"{process.name} crashes before: {process.next_effect}")
            kernel.crash(process)
            return
        self.world.time.advance(timedelta(microseconds=self.world.randomness.randrange(20_000)))
        self.resume(process)

    def resume(self, process: Process) -> None:
        self.world.kernel.resume(process)
        at_work = process in self.world.kernel.processes
        self.world.note(f"{process.name}: {process.next_effect if at_work else 'ends'}")

    def is_away(self, name: str, *others: str) -> bool:
        away = self.world.faults.away
        return away(f"service {name.partition('.')[0]}") or any(map(away, others))

    def is_ready(self, consumer: InProcessConsumer) -> bool:
        paused = consumer.spec.consumer == "analytics.on_ledger_event" and self.world.is_running(REBUILD)
        is_ready = self.world.queues[consumer.queue].is_ready
        return is_ready and not paused and not self.is_away(consumer.queue)

    def run_all(self) -> None:
        """Run until no process is left except a restore, and those whose machines stand still."""
        self._run(
            lambda: any(each.name != RESTORE and not each.is_frozen for each in self.world.kernel.processes)
        )

    def run_out(self) -> None:
        """Run until no process is left, however long that takes."""
        self._run(lambda: bool(self.world.kernel.processes))

    def _run(self, is_at_work: Callable[[], bool]) -> None:
        kernel = self.world.kernel
        for _ in range(MAX_TURNS):
            if not is_at_work():
                return
            if not kernel.awake and (wakes_at := kernel.next_wake):
                self.world.let_time_pass(wakes_at - self.world.time())
            self.turn()
        self.findings.append(f"{kernel.processes[0].name} never ends")

    def deliver_all(self) -> bool:
        """Deliver everything that can be delivered now; whether there was anything."""
        begun = False
        for service in PUBLISHERS:
            self.world.relay(service)
        self.run_all()
        for consumer in CONSUMERS:
            while self.is_ready(consumer) and not self.findings:
                begun = True
                self.world.deliver(consumer)
                self.run_all()
        return begun
