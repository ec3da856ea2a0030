"""Tracking's cases."""

from benchmarks.costs.case import Case, read
from benchmarks.costs.world import World

KEY = "7e4b1c0a-0000-4000-8000-000000000001"
TASKS = 60
ACCOUNTS = "tracking.on_account_event"
SHUFFLE = ("tracking.count_shuffle", "tracking.count_shard", "tracking.reassign_chunk")


def create_once(world: World) -> None:
    world.product.request(
        "tracking.create_task", world.company.manager, "manager", body={"title": "Feed the owl"}, key=KEY
    )


def create_unique(world: World) -> None:
    body = {"title": "Feed the owl", "jira_id": "OWL-1", "unique": True}
    product, manager = world.product, world.company.manager
    world.tasks.append(product.request("tracking.create_task", manager, "manager", body=body))


def cancel_unique(world: World) -> None:
    """The task that `create_unique` left last."""
    (task,) = (each for each in world.tasks if each["jira_id"] == "OWL-1")
    world.cancel(task, world.company.manager, "manager")


def rename(world: World) -> None:
    world.change(world.company.workers[1], name="Popug II")
    world.feed(ACCOUNTS)


def hear_again(world: World) -> None:
    world.change(world.company.workers[1], name="Popug the First")
    world.repeat(ACCOUNTS)


def leave(world: World) -> None:
    world.change(world.company.workers[2], status="deactivated")
    world.feed(ACCOUNTS)


def join(world: World) -> None:
    world.change(world.company.workers[2], status="active")
    world.feed(ACCOUNTS)


def show_running(world: World) -> None:
    shuffle_id = world.press()
    world.product.request(
        "tracking.get_shuffle", world.company.manager, "manager", {"shuffle_id": shuffle_id}
    )


def count_shuffle(world: World) -> None:
    """A press, with 60 open tasks."""
    while len(world.tasks) < TASKS:
        world.create()
    world.product.settle()
    world.press()
    world.feed(SHUFFLE[0])


def count_shards(world: World) -> None:
    count_shuffle(world)
    world.feed(SHUFFLE[1])


def reassign_chunks(world: World) -> None:
    count_shards(world)
    world.feed(SHUFFLE[2])


def relay(world: World) -> None:
    world.create()
    world.product.relay(["tracking.publish_events"])


CASES = (
    Case("tracking.create_task", "", World.create),
    Case("tracking.create_task", "with an Idempotency-Key", create_once),
    Case("tracking.complete_task", "", World.complete),
    Case("tracking.cancel_task", "one's own", lambda w: w.cancel(w.tasks[-1], w.company.manager, "manager")),
    Case("tracking.cancel_task", "another's", lambda w: w.cancel(w.tasks[-1], w.company.admin, "admin")),
    read("tracking.list_tasks", "all, 50"),
    read("tracking.list_tasks", "open, 50", status="open"),
    read("tracking.list_tasks", "of an assignee", assignee="{account_id}"),
    read("tracking.list_tasks", "of an assignee, open", assignee="{account_id}", status="open"),
    read("tracking.list_tasks", "search, nothing found", q="no such title"),
    read("tracking.list_tasks", "search by jira_id", q="POPUG-0007"),
    read("tracking.count_tasks", "open", status="open"),
    read("tracking.count_tasks", "completed", status="completed"),
    read("tracking.count_tasks", "of an assignee, open", assignee="{account_id}", status="open"),
    Case("tracking.start_shuffle", "", World.press),
    Case("tracking.get_shuffle", "running", show_running),
    Case("tracking.get_shuffle", "done", World.show_shuffle),
    Case("tracking.count_shuffle", "", count_shuffle),
    Case("tracking.count_shard", "60 tasks in all shards", count_shards),
    Case("tracking.reassign_chunk", "60 tasks in all shards", reassign_chunks),
    Case(ACCOUNTS, "a new name", rename),
    Case(ACCOUNTS, "a version that is known", hear_again),
    Case(ACCOUNTS, "leaves the eligible", leave),
    Case(ACCOUNTS, "joins the eligible", join),
    Case("tracking.publish_events", "2 events", relay),
    Case("tracking.sweep_journal", "nothing to publish", lambda w: w.sweep_again("tracking.sweep_journal")),
    Case("tracking.create_task", "unique", create_unique),
    Case("tracking.cancel_task", "one's own, unique", cancel_unique),
)
