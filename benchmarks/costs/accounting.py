"""Accounting's cases."""

from datetime import timedelta

from benchmarks.costs.case import Case, read
from benchmarks.costs.world import World
from functions.accounting.rows import Entry

TASKS = "accounting.on_task_event"
ACCOUNTS = "accounting.on_account_event"
CLOSE = "accounting.close_account"


def charge(world: World) -> None:
    world.create()
    world.feed(TASKS)


def reward(world: World) -> None:
    world.complete()
    world.feed(TASKS)


def charge_many(world: World) -> None:
    for _ in range(5):
        world.create()
    world.feed(TASKS)


def charge_again(world: World) -> None:
    world.create()
    world.repeat(TASKS)


def correct(world: World) -> None:
    own = [row for row in world.product.stores["accounting"].rows_of(Entry) if row.kind == "assignment_fee"]
    entry = max(own, key=lambda row: row.entry_id)
    path, body = {"account_id": entry.account_id}, {"entry_id": entry.entry_id, "reason": "a wrong fee"}
    world.product.request("accounting.correct_entry", world.company.admin, "admin", path, body=body)


def tick_before_a_close(world: World) -> None:
    """Everything of the day has been booked."""
    world.next_day()
    world.begin()
    world.product.tick("accounting.close_days")


def close_paid(world: World) -> None:
    assignee = world.rewarded()
    world.next_day()
    world.close_account(assignee)


def close_idle(world: World) -> None:
    """Managers have no entries."""
    world.next_day()
    world.close_account(world.company.manager)


def start(world: World) -> None:
    world.next_day()
    world.product.instant += timedelta(hours=2)
    world.product.request("accounting.start_close", world.company.accountant, "accountant")


def begin(world: World) -> None:
    start(world)
    world.feed("accounting.begin_close")


def relay(world: World) -> None:
    charge(world)
    world.product.relay(["accounting.publish_events"])


def invite_and_hear(world: World) -> None:
    world.invite()
    world.feed(ACCOUNTS)


def rename_and_hear(world: World) -> None:
    world.change(world.company.workers[4], name="Popug IV")
    world.feed(ACCOUNTS)


CASES = (
    Case(TASKS, "a task is created and assigned", charge),
    Case(TASKS, "a task is completed", reward),
    Case(TASKS, "5 tasks are created and assigned", charge_many),
    Case(TASKS, "events that were booked before", charge_again),
    Case(ACCOUNTS, "a new account", invite_and_hear),
    Case(ACCOUNTS, "a new name", rename_and_hear),
    Case("accounting.correct_entry", "", correct),
    read("accounting.list_accounts", "50"),
    read("accounting.list_accounts", "in the minus", in_minus="true"),
    read("accounting.list_accounts", "search", q="Popug 01"),
    read("accounting.list_my_entries", "of a day", day="{day}"),
    Case("accounting.publish_events", "2 events", relay),
    Case(
        "accounting.sweep_journal", "nothing to publish", lambda w: w.sweep_again("accounting.sweep_journal")
    ),
    Case("accounting.close_days", "nothing to close", lambda w: w.tick_again("accounting.close_days")),
    Case("accounting.close_days", "all accounts to close", tick_before_a_close),
    Case(CLOSE, "an account that is paid", close_paid),
    Case(CLOSE, "an account without entries", close_idle),
    Case("accounting.start_close", "", start),
    Case("accounting.begin_close", "all accounts to close", begin),
)
UNMEASURED = {"accounting.book_payout": "runs only when an operator repairs a ledger"}
