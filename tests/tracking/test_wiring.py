"""Handlers of the shuffle and the queues; each use case uses exactly what its spec grants."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from events.auth import AccountRoleChanged
from events.tracking import ShuffleRequested
from functions.tracking.cancel_task import handler as cancel_task
from functions.tracking.complete_task import handler as complete_task
from functions.tracking.count_shard import handler as count_shard
from functions.tracking.count_shuffle import handler as count_shuffle
from functions.tracking.count_tasks import handler as count_tasks
from functions.tracking.create_task import handler as create_task
from functions.tracking.get_assignee import handler as get_assignee
from functions.tracking.get_shuffle import handler as get_shuffle
from functions.tracking.get_task import handler as get_task
from functions.tracking.get_task_history import handler as get_task_history
from functions.tracking.list_assignees import handler as list_assignees
from functions.tracking.list_shuffles import handler as list_shuffles
from functions.tracking.list_tasks import handler as list_tasks
from functions.tracking.on_account_event import handler as on_account_event
from functions.tracking.reassign_chunk import handler as reassign_chunk
from functions.tracking.rows import TABLES, TASKS, Shuffle, ShuffleProgress, Task
from functions.tracking.start_shuffle import handler as start_shuffle
from infra.discovery import discover
from shared.context import Context
from shared.memory_store import MemoryStore
from shared.spec import BATCH_GET, CHECK, DELETE, GET, PUT, QUERY, UPDATE
from shared.store import Action, Add, Check, Insert, Put, Remove
from shared.tables import Shards, places
from tests.support.fakes import FakeQueue, envelope_of, journal
from tests.support.invocations import bus_message, job_message, sqs_message
from tests.tracking.requests import call, consume, use
from tests.tracking.world import Interrupted, World, company, hear, roster, state

PATHS = {
    kind: f"{table.name}/{index.name}" if index else table.name
    for kind, (table, index) in places(TABLES).items()
}
NAMES: Mapping[type[Any], str] = {Insert: PUT, Put: PUT, Add: UPDATE, Remove: DELETE, Check: CHECK}
MODULES: Mapping[str, Any] = {
    "cancel_task": cancel_task,
    "complete_task": complete_task,
    "count_shard": count_shard,
    "count_shuffle": count_shuffle,
    "count_tasks": count_tasks,
    "create_task": create_task,
    "get_assignee": get_assignee,
    "get_shuffle": get_shuffle,
    "get_task": get_task,
    "get_task_history": get_task_history,
    "list_assignees": list_assignees,
    "list_shuffles": list_shuffles,
    "list_tasks": list_tasks,
    "on_account_event": on_account_event,
    "reassign_chunk": reassign_chunk,
    "start_shuffle": start_shuffle,
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two open tasks, one completed, one cancelled, all of one jira_id; a finished shuffle."""
    world = World(company("ann", "bob"))
    for number in range(4):
        world.clock.advance(seconds=1)
        world.create(f"Task {number}", "POPUG-1")
    world.complete(world.store.rows(Task)[0])
    world.cancel(world.store.rows(Task)[1])
    world.clock.advance(minutes=1)
    world.shuffle()
    for module in MODULES.values():
        use(monkeypatch, module, world.store)
    return world


@pytest.fixture(autouse=True)
def queues(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, FakeQueue]:
    """The work queues, by URL."""
    made: dict[str, FakeQueue] = defaultdict(FakeQueue)
    for module in (count_shuffle, count_shard):
        monkeypatch.setattr(module, "SqsWorkQueue", made.__getitem__)
    return made


def press(world: World) -> str:
    """The id of a newly requested shuffle."""
    return world.press().shuffle_id


def job(**fields: Any) -> dict[str, Any]:
    return job_message({**fields, "causation_id": "event-1"})


def page_jobs(shuffle_id: str) -> list[dict[str, Any]]:
    return [job(shuffle_id=shuffle_id, shard=shard, page=0) for shard in range(4)]


def demoted(account_id: str) -> AccountRoleChanged:
    return AccountRoleChanged(account_id=account_id, name="x", role="manager", status="active", version=2)


def test_a_press_is_accepted_and_shown(world: World) -> None:
    status, answer = call(start_shuffle, caller="max", role="manager")
    assert status == 202
    assert list(answer) == ["shuffle_id"]
    path = {"shuffle_id": answer["shuffle_id"]}
    status, shown = call(get_shuffle, caller="other", role="admin", path=path)
    assert status == 200
    assert shown.pop("requested_at").endswith("Z")
    assert shown == {
        "shuffle_id": answer["shuffle_id"],
        "status": "counting",
        "total": 0,
        "reassigned": 0,
        "skipped": 0,
        "requested_by": {"account_id": "max", "name": "Max"},
        "finished_at": None,
    }


@pytest.mark.parametrize("role", ["worker", "accountant", "manager admin", ""])
def test_only_managers_and_admins_shuffle(world: World, role: str) -> None:
    assert call(start_shuffle, role=role)[0] == 403
    assert call(get_shuffle, role=role, path={"shuffle_id": press(world)})[0] == 403


def test_a_repeated_press_makes_one_shuffle(world: World) -> None:
    first = call(start_shuffle, caller="max", role="manager", key="k")
    assert call(start_shuffle, caller="max", role="manager", key="k") == first
    assert len(world.store.rows(Shuffle)) == 2


def test_nobody_eligible_is_a_conflict(world: World) -> None:
    hear(world.store, state("ann", 2, role="manager"), state("bob", 2, role="manager"))
    status, problem = call(start_shuffle, caller="max", role="manager")
    assert (status, problem["type"]) == (409, "urn:ates:problem:nobody-eligible")


@pytest.mark.parametrize("shuffle_id", ["x", "01900000-0000-7000-8000-000000000000"])
def test_an_unknown_shuffle_is_not_found(world: World, shuffle_id: str) -> None:
    assert call(get_shuffle, role="admin", path={"shuffle_id": shuffle_id})[0] == 404


def test_an_account_event_reaches_the_roster(world: World) -> None:
    assert consume(on_account_event, bus_message(envelope_of(demoted("ann")))) == []
    assert list(roster(world.store).values()) == ["bob"]


def test_a_press_goes_through_the_queues(world: World, queues: Mapping[str, FakeQueue]) -> None:
    shuffle_id = press(world)
    event = ShuffleRequested(shuffle_id=shuffle_id, requested_by="max")
    assert consume(count_shuffle, bus_message(envelope_of(event))) == []
    counts = queues["https://queue.test/shuffle-counts"].jobs
    assert [found["shard"] for found in counts] == [0, 1, 2, 3]
    for found in list(counts):
        assert consume(count_shard, job_message(found)) == []
    chunks = queues["https://queue.test/shuffle-chunks"].jobs
    assert {found["causation_id"] for found in chunks} == {"event-1"}
    for found in chunks:
        assert consume(reassign_chunk, job_message(found)) == []
    shuffle = world.store.get(Shuffle, shuffle_id=shuffle_id)
    assert shuffle
    assert world.tally(shuffle) == ("done", 2, 2, 0)


def test_a_failed_job_is_retried(world: World) -> None:
    assert consume(reassign_chunk, job(shuffle_id="none", chunk="x")) == ["message-1"]
    assert consume(count_shard, *page_jobs("none")[:1]) == ["message-1"]


@pytest.mark.parametrize(
    ("module", "body"),
    [
        (count_shard, {"correlation_id": "c", "job": {"shuffle_id": "x", "shard": "one", "page": 0}}),
        (count_shard, {"correlation_id": "c", "job": []}),
        (reassign_chunk, {"correlation_id": "c", "job": {"shuffle_id": "x"}}),
        (reassign_chunk, {"job": {}}),
        (on_account_event, {"detail": {"event_name": "Account.Created", "event_version": 99}}),
    ],
)
def test_an_unreadable_message_becomes_a_dead_letter(
    monkeypatch: pytest.MonkeyPatch, module: Any, body: Any
) -> None:
    given_up: list[str] = []
    monkeypatch.setattr(
        "shared.queue._send_to_dead_letters", lambda spec, found, why: given_up.append(why.reason)
    )
    monkeypatch.setattr("shared.queue._publish_failure", lambda *_: None)
    assert consume(module, sqs_message(body)) == []
    assert len(given_up) == 1


def test_reassignments_are_drawn_by_the_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[random.Random] = []

    def take(_messages: Any, _store: Any, context: Context) -> Mapping[str, Exception]:
        handed.append(context.randomness)
        return {}

    monkeypatch.setattr(reassign_chunk, "store", lambda tables: None)
    monkeypatch.setattr(reassign_chunk, "reassign_chunk", take)
    consume(reassign_chunk, job(shuffle_id="x", chunk="x"))
    assert [type(one) for one in handed] == [random.SystemRandom]


class Recording(Interrupted):
    """Records the actions on each table and index."""

    seen: dict[str, set[str]]

    def get(self, kind: Any, **key: Any) -> Any:
        self.seen[PATHS[kind]].add(GET)
        return super().get(kind, **key)

    def get_many(self, kind: Any, keys: Any) -> Any:
        if keys:
            self.seen[PATHS[kind]].add(BATCH_GET)
        return super().get_many(kind, keys)

    def query(self, kind: Any, partition: Any, **bounds: Any) -> Any:
        self.seen[PATHS[kind]].add(QUERY)
        return super().query(kind, partition, **bounds)

    def count(self, kind: Any, partition: Any, *, limit: int) -> int:
        self.seen[PATHS[kind]].add(QUERY)
        return len(MemoryStore.query(self, kind, partition, limit=limit))

    def write(self, actions: Any, token: str) -> None:
        for action in actions:
            self.seen[PATHS[_kind(action)]].add(NAMES[type(action)])
        super().write(actions, token)


def _kind(action: Action) -> type[Any]:
    return type(action.row) if isinstance(action, Insert | Put) else action.kind


@pytest.mark.parametrize("module", [start_shuffle, create_task])
def test_a_request_repeated_under_its_key_is_done_once(world: World, module: Any) -> None:
    body = {"body": {"title": "Once"}} if module is create_task else {}
    before = len(world.store.rows(Shuffle)), len(world.store.rows(Task))
    lost = call(module, caller="max", role="manager", key="the-same", **body)
    assert call(module, caller="max", role="manager", key="the-same", **body) == lost
    after = len(world.store.rows(Shuffle)), len(world.store.rows(Task))
    assert sum(after) == sum(before) + 1
    assert call(module, caller="max", role="manager", key="another", **body) != lost


def as_manager(module: Any, **options: Any) -> Callable[[World], object]:
    return lambda world: call(module, caller="max", role="manager", **options)


def complete_one(world: World) -> None:
    world.beside().press()
    task = next(task for task in world.store.rows(Task) if task.status == "open")
    call(complete_task, caller=task.assignee_id, path={"task_id": task.task_id}, key="k")


def cancel_by_a_manager(world: World) -> None:
    world.beside().press()
    hear(world.store, state("boss", role="manager"))
    path = {"task_id": world.beside().create(jira_id="POPUG-9", unique=True).task_id}
    assert call(cancel_task, caller="boss", role="manager", path=path, key="k")[0] == 200


def count_by_everything(world: World) -> None:
    for query in ({}, {"status": "open"}, {"assignee": "ann"}):
        call(count_tasks, query=query)


def list_all_shuffles(world: World) -> None:
    press(world)
    assert call(list_shuffles, caller="max", role="manager")[0] == 200


def list_by_everything(world: World) -> None:
    for query in ({}, {"status": "open"}, {"assignee": "ann"}, {"q": "POPUG-1"}):
        call(list_tasks, query=query)


def show(module: Any) -> Callable[[World], None]:
    def run(world: World) -> None:
        for task in world.store.rows(Task):
            call(module, path={"task_id": task.task_id})

    return run


def begin_counting(world: World) -> None:
    event = ShuffleRequested(shuffle_id=world.store.rows(Shuffle)[0].shuffle_id, requested_by="max")
    consume(count_shuffle, bus_message(envelope_of(event)))


def count_pages(world: World) -> None:
    """With open tasks, and with none, where counting ends the shuffle."""
    for page in page_jobs(press(world.beside())):
        consume(count_shard, page)
    for task in world.store.rows(Task):
        if task.status == "open":
            world.beside().complete(task)
    world.clock.advance(minutes=1)
    for page in page_jobs(press(world.beside())):
        consume(count_shard, page)


def reassign_while_others_do(world: World) -> None:
    others = world.beside()
    shuffle = others.press()
    others.count(shuffle)
    recording = MODULES["reassign_chunk"].store(TABLES)
    recording.before("write", others.beside().shuffle)
    for found in others.reassignments.jobs:
        consume(reassign_chunk, job(shuffle_id=found["shuffle_id"], chunk=found["chunk"]))


def create_two(world: World) -> None:
    as_manager(create_task, body={"title": "x", "jira_id": "POPUG-2", "unique": True}, key="k")(world)
    as_manager(create_task, body={"title": "x", "jira_id": "POPUG-1", "unique": True})(world)


DONE_BY: Mapping[str, Callable[[World], object]] = {
    "cancel_task": cancel_by_a_manager,
    "complete_task": complete_one,
    "count_shard": count_pages,
    "count_shuffle": begin_counting,
    "count_tasks": count_by_everything,
    "create_task": create_two,
    "get_assignee": as_manager(get_assignee, path={"account_id": "ann"}),
    "get_shuffle": lambda world: as_manager(get_shuffle, path={"shuffle_id": press(world)})(world),
    "get_task": show(get_task),
    "get_task_history": show(get_task_history),
    "list_assignees": as_manager(list_assignees),
    "list_shuffles": list_all_shuffles,
    "list_tasks": list_by_everything,
    "on_account_event": lambda world: consume(on_account_event, bus_message(envelope_of(demoted("ann")))),
    "reassign_chunk": reassign_while_others_do,
    "start_shuffle": as_manager(start_shuffle, key="k"),
}


@pytest.mark.parametrize("name", DONE_BY)
def test_a_use_case_uses_exactly_what_its_spec_grants(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = Recording(world.store)
    store.seen = defaultdict(set)
    use(monkeypatch, MODULES[name], store)
    DONE_BY[name](world)
    granted = {path: set(actions) for path, actions in MODULES[name].SPEC.access.items()}
    assert dict(store.seen) == granted


def test_a_press_covers_as_many_partitions_as_a_stage_may_have(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store.sharding = {TASKS.name: Shards(TASKS.most, TASKS.most)}
    use(monkeypatch, start_shuffle, world.store)
    status, shuffle = call(start_shuffle, caller="max", role="manager", key="k")
    assert status == 202
    rows = [row for row in world.store.rows(ShuffleProgress) if row.shuffle_id == shuffle["shuffle_id"]]
    assert len(rows) == TASKS.most


def test_the_published_events_are_those_of_the_specs(world: World) -> None:
    (tracking,) = (service for service in discover() if service.name == "tracking")
    said = {event.event_name for spec in tracking.use_cases for event in spec.publishes}
    assert {event["event_name"] for event in journal(world.store)} == said
