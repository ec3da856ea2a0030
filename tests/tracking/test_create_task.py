"""A new task and its first assignee."""

import random
from collections import Counter

import pytest

from functions.tracking.create_task import handler as create
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask, NobodyEligible
from functions.tracking.roster import MAX_DRAWS, draw
from functions.tracking.rows import OpenTask, Task
from shared.clock import rfc3339
from shared.context import Figure
from shared.ids import last_id_of
from shared.journal import events_in
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.store import Unavailable
from tests.support.fakes import NOON, context, journal
from tests.support.faults import with_each_fault
from tests.tracking.requests import call, use
from tests.tracking.world import Interrupted, World, check_tasks, company, event_data, hear, nothing, state

CHI_SQUARE_19 = 43.8
"""99.9 % of fair draws over 20 cells are below."""


def chi_square(drawn: Counter[str], cells: int) -> float:
    expected = drawn.total() / cells
    missing = cells - len(drawn)
    return sum((n - expected) ** 2 / expected for n in drawn.values()) + missing * expected


def test_a_task_is_assigned_at_once() -> None:
    world = World(company("ann"))
    task = world.create("Feed the parrot", "POPUG-42")
    assert world.task(task.task_id) == task
    assert (task.status, task.assignee_id, task.created_by) == ("open", "ann", "max")
    assert task.created_at == task.assigned_at == rfc3339(NOON)
    assert task.task_id <= last_id_of(NOON)
    assert task.task_id[:13] == last_id_of(NOON)[:13]
    assert world.store.get(OpenTask, shard=task.creation_shard, task_id=task.task_id)
    check_tasks(world.store)


def test_both_events_are_journaled_created_first() -> None:
    for seed in range(20):
        world = World(company("ann"), randomness=random.Random(seed))
        task = world.create("Feed the parrot", "POPUG-42")
        about = {"task_id": task.task_id, "title": "Feed the parrot", "jira_id": "POPUG-42", "version": 1}
        assert event_data(world.store) == [{**about, "created_by": "max"}, {**about, "assignee_id": "ann"}]
        (record,) = world.store.rows(JournalRecord)
        created, assigned = events_in(record)
        assert (record.subject_id, record.event_id) == (task.task_id, created["event_id"])
        assert created["event_id"] < assigned["event_id"]
        assert (created["event_name"], created["event_version"]) == ("Task.Created", 2)
        assert (assigned["event_name"], assigned["event_version"]) == ("Task.Assigned", 1)
        assert created["occurred_at"] == assigned["occurred_at"] == task.created_at
        assert {created["correlation_id"], assigned["correlation_id"]} == {"test-correlation"}


def test_with_nobody_eligible_nothing_is_written() -> None:
    world = World(company())
    with pytest.raises(NobodyEligible):
        world.create()
    assert world.store.rows(Task) == []
    assert journal(world.store) == []


def test_a_task_is_counted_once_it_is_written() -> None:
    work = context()
    with pytest.raises(NobodyEligible):
        create_task(NewTask("Feed the parrot"), "max", company(), work)
    assert work.figures == []
    create_task(NewTask("Feed the parrot"), "max", company("ann"), work)
    assert work.figures == [Figure("TasksCreated", 1)]


def test_draws_are_uniform() -> None:
    store = company(*(f"worker-{number}" for number in range(20)))
    randomness = random.Random(2026)
    drawn = Counter(slot.account_id for _ in range(2000) for slot in draw(store, randomness, 100))
    assert drawn.total() == 200_000
    assert chi_square(drawn, 20) < CHI_SQUARE_19


def test_tasks_are_spread_evenly() -> None:
    world = World(company(*(f"worker-{number}" for number in range(20))), randomness=random.Random(5))
    assert chi_square(Counter(world.create().assignee_id for _ in range(2000)), 20) < CHI_SQUARE_19


def test_a_draw_costs_two_reads_at_any_number_of_accounts() -> None:
    store = company(*(f"worker-{number}" for number in range(300)))
    reads: list[str] = []
    counted = Interrupted(
        store, get=[lambda: reads.append("get")] * 9, get_many=[lambda: reads.append("get_many")] * 9
    )
    draw(counted, random.Random(1), 1)
    assert reads == ["get", "get_many"]


@pytest.mark.parametrize("seed", range(20))
def test_an_account_that_leaves_the_roster_during_a_draw_is_not_drawn(seed: int) -> None:
    store = company("ann", "bob")
    leave = Interrupted(store, get_many=[lambda: hear(store, state("bob", 2, role="manager"))])
    assert [slot.account_id for slot in draw(leave, random.Random(seed), 1)] == ["ann"]


def test_a_draw_fails_if_the_last_eligible_account_leaves_during_it() -> None:
    store = company("ann")
    leave = Interrupted(store, get_many=[lambda: hear(store, state("ann", 2, status="deactivated"))])
    with pytest.raises(NobodyEligible):
        draw(leave, random.Random(1), 1)


class Shrinking(MemoryStore):
    """A roster whose slots are always gone when read."""

    def get_many(self, kind: object, keys: object) -> list[object]:  # type: ignore[override]
        return []


def test_draws_are_bounded() -> None:
    store = Shrinking([])
    store.__dict__.update(company("ann").__dict__)
    with pytest.raises(Unavailable):
        draw(store, random.Random(1), 1)
    assert MAX_DRAWS < 20


def test_a_role_change_before_the_write_does_not_undo_a_draw() -> None:
    """The roster read at the draw decides eligibility."""
    world = World(company("ann"))
    world.store = Interrupted(
        world.store, write=[lambda: hear(world.store, state("ann", 2, role="manager")), nothing]
    )
    assert world.create().assignee_id == "ann"


def test_each_write_fault_still_creates_one_task() -> None:
    def run(store: MemoryStore) -> None:
        World(store).create()

    for label, store in with_each_fault(lambda: company("ann"), run):
        assert len(store.rows(Task)) == 1, label
        assert [event["event_name"] for event in journal(store)] == ["Task.Created", "Task.Assigned"], label
        check_tasks(store)


def test_a_post_returns_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    store = company("ann", "bob")
    use(monkeypatch, create, store)
    body = {"title": "  Feed the parrot ", "jira_id": "POPUG-42", "description": "Seeds"}
    status, answer = call(create, caller="bob", body=body)
    (task,) = store.rows(Task)
    assert status == 201
    assert answer["created_at"].startswith("20")
    assert answer["created_at"].endswith("Z")
    assert answer == {
        "task_id": task.task_id,
        "title": "Feed the parrot",
        "jira_id": "POPUG-42",
        "description": "Seeds",
        "status": "open",
        "assignee": {"account_id": task.assignee_id, "name": task.assignee_id.title()},
        "created_by": {"account_id": "bob", "name": "Bob"},
        "created_at": answer["created_at"],
        "assigned_at": answer["created_at"],
        "completed_at": None,
        "cancelled_at": None,
    }


def test_a_creator_without_a_replica_is_shown_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, create, company("ann"))
    _, answer = call(create, caller="new-one", body={"title": "x"})
    assert answer["created_by"] == {"account_id": "new-one", "name": "new-one"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "[POPUG-1] Feed"}, "title"),
        ({"title": "Feed]"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x", "jira_id": "popug-1"}, "jira_id"),
        ({"title": "x", "jira_id": "POPUG-1\n"}, "jira_id"),
        ({"title": "x", "jira_id": ""}, "jira_id"),
        ({"title": "x", "jira_id": "P" * 63 + "-1"}, "jira_id"),
        ({"title": "x", "description": "y" * 10_001}, "description"),
        ({"title": "x", "assignee": "ann"}, "assignee"),
        ([], "body"),
    ],
)
def test_an_invalid_field_is_named(monkeypatch: pytest.MonkeyPatch, body: object, field: str) -> None:
    store = company("ann")
    use(monkeypatch, create, store)
    status, problem = call(create, body=body)
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == [field]
    assert store.rows(Task) == []


def test_a_title_with_brackets_is_refused_with_a_hint_at_jira_id(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, create, company("ann"))
    _, problem = call(create, body={"title": "[POPUG-1] Feed"})
    assert problem["errors"] == [
        {
            "field": "title",
            "code": "title_has_brackets",
            "message": "has [ or ]: the id of a ticket belongs in jira_id",
        }
    ]


def test_the_longest_task_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, create, company("ann"))
    for letter in ("ж", "😀", "\u03b1\u0313\u0301\u0345"):
        body = {"title": letter * 200, "jira_id": "P" * 62 + "-1", "description": letter * 10_000}
        assert call(create, body=body)[0] == 201
        body["description"] += letter
        status, problem = call(create, body=body)
        assert (status, problem["errors"]) == (
            400,
            [
                {
                    "field": "description",
                    "code": "too_long",
                    "message": "must have at most 10000 characters",
                    "limit": 10_000,
                }
            ],
        )


@pytest.mark.parametrize("title", ["\u200b", "\ufeff", "\u202e", "\u2800", "\0", "\x1f", "a\uffff", "a\nb"])
def test_an_invisible_or_invalid_title_is_refused(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    store = company("ann")
    use(monkeypatch, create, store)
    status, problem = call(create, body={"title": title})
    assert (status, [error["field"] for error in problem["errors"]]) == (400, ["title"])
    assert store.rows(Task) == []


def test_nobody_eligible_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, create, company())
    status, problem = call(create, body={"title": "x"})
    assert (status, problem["type"]) == (409, "urn:ates:problem:nobody-eligible")


def test_a_repeated_request_makes_one_task(monkeypatch: pytest.MonkeyPatch) -> None:
    store = company("ann", "bob")
    use(monkeypatch, create, store)
    first = call(create, body={"title": "x"}, key="k")
    assert call(create, body={"title": "x"}, key="k") == first
    assert call(create, body={"title": "y"}, key="k")[0] == 422
    assert len(store.rows(Task)) == 1
    assert call(create, body={"title": "x"}, key="other")[1]["task_id"] != first[1]["task_id"]
    assert call(create, caller="bob", body={"title": "x"}, key="k")[1]["task_id"] != first[1]["task_id"]


def test_the_same_request_twice_at_once_makes_one_task(monkeypatch: pytest.MonkeyPatch) -> None:
    store = company("ann")
    use(monkeypatch, create, store)
    answers: list[object] = []

    def other() -> None:
        use(monkeypatch, create, store)
        answers.append(call(create, body={"title": "x"}, key="k"))

    use(monkeypatch, create, Interrupted(store, write=[other]))
    answers.append(call(create, body={"title": "x"}, key="k"))
    assert answers[0] == answers[1]
    assert len(store.rows(Task)) == 1


def test_a_description_may_be_left_empty() -> None:
    world = World(company("ann"))
    details = create_task(NewTask("x", None, None), "max", world.store, world.context())
    assert details.task.description is None
