"""`unique: true`: a task is the only one of its jira_id."""

import pytest

from functions.tracking.cancel_task import handler as cancel
from functions.tracking.create_task import handler as create
from functions.tracking.domain import TaskExists
from functions.tracking.rows import JiraIdClaim, OpenTask, Task, TaskByJiraId
from shared.memory_store import MemoryStore
from shared.store import Remove
from tests.support.fakes import journal
from tests.support.faults import with_each_fault
from tests.tracking.requests import call, use
from tests.tracking.world import Interrupted, World, check_tasks, company

BODY = {"title": "Feed the parrot", "jira_id": "POPUG-42", "unique": True}


class LaggingIndex(MemoryStore):
    """A store whose index by jira_id shows nothing yet."""

    def __init__(self, sound: MemoryStore) -> None:
        self.__dict__.update(sound.__dict__)

    def query(self, kind: type, partition: object, **bounds: object) -> list[object]:  # type: ignore[override]
        return [] if kind is TaskByJiraId else super().query(kind, partition, **bounds)  # type: ignore[arg-type]


def claims(store: MemoryStore) -> dict[str, str]:
    return {row.jira_id: row.task_id for row in store.rows(JiraIdClaim)}


def test_a_second_task_of_the_jira_id_is_refused_and_the_first_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = company("ann")
    use(monkeypatch, create, store)
    status, first = call(create, body=BODY)
    assert status == 201
    status, problem = call(create, caller="bob", body={**BODY, "title": "Another text"})
    assert (status, problem) == (
        409,
        {
            "type": "urn:ates:problem:task-exists",
            "title": "Conflict",
            "status": 409,
            "detail": "there is a task with this jira_id already",
            "task_id": first["task_id"],
        },
    )
    assert len(store.rows(Task)) == len(store.rows(OpenTask)) == 1
    assert len(journal(store)) == 2
    assert call(create, body={**BODY, "jira_id": "POPUG-43"})[0] == 201


def test_a_task_created_without_a_claim_counts_too() -> None:
    world = World(company("ann"))
    first, _ = world.create(jira_id="POPUG-42"), world.create(jira_id="POPUG-42")
    assert claims(world.store) == {}
    with pytest.raises(TaskExists) as refusal:
        world.create(jira_id="POPUG-42", unique=True)
    assert refusal.value.members == {"task_id": first.task_id}


def test_a_lagging_index_doubles_no_task() -> None:
    world = World(company("ann"))
    world.store = LaggingIndex(world.store)
    first = world.create(jira_id="POPUG-42", unique=True)
    with pytest.raises(TaskExists) as refusal:
        world.create(jira_id="POPUG-42", unique=True)
    assert refusal.value.members == {"task_id": first.task_id}


def test_of_two_at_once_one_is_created() -> None:
    world = World(company("ann"))
    made: list[Task] = []
    late = world.beside()
    world.store = Interrupted(
        world.store, write=[lambda: made.append(late.create("a", "POPUG-42", unique=True))]
    )
    with pytest.raises(TaskExists) as refusal:
        world.create("b", "POPUG-42", unique=True)
    assert refusal.value.members == {"task_id": made[0].task_id}
    assert world.store.rows(Task) == made
    check_tasks(world.store)


def test_without_unique_tasks_may_share_a_jira_id() -> None:
    world = World(company("ann"))
    world.create(jira_id="POPUG-42", unique=True)
    world.create(jira_id="POPUG-42")
    assert len(world.store.rows(Task)) == 2


def test_cancelling_frees_the_jira_id_and_completing_does_not() -> None:
    world = World(company("ann"))
    first = world.create(jira_id="POPUG-1", unique=True)
    other = world.create(jira_id="POPUG-2", unique=True)
    beside = world.create(jira_id="POPUG-2")
    world.cancel(first)
    world.cancel(beside)
    world.complete(other)
    assert claims(world.store) == {"POPUG-2": other.task_id}
    again = world.create(jira_id="POPUG-1", unique=True)
    assert claims(world.store)["POPUG-1"] == again.task_id
    with pytest.raises(TaskExists):
        world.create(jira_id="POPUG-2", unique=True)


def test_a_lost_claim_is_made_up_for_by_the_index() -> None:
    world = World(company("ann"))
    task = world.create(jira_id="POPUG-1", unique=True)
    world.store.transact([Remove(JiraIdClaim, {"jira_id": "POPUG-1"})])
    with pytest.raises(TaskExists):
        world.create(jira_id="POPUG-1", unique=True)
    assert world.cancel(task).status == "cancelled"


def test_each_write_fault_still_claims_and_frees_once() -> None:
    def run(store: MemoryStore) -> None:
        world = World(store)
        world.cancel(world.create(jira_id="POPUG-1", unique=True))
        world.create(jira_id="POPUG-1", unique=True)

    for label, store in with_each_fault(lambda: company("ann"), run):
        (task,) = (each for each in store.rows(Task) if each.status == "open")
        assert claims(store) == {"POPUG-1": task.task_id}, label
        check_tasks(store)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"title": "x", "unique": True}, "unique", "needs_jira_id"),
        ({"title": "x", "jira_id": None, "unique": True}, "unique", "needs_jira_id"),
        ({"title": "x", "jira_id": "POPUG-1", "unique": "yes"}, "unique", "not_boolean"),
        ({"title": "x", "jira_id": "popug-1", "unique": True}, "jira_id", "wrong_form"),
    ],
)
def test_a_wrong_request_names_its_field(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, object], field: str, code: str
) -> None:
    use(monkeypatch, create, company("ann"))
    status, problem = call(create, body=body)
    assert (status, [(each["field"], each["code"]) for each in problem["errors"]]) == (400, [(field, code)])


def test_a_repeated_request_gets_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    store = company("ann")
    use(monkeypatch, create, store)
    use(monkeypatch, cancel, store)
    first = call(create, body=BODY, key="k")
    assert call(create, body=BODY, key="k") == first
    assert call(create, body=BODY, key="other")[0] == 409
    assert call(cancel, path={"task_id": first[1]["task_id"]})[0] == 200
    assert call(create, body=BODY, key="other")[0] == 201
