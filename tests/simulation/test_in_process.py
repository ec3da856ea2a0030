"""The simulation covers the whole product, and the auditor imports nothing of it."""

import ast
from pathlib import Path

from infra.discovery import discover
from ops.local.in_process import CONSUMERS, TICKS
from shared.spec import Events, Every, Http, Jobs, Stream
from tests.auth.fakes import FakeUser
from tests.simulation.people import ROLES, People
from tests.simulation.tokens import Tokens
from tests.simulation.world import PUBLISHERS, World
from tests.support.complete import check_complete

SPECS = [spec for service in discover() for spec in service.use_cases]
AUDITOR = Path(__file__).parent / "auditor"


def test_every_consumer_is_simulated() -> None:
    fed = {spec.consumer for spec in SPECS if isinstance(spec.trigger, Events | Jobs)}
    check_complete((each.spec.consumer for each in CONSUMERS), fed, "CONSUMERS in ops/local/in_process.py")


def test_every_schedule_and_every_relay_is_simulated() -> None:
    scheduled = {spec.consumer for spec in SPECS if isinstance(spec.trigger, Every)}
    sweeps = [f"{service}.sweep_journal" for service in PUBLISHERS]
    check_complete([*TICKS, *sweeps], scheduled, "TICKS in ops/local/in_process.py")
    followed = {spec.service for spec in SPECS if isinstance(spec.trigger, Stream)}
    check_complete(PUBLISHERS, followed, "PUBLISHERS in tests/simulation/world.py")


def test_every_command_is_simulated() -> None:
    world = World(1)
    people = People(world, Tokens(world.user_pool, world.time))
    for role in ROLES:
        user = FakeUser(f"somebody-{role}", f"{role}@ates.example", role, {role})
        world.user_pool.users[user.account_id] = user
    world.auditor.accounts.states["somebody"] = {"account_id": "somebody"}
    world.auditor.ledger.book("somebody").entries.append(
        {"entry_id": "entry", "account_id": "somebody", "kind": "assignment_fee"}
    )
    world.auditor.tasks.answered_created("task")
    task = {"is_open": True, "assignee": "somebody", "creator": "somebody"}
    world.auditor.tasks.tasks["task"] = type("Task", (), task)()
    drawn = {people.draw().name for _ in range(400)}
    routes = {spec.consumer: spec.trigger.method for spec in SPECS if isinstance(spec.trigger, Http)}
    reading = {name for name, method in routes.items() if method == "GET"}
    check_complete(drawn - reading, routes.keys() - reading, "the commands in tests/simulation/people.py")
    assert drawn & reading == {"accounting.list_my_days"}


def test_the_auditor_imports_nothing_of_the_product() -> None:
    imported = {
        name
        for path in AUDITOR.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    }
    own = ("tests.simulation.auditor", "tests.simulation.clock", "tests.simulation.kernel", "shared.bus")
    ours = {
        name for name in imported if name.split(".")[0] in ("functions", "shared", "events", "ops", "tests")
    }
    assert {name for name in ours if not name.startswith(own)} == set()


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []
