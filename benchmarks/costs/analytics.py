"""Analytics' cases."""

from benchmarks.costs.case import Case
from benchmarks.costs.world import World

LEDGER = "analytics.on_ledger_event"


def hear(world: World) -> None:
    world.create()
    world.feed("accounting.on_task_event")
    world.feed(LEDGER)


def hear_reward(world: World) -> None:
    world.complete()
    world.feed("accounting.on_task_event")
    world.feed(LEDGER)


def hear_again(world: World) -> None:
    """An account's first entry costs more: it has a mark, and is no number yet."""
    world.create()
    world.product.settle()
    world.complete()
    world.feed("accounting.on_task_event")
    world.repeat(LEDGER)


CASES = (
    Case(LEDGER, "a fee", hear),
    Case(LEDGER, "a reward", hear_reward),
    Case(LEDGER, "an entry that was counted before", hear_again),
)
UNMEASURED = {"analytics.fill_generation": "runs only when an operator rebuilds the figures"}
