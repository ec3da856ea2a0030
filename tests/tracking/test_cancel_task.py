"""An open task is cancelled by its creator, a manager or an admin; no money moves."""

from typing import Any

import pytest

from functions.tracking.cancel_task import handler as cancel
from functions.tracking.cancel_task.use_case import MAX_TRIES, Canceller, cancel_task
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.domain import AlreadyCancelled, AlreadyCompleted, NotTheCreator, TaskNotFound
from functions.tracking.rows import Account, OpenTask
from shared.authority import Authority, AuthorityNotConfirmed
from shared.clock import rfc3339
from shared.memory_store import MemoryStore
from shared.store import Put, Unavailable, changed
from tests.support.fakes import journal
from tests.support.faults import with_each_fault
from tests.tracking.requests import call, use
from tests.tracking.world import MANAGER, Interrupted, World, check_tasks, company, event_data, hear, state

NOWHERE = "01900000-0000-7000-8000-000000000000"
ROLES = ("manager", "admin")


def manager(account_id: str = MANAGER) -> Canceller:
    return Canceller(account_id, Authority(Account, account_id, ROLES))


def test_the_creator_cancels_a_task() -> None:
    world = World(company("ann"))
    task = world.create("Feed the parrot", "POPUG-42", by="eve")
    world.clock.advance(hours=1)
    cancelled = cancel_task(task.task_id, Canceller("eve"), world.store, world.context()).task
    assert world.task(task.task_id) == cancelled
    assert (cancelled.status, cancelled.cancelled_at) == ("cancelled", rfc3339(world.clock()))
    assert (cancelled.completed_at, cancelled.assignee_id) == (None, "ann")
    assert world.store.rows(OpenTask) == []
    assert event_data(world.store, "Task.Cancelled") == [
        {
            "task_id": task.task_id,
            "title": "Feed the parrot",
            "jira_id": "POPUG-42",
            "version": 2,
            "assignee_id": "ann",
            "cancelled_by": "eve",
        }
    ]
    check_tasks(world.store)


def test_only_a_confirmed_manager_or_admin_cancels_another_accounts_task() -> None:
    world = World(company("ann"))
    hear(world.store, state("root", role="admin"), state("late", role="manager", status="deactivated"))
    task = world.create(by="eve")
    for by, refusal in (
        (Canceller("ann"), NotTheCreator),
        (manager("unheard"), AuthorityNotConfirmed),
        (manager("late"), AuthorityNotConfirmed),
        (manager("ann"), AuthorityNotConfirmed),
    ):
        with pytest.raises(refusal):
            cancel_task(task.task_id, by, world.store, world.context())
    assert world.task(task.task_id) == task
    cancel_task(task.task_id, manager("root"), world.store, world.context())
    assert event_data(world.store, "Task.Cancelled")[0]["cancelled_by"] == "root"


def test_only_a_manager_or_admin_cancels_a_task_without_a_known_creator() -> None:
    world = World(company("ann"))
    task = changed(world.create(), created_by=None)
    world.store.transact([Put(task)])
    with pytest.raises(NotTheCreator):
        cancel_task(task.task_id, Canceller("ann"), world.store, world.context())
    cancel_task(task.task_id, manager(), world.store, world.context())
    check_tasks(world.store)


def test_only_an_open_task_can_be_cancelled() -> None:
    world = World(company("ann"))
    with pytest.raises(TaskNotFound):
        cancel_task(NOWHERE, manager(), world.store, world.context())
    done, gone = world.create(), world.create()
    world.complete(done)
    with pytest.raises(AlreadyCompleted):
        cancel_task(done.task_id, manager(), world.store, world.context())
    world.cancel(gone)
    with pytest.raises(AlreadyCancelled):
        world.cancel(gone)
    with pytest.raises(AlreadyCancelled):
        complete_task(gone.task_id, "ann", world.store, world.context())
    assert len(event_data(world.store, "Task.Cancelled")) == 1
    check_tasks(world.store)


def test_of_a_concurrent_completion_and_cancellation_the_first_wins() -> None:
    world = World(company("ann"))
    task = world.create()
    late = Interrupted(world.store, write=[lambda: world.beside().complete(task)])
    with pytest.raises(AlreadyCompleted):
        cancel_task(task.task_id, Canceller(MANAGER), late, world.context())
    other = world.create()
    late = Interrupted(world.store, write=[lambda: world.beside().cancel(other)])
    with pytest.raises(AlreadyCancelled):
        complete_task(other.task_id, "ann", late, world.context())
    check_tasks(world.store)


def test_a_cancellation_succeeds_after_a_concurrent_shuffle() -> None:
    world = World(company("ann"))
    task = world.create()
    late = Interrupted(world.store, write=[world.beside().shuffle])
    assert cancel_task(task.task_id, Canceller(MANAGER), late, world.context()).task.version == 3
    assert len(journal(world.store, "Task.Assigned")) == 2
    check_tasks(world.store)


def test_tries_are_bounded() -> None:
    world = World(company("ann"))
    task = world.create()

    def change() -> None:
        now = world.task(task.task_id)
        world.store.transact([Put(changed(now, version=now.version + 1))])

    busy = Interrupted(world.store, write=[change] * MAX_TRIES)
    with pytest.raises(Unavailable):
        cancel_task(task.task_id, Canceller(MANAGER), busy, world.context())


def test_each_write_fault_still_cancels_once() -> None:
    world = World(company("ann"))
    task_id = ""

    def prepare() -> MemoryStore:
        nonlocal task_id, world
        world = World(company("ann"))
        task_id = world.create().task_id
        return world.store

    def run(store: MemoryStore) -> None:
        cancel_task(task_id, manager(), store, world.context())

    for label, store in with_each_fault(prepare, run):
        assert len(event_data(store, "Task.Cancelled")) == 1, label
        check_tasks(store)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann", "eve"))
    use(monkeypatch, cancel, world.store)
    return world


def post(task_id: str, caller: str, role: str = "worker", key: str | None = None) -> tuple[int, Any]:
    return call(cancel, caller=caller, role=role, path={"task_id": task_id}, key=key)


def test_a_post_returns_the_cancelled_task(world: World) -> None:
    status, answer = post(world.create(by="eve").task_id, "eve")
    assert (status, answer["status"], answer["completed_at"]) == (200, "cancelled", None)
    assert answer["cancelled_at"]


@pytest.mark.parametrize("task_id", [NOWHERE, "x", "", NOWHERE + "\n"])
def test_an_unknown_task_is_not_found(world: World, task_id: str) -> None:
    assert post(task_id, "eve")[0] == 404


def test_refusals_have_their_status(world: World) -> None:
    task_id = world.create(by="eve").task_id
    for role in ("worker", "accountant"):
        status, problem = post(task_id, "ann", role)
        assert (status, problem["type"]) == (403, "urn:ates:problem:not-the-creator")
    status, problem = post(task_id, "ann", "manager")
    assert (status, problem["type"]) == (403, "urn:ates:problem:authority-not-confirmed")
    assert post(task_id, MANAGER, "manager")[0] == 200
    status, problem = post(task_id, "eve")
    assert (status, problem["type"]) == (409, "urn:ates:problem:already-cancelled")
    done = world.create(by="eve")
    world.complete(done)
    status, problem = post(done.task_id, "eve")
    assert (status, problem["type"]) == (409, "urn:ates:problem:already-completed")


def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    task_id = world.create(by="eve").task_id
    first = post(task_id, "eve", key="k")
    assert first[0] == 200
    assert post(task_id, "eve", key="k") == first
    assert post(task_id, "eve", key="other")[0] == 409
    assert len(event_data(world.store, "Task.Cancelled")) == 1
