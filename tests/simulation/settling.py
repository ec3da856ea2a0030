"""The end of a run: faults stop, everything arrives, and the last day is closed."""

from datetime import timedelta

from ops.local.in_process import TICKS
from shared.clock import business_day, day_end
from tests.simulation.queues import Message, SimulatedQueue
from tests.simulation.scene import Scene
from tests.simulation.steps import UNREADABLE
from tests.simulation.world import PUBLISHERS

MAX_ROUNDS = 300


def settle(scene: Scene) -> None:
    """Run until nothing is in flight; then the auditor checks everything."""
    world = scene.world
    world.faults.calm()
    scene.run_out()
    while scene.operator.damaged and not scene.findings:
        scene.operator.repair()
        scene.run_out()
    world.bus.hurry()
    for queue in world.queues.values():
        queue.hurry()
    if scene.operator.has_lost_events:
        scene.operator.regenerate()
    at_rest = _drain(scene)
    end = day_end(business_day(world.time(), world.zone), world.zone)
    world.let_time_pass(end + timedelta(hours=2) - world.time())
    at_rest = at_rest and _drain(scene)
    _reconcile(scene)
    if not scene.findings:
        world.auditor.finish(world.user_pool.users, world.meddler.deleted)
    if not at_rest:
        scene.findings.append(f"never at rest: {_left(scene)}")


def _reconcile(scene: Scene) -> None:
    """Reconcile the user pool twice: an address may be free only after another user was corrected."""
    for _ in range(2):
        scene.world.let_time_pass(timedelta(hours=2))
        scene.world.tick("auth.reconcile_identities")
        scene.run_out()


def _drain(scene: Scene) -> bool:
    """Whether a round found nothing left to do."""
    return any(scene.findings or not _round(scene) for _ in range(MAX_ROUNDS))


def _round(scene: Scene) -> bool:
    """Whether there was something to do."""
    for command in scene.people.unanswered():
        scene.people.begin(command)
        scene.run_all()
    busy = scene.deliver_all() or bool(scene.people.unanswered())
    if busy or any(scene.world.streams.values()):
        return True
    if _left(scene):
        _wait(scene)
        return True
    return _tick_all(scene)


def _tick_all(scene: Scene) -> bool:
    """Run every schedule once; whether any sent a message."""
    before = _sent(scene)
    for name in TICKS:
        scene.world.tick(name)
        scene.run_all()
    return _sent(scene) != before


def _sent(scene: Scene) -> int:
    return sum(queue.sent for queue in scene.world.queues.values())


def _left(scene: Scene) -> list[str]:
    """What is in flight or waiting."""
    world = scene.world
    left = [f"{len(world.bus.late)} on the bus"] if world.bus.late else []
    left += [f"{queue.depth} in {queue.name}" for queue in world.queues.values() if queue.depth]
    left += [f"dead in {queue.name}" for queue in world.queues.values() if _letters(queue)]
    for service in PUBLISHERS:
        if world.unpublished(service):
            left.append(f"unpublished in {service}")
    if any(row["state"] == "waiting" for row in world.items("notifications", "reports")):
        left.append("reports")
    return left


def _wait(scene: Scene) -> None:
    """Redrive dead letters, and advance to the next time at which something can happen."""
    world = scene.world
    for queue in world.queues.values():
        queue.dead = _letters(queue)
        queue.redrive()
    times = [message.visible_at for queue in world.queues.values() for message in queue.messages]
    times += [each.due_at for each in world.bus.late]
    world.let_time_pass(timedelta(minutes=2))
    world.let_time_pass(min(times) - world.time() if times else timedelta(hours=1))
    for service in PUBLISHERS:
        world.sweep(service)
        scene.run_all()
    _tick_all(scene)


def _letters(queue: SimulatedQueue) -> list[Message]:
    """Dead letters that can be read."""
    return [message for message in queue.dead if message.body != UNREADABLE]
