"""Notifications' cases."""

from benchmarks.costs.case import Case
from benchmarks.costs.world import World

LEDGER = "notifications.on_ledger_event"


def hear_entry(world: World) -> None:
    world.create()
    world.feed("accounting.on_task_event")
    world.feed(LEDGER)


def hear_close(world: World) -> None:
    """The payout and the closed day of one account, in one batch."""
    assignee = closed_today(world)
    world.product.relay()
    world.feed_only(LEDGER, assignee)


def closed_today(world: World) -> str:
    """Closes the day of an account that is paid; its id."""
    assignee = world.rewarded()
    world.next_day()
    world.close_account(assignee)
    return assignee


def nothing_due(world: World) -> None:
    world.tick_again("notifications.queue_due_reports")


def one_due(world: World) -> None:
    closed_today(world)
    world.product.settle()
    world.begin()
    world.product.tick("notifications.queue_due_reports")


def mailed(world: World) -> None:
    one_due(world)
    world.feed_one("notifications.send_report")


def relayed(world: World) -> None:
    mailed(world)
    world.product.relay()


CASES = (
    Case(LEDGER, "an entry", hear_entry),
    Case(LEDGER, "an account's payout and closed day", hear_close),
    Case("notifications.queue_due_reports", "nothing is due", nothing_due),
    Case("notifications.queue_due_reports", "one is due", one_due),
    Case("notifications.send_report", "", mailed),
    Case("notifications.publish_events", "1 event", relayed),
    Case(
        "notifications.sweep_journal",
        "nothing to publish",
        lambda w: w.sweep_again("notifications.sweep_journal"),
    ),
)
