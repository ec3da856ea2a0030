"""Only the assignee completes a task, once."""

import pytest

from functions.tracking.complete_task import handler as complete
from functions.tracking.complete_task.use_case import MAX_TRIES, complete_task
from functions.tracking.domain import AlreadyCompleted, NotTheAssignee, TaskNotFound
from functions.tracking.rows import OpenTask
from shared.clock import rfc3339
from shared.memory_store import MemoryStore
from shared.store import Put, Unavailable, changed
from tests.support.fakes import journal
from tests.support.faults import with_each_fault
from tests.tracking.requests import call, use
from tests.tracking.world import Interrupted, World, check_tasks, company, event_data, hear, state

NOWHERE = "01900000-0000-7000-8000-000000000000"


def test_the_assignee_completes_a_task() -> None:
    world = World(company("ann"))
    task = world.create("Feed the parrot", "POPUG-42")
    world.clock.advance(hours=1)
    completed = world.complete(task)
    assert world.task(task.task_id) == completed
    assert (completed.status, completed.completed_at) == ("completed", rfc3339(world.clock()))
    assert world.store.rows(OpenTask) == []
    assert event_data(world.store, "Task.Completed") == [
        {
            "task_id": task.task_id,
            "title": "Feed the parrot",
            "jira_id": "POPUG-42",
            "version": 2,
            "assignee_id": "ann",
        }
    ]
    check_tasks(world.store)


def test_only_the_assignee_completes_an_open_task() -> None:
    world = World(company("ann"))
    task = world.create()
    with pytest.raises(NotTheAssignee):
        complete_task(task.task_id, "max", world.store, world.context())
    with pytest.raises(TaskNotFound):
        complete_task(NOWHERE, "ann", world.store, world.context())
    world.complete(task)
    with pytest.raises(AlreadyCompleted):
        complete_task(task.task_id, "ann", world.store, world.context())
    with pytest.raises(NotTheAssignee):
        complete_task(task.task_id, "max", world.store, world.context())
    assert len(event_data(world.store, "Task.Completed")) == 1


def test_of_two_concurrent_completions_one_wins() -> None:
    world = World(company("ann"))
    task = world.create()
    late = Interrupted(world.store, write=[lambda: world.beside().complete(task)])
    with pytest.raises(AlreadyCompleted):
        complete_task(task.task_id, "ann", late, world.context())
    check_tasks(world.store)


def test_a_task_reassigned_to_another_meanwhile_is_not_completed() -> None:
    world = World(company("ann"))
    task = world.create()
    hear(world.store, state("bob"), state("ann", 2, status="deactivated"))
    late = Interrupted(world.store, write=[world.beside().shuffle])
    with pytest.raises(NotTheAssignee):
        complete_task(task.task_id, "ann", late, world.context())
    assert world.task(task.task_id).assignee_id == "bob"
    check_tasks(world.store)


def test_a_task_reassigned_to_the_same_account_meanwhile_is_completed() -> None:
    world = World(company("ann"))
    task = world.create()
    late = Interrupted(world.store, write=[world.beside().shuffle])
    complete_task(task.task_id, "ann", late, world.context())
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
        complete_task(task.task_id, "ann", busy, world.context())


def test_each_write_fault_still_completes_once() -> None:
    world = World(company("ann"))
    task_id = ""

    def prepare() -> MemoryStore:
        nonlocal task_id, world
        world = World(company("ann"))
        task_id = world.create().task_id
        return world.store

    def run(store: MemoryStore) -> None:
        complete_task(task_id, "ann", store, world.context())

    for label, store in with_each_fault(prepare, run):
        assert len(event_data(store, "Task.Completed")) == 1, label
        check_tasks(store)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann"))
    use(monkeypatch, complete, world.store)
    return world


def test_a_post_returns_the_completed_task(world: World) -> None:
    task = world.create()
    status, answer = call(complete, caller="ann", path={"task_id": task.task_id})
    assert (status, answer["status"]) == (200, "completed")
    assert answer["assignee"] == {"account_id": "ann", "name": "Ann"}
    assert answer["completed_at"]


@pytest.mark.parametrize("task_id", [NOWHERE, "x", "", "x" * 3000, NOWHERE + "\n"])
def test_an_unknown_task_is_not_found(world: World, task_id: str) -> None:
    assert call(complete, path={"task_id": task_id})[0] == 404


def test_refusals_have_their_status(world: World) -> None:
    path = {"task_id": world.create().task_id}
    status, problem = call(complete, caller="max", role="manager", path=path)
    assert (status, problem["type"]) == (403, "urn:ates:problem:not-the-assignee")
    call(complete, caller="ann", path=path)
    status, problem = call(complete, caller="ann", path=path)
    assert (status, problem["type"]) == (409, "urn:ates:problem:already-completed")


def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    path = {"task_id": world.create().task_id}
    first = call(complete, caller="ann", path=path, key="k")
    assert first[0] == 200
    assert call(complete, caller="ann", path=path, key="k") == first
    assert call(complete, caller="ann", path=path, key="other")[0] == 409


@pytest.mark.parametrize("moment", ["before the read", "before the write"])
def test_the_same_request_twice_at_once_gets_one_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = {"task_id": world.create().task_id}
    answers: list[object] = []

    def other() -> None:
        use(monkeypatch, complete, world.store)
        answers.append(call(complete, caller="ann", path=path, key="k"))

    late = {
        "before the read": Interrupted(world.store, get=[lambda: None, other]),
        "before the write": Interrupted(world.store, write=[other]),
    }
    use(monkeypatch, complete, late[moment])
    answers.append(call(complete, caller="ann", path=path, key="k"))
    assert answers[0] == answers[1]
    assert len(event_data(world.store, "Task.Completed")) == 1
