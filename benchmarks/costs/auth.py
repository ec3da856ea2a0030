"""Auth's cases; calls to the user pool are not counted."""

from benchmarks.costs.case import Case
from benchmarks.costs.world import World


def again(world: World) -> None:
    path = {"account_id": world.company.workers[5]}
    world.product.request("auth.invite_again", world.company.admin, "admin", path)


def follow(world: World) -> None:
    world.change(world.company.workers[3], role="accountant")
    world.feed("auth.sync_identity")


def relay(world: World) -> None:
    world.invite()
    world.product.relay()


CASES = (
    Case(
        "auth.bootstrap_account",
        "",
        lambda w: w.product.invoke(
            "auth.bootstrap_account", {"email": "b@ates.example", "name": "B", "role": "worker"}
        ),
    ),
    Case("auth.change_account", "a new name", lambda w: w.change(w.company.workers[3], name="Popug III")),
    Case("auth.invite_account", "", World.invite),
    Case("auth.invite_again", "", again),
    Case(
        "auth.get_email",
        "",
        lambda w: w.product.invoke("auth.get_email", {"account_id": w.worker}),
    ),
    Case("auth.reconcile_identities", "all accounts", lambda w: w.product.tick("auth.reconcile_identities")),
    Case("auth.reconcile_identities", "an idle tick", lambda w: w.tick_again("auth.reconcile_identities")),
    Case("auth.sync_identity", "a new role", follow),
    Case("auth.publish_events", "1 event", relay),
    Case("auth.sweep_journal", "nothing to publish", lambda w: w.sweep_again("auth.sweep_journal")),
)
