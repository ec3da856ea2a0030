"""The steps of a run: each is drawn, and may be followed by some turns of the running processes."""

from collections.abc import Callable
from datetime import timedelta

from ops.local.in_process import CONSUMERS, TICKS
from shared.clock import business_day, day_end
from tests.simulation.operating import RESTORABLE
from tests.simulation.scene import Scene
from tests.simulation.world import PUBLISHERS, drawn_form

MAX_PROCESSES = 6
MAX_TURNS_OF_A_STEP = 14
INVOCATIONS = (1, 1, 2, 3)
LONG = timedelta(seconds=20)
LOSING = (*RESTORABLE, "accounting", "accounting", "tracking", "tracking", "analytics")
REPAIRED = 0.15
"""Probability per step that the operator starts to repair a noticed loss."""

NOTICED = 0.03
"""The same while nobody has noticed that a table is empty."""

DELIVERY_ROUNDS = 2
"""Rounds of deliveries in which a press is counted and its tasks are assigned."""

DEMOTED = 0.2
"""Probability per turn that an admin who is about to write is demoted first."""

AWAITED = 0.3
"""Probability per step that the clock moves to the time for which a process waits."""

UNREADABLE = '{"detail":{"event_id":"unreadable","event_name":"Task.Assigned","event_version":99}}'


class Steps(Scene):
    """The possible steps, and their weights."""

    def step(self) -> None:
        world, draw = self.world, self.world.randomness
        self._move_clock()
        if self.operator.damaged:
            likely = REPAIRED if self.operator.has_noticed else NOTICED
            if draw.random() < likely:
                self.operator.repair()
        (act,) = draw.choices(self._acts, self._weights)
        act(self)
        for _ in range(draw.randrange(MAX_TURNS_OF_A_STEP)):
            self.turn()
            if self.people.has_created:
                self._press_at_once()
            self._demote_at_the_last_moment()
        while len(world.kernel.awake) > MAX_PROCESSES:
            self.turn()

    def _press_at_once(self) -> None:
        command = self.people.press_at_once()
        if command is not None and not self.is_away(command.name):
            self.people.begin(command)

    def _demote_at_the_last_moment(self) -> None:
        """A confirmed caller who is about to write loses the role first."""
        acting = self.people.about_to_write("auth")
        if not acting or self.world.randomness.random() >= DEMOTED:
            return
        command = self.people.demotion(self.world.randomness.choice(acting))
        if command is None or self.is_away(command.name):
            return
        process = self.people.begin(command)
        while process in self.world.kernel.processes:
            self.resume(process)

    def _move_clock(self) -> None:
        """Mostly by a little; before a long time passes, the running processes end."""
        world, draw = self.world, self.world.randomness
        kind, wakes_at = draw.random(), world.kernel.next_wake
        if wakes_at is not None and draw.random() < AWAITED:
            by = wakes_at - world.time()
        elif kind < 0.6:
            by = timedelta(milliseconds=draw.randrange(500))
        elif kind < 0.93:
            by = timedelta(seconds=draw.randrange(90))
        elif kind < 0.97:
            by = timedelta(minutes=draw.randrange(120))
        else:
            midnight = day_end(business_day(world.time(), world.zone), world.zone)
            by = midnight - world.time() + timedelta(minutes=draw.randrange(-10, 75))
            if not world.happened["fortnight"] and world.faults.strikes("fortnight"):
                by += timedelta(days=draw.randrange(10, 20))
        if by > LONG:
            self.run_all()
            self._sweep_before_late(by)
        world.let_time_pass(by)
        frozen = {each.service for each in world.kernel.awake if each.is_frozen}
        for service in (each for each in PUBLISHERS if each in frozen):
            self._sweep_now(service)

    def _sweep_before_late(self, by: timedelta) -> None:
        """Sweeps run every minute; here just before a late transaction takes effect."""
        world = self.world
        for service in PUBLISHERS:
            due_at = world.stores[service].next_late
            if due_at and world.time() < due_at < world.time() + by:
                world.time.advance(due_at - world.time() - timedelta(milliseconds=1))
                self._sweep_now(service)

    def _sweep_now(self, service: str) -> None:
        if not self.is_away(service, "schedule"):
            self.world.sweep(service)
            self.run_all()

    def _command(self) -> None:
        unanswered = self.people.unanswered()
        again = unanswered and self.world.randomness.random() < 0.4
        command = self.world.randomness.choice(unanswered) if again else self.people.draw()
        if not self.is_away(command.name):
            self.people.begin(command)

    def _deliver(self) -> None:
        """Deliver to one consumer, sometimes to several invocations of it at once."""
        ready = [each for each in CONSUMERS if self.is_ready(each)]
        if not ready:
            return
        consumer = self.world.randomness.choice(ready)
        for _ in range(self.world.randomness.choice(INVOCATIONS)):
            self.world.deliver(consumer)

    def _relay(self) -> None:
        waiting = [
            service for service in PUBLISHERS if self.world.streams[service] and not self.is_away(service)
        ]
        if waiting:
            self.world.relay(self.world.randomness.choice(waiting))

    def _sweep(self) -> None:
        service = self.world.randomness.choice(PUBLISHERS)
        if not self.is_away(service, "schedule"):
            self.world.sweep(service)

    def _tick(self) -> None:
        name = self.world.randomness.choice(list(TICKS))
        if not self.is_away(name, "schedule"):
            self.world.tick(name)

    def _go_wrong(self) -> None:
        """Faults beyond a single effect: something is down, an event can't be read, tables are lost."""
        world, faults = self.world, self.world.faults
        if faults.strikes("spell"):
            faults.begin_spell()
        if faults.strikes("unreadable_event"):
            queues = [world.queues[each.queue] for each in CONSUMERS]
            world.randomness.choice(queues).send(UNREADABLE)
        if faults.strikes("pool_meddled"):
            world.note(f"user pool, {world.meddler.meddle()}")
        if faults.strikes("watermark_lost"):
            self._lose_watermark()
        if faults.strikes("tables_lost"):
            self._lose_tables()

    def _lose_watermark(self) -> None:
        """Just after a command; then a sweep begins with the oldest record."""
        world = self.world
        self._command()
        self.run_all()
        service = world.randomness.choice([each for each in PUBLISHERS if each not in self.operator.damaged])
        world.lose_watermark(service)
        self.operator.catching_up.update(RESTORABLE)

    def _lose_tables(self) -> None:
        """Lose all tables of a service, or a single one, most often a guarded one."""
        draw = self.world.randomness
        service = draw.choice(LOSING)
        store = self.world.stores[service]
        tables = store.tables if draw.random() < 0.4 else [draw.choice([*store.tables, *store.guarded * 3])]
        if not self.operator.can_lose(service, tables):
            return
        if service == "tracking" and "tasks" in tables:
            self._press_twice()
            if not self.operator.can_lose(service, tables):
                return
        if "idempotency" in tables:
            self.people.give_up(service)
        if service in PUBLISHERS and "journal" not in tables and draw.random() < 0.3:
            self.world.streams[service].clear()
        self.operator.lose(service, tables, emptied=len(tables) == 1 and draw.random() < 0.5)
        if service == "auth" and "accounts" in tables:
            self._send_reports()

    def _send_reports(self) -> None:
        """Just after addresses are lost, close what is over and send its reports."""
        for name in ("accounting.close_days", "notifications.queue_due_reports"):
            self.world.tick(name)
            self.run_all()
            for _ in range(DELIVERY_ROUNDS):
                self.deliver_all()

    def _press_twice(self) -> None:
        """Just before tasks are lost, press twice within an instant, on hosts whose clocks differ."""
        for _ in range(2):
            if (command := self.people.press()) and not self.is_away(command.name):
                self.people.begin(command)
        self.run_all()
        for _ in range(DELIVERY_ROUNDS):
            self.deliver_all()

    def _operate(self) -> None:
        """An operator's command while the product runs."""
        draw = self.world.randomness.random()
        if self.operator.has_lost_events and not self.operator.damaged and draw < 0.3:
            self.operator.regenerate()
        elif draw < 0.5:
            self.operator.back_up(self.world.randomness.choice(RESTORABLE))
        elif draw < 0.62:
            self.operator.rebuild_analytics()
        else:
            queue = self.world.randomness.choice(list(self.world.queues.values()))
            queue.redrive()

    def _release(self) -> None:
        """Begin to deploy another form or number of shards of the journals, complete it, or roll it back."""
        world, draw = self.world, self.world.randomness
        before, after = world.forms
        if before == after:
            after = drawn_form(draw)
        else:
            before = after = draw.choice(world.forms)
        world.forms = (before, after)

    _acts: tuple[Callable[["Steps"], None], ...] = (
        _command,
        _deliver,
        _relay,
        _sweep,
        _tick,
        _go_wrong,
        _operate,
        _release,
    )
    _weights = (24, 40, 20, 4, 6, 6, 6, 2)
