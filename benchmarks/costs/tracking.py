"""Tracking's cases."""

from benchmarks.costs.case import Case
from benchmarks.costs.world import World

KEY = "7e4b1c0a-0000-4000-8000-000000000001"
TASKS = 60
ACCOUNTS = "tracking.on_account_event"
SHUFFLE = ("tracking.count_shuffle", "tracking.count_shard", "tracking.reassign_chunk")


def create_once(world: World) -> None:
    world.product.request(
        "tracking.create_task", world.company.manager, "manager", body={"title": "Feed the owl"}, key=KEY
    )


def listed(what: str, **query: str) -> Case:
    def act(world: World) -> object:
        asked = {name: value.format(worker=world.worker) for name, value in query.items()}
        return world.product.request("tracking.list_tasks", world.company.manager, "manager", query=asked)

    return Case("tracking.list_tasks", what, act)


def counted(what: str, **query: str) -> Case:
    def act(world: World) -> object:
        asked = {name: value.format(worker=world.worker) for name, value in query.items()}
        return world.product.request("tracking.count_tasks", world.worker, query=asked)

    return Case("tracking.count_tasks", what, act)


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
    listed("all, 50"),
    listed("open, 50", status="open"),
    listed("of an assignee", assignee="{worker}"),
    listed("of an assignee, open", assignee="{worker}", status="open"),
    listed("search, nothing found", q="no such title"),
    listed("search by jira_id", q="POPUG-0007"),
    counted("open", status="open"),
    counted("completed", status="completed"),
    counted("of an assignee, open", assignee="{worker}", status="open"),
    Case("tracking.start_shuffle", "", World.press),
    Case("tracking.get_shuffle", "running", show_running),
    Case("tracking.get_shuffle", "done", World.show_shuffle),
    Case("tracking.count_shuffle", "", count_shuffle),
    Case("tracking.count_shard", "60 tasks in all shards", count_shards),
    Case("tracking.reassign_chunk", "60 tasks in all shards", reassign_chunks),
    Case(
        ACCOUNTS, "a new name", lambda w: (w.change(w.company.workers[1], name="Popug II"), w.feed(ACCOUNTS))
    ),
    Case(ACCOUNTS, "a version that is known", hear_again),
    Case(ACCOUNTS, "leaves the eligible", leave),
    Case(ACCOUNTS, "joins the eligible", join),
    Case("tracking.publish_events", "2 events", relay),
    Case("tracking.sweep_journal", "nothing to publish", lambda w: w.product.tick("tracking.sweep_journal")),
)
