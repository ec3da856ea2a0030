"""Lists of tasks: filters, search, pages, lagging indexes."""

from collections import Counter
from typing import Any

import pytest

from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.get_assignee import handler as get_assignee
from functions.tracking.get_task import handler as get_task
from functions.tracking.list_assignees import handler as list_assignees
from functions.tracking.list_tasks import handler as list_tasks
from functions.tracking.rows import Task, TaskByAssignment, TaskByCreation
from shared.memory_store import MemoryStore
from shared.paging import MAX_EXAMINED, Question
from shared.store import Remove
from tests.tracking.requests import call, use
from tests.tracking.world import World, company, hear, state


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann", "bob"))
    for module in (list_tasks, get_task, list_assignees, get_assignee):
        use(monkeypatch, module, world.store)
    return world


def some(world: World, count: int, title: str = "Task {}", jira_id: str | None = None) -> list[Task]:
    """Tasks, newest first."""
    tasks = []
    for number in range(count):
        world.clock.advance(seconds=1)
        tasks.append(world.create(title.format(number), jira_id))
    return tasks[::-1]


def titles(answer: dict[str, Any]) -> list[str]:
    return [item["title"] for item in answer["items"]]


def ask(**query: str) -> dict[str, Any]:
    status, answer = call(list_tasks, query=query)
    assert status == 200, answer
    return answer


def all_pages(**query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = ask(**query, **({"cursor": cursor} if cursor else {}))
        items += answer["items"]
        cursor = answer["next_cursor"]
    return items


def test_all_tasks_newest_first(world: World) -> None:
    tasks = some(world, 30)
    answer = ask()
    assert [item["task_id"] for item in answer["items"]] == [task.task_id for task in tasks]
    assert answer["next_cursor"] is None
    assert answer["items"][0] == {
        "task_id": tasks[0].task_id,
        "title": "Task 29",
        "jira_id": None,
        "status": "open",
        "assignee": {"account_id": tasks[0].assignee_id, "name": tasks[0].assignee_id.title()},
        "created_by": {"account_id": "max", "name": "Max"},
        "created_at": tasks[0].created_at.replace(".000", ""),
        "assigned_at": tasks[0].created_at.replace(".000", ""),
        "completed_at": None,
        "cancelled_at": None,
    }


def test_title_search_ignores_the_normal_form(world: World) -> None:
    decomposed = "\u041d\u043e\u0432\u044b\u0438\u0306 \u0438\u0306\u043e\u0433\u0443\u0440\u0442 cafe\u0301"
    some(world, 1, decomposed)
    assert titles(ask(q="\u0439\u043e\u0433\u0443\u0440\u0442 CAF\u00c9")) == [decomposed]
    assert titles(ask(q="и\u0306огурт CAFE\u0301")) == [decomposed]
    assert titles(ask(q="cafe")) == []


def test_a_list_without_matches_is_empty(world: World) -> None:
    for query in ({}, {"status": "open"}, {"assignee": "me"}, {"q": "POPUG-1"}, {"q": "x"}):
        assert ask(**query) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("limit", [1, 7, 23, 24, 200])
@pytest.mark.parametrize("filters", [{}, {"status": "open"}, {"q": "task"}, {"assignee": "ann"}])
def test_pages_join_without_gap_or_duplicate(world: World, limit: int, filters: dict[str, str]) -> None:
    tasks = [task for task in some(world, 23) if filters.get("assignee") in (None, task.assignee_id)]
    items = all_pages(limit=str(limit), **filters)
    assert [item["task_id"] for item in items] == [task.task_id for task in tasks]


def test_the_last_page_has_no_cursor(world: World) -> None:
    some(world, 23)
    assert ask(limit="23")["next_cursor"] is None
    assert ask(limit="22")["next_cursor"] is not None


def test_a_page_can_be_filled_from_one_partition(world: World) -> None:
    hear(world.store, state("bob", 2, role="manager"))
    tasks = some(world, 40)
    answer = ask(assignee="ann", limit="36")
    assert [item["task_id"] for item in answer["items"]] == [task.task_id for task in tasks[:36]]
    assert len(ask(assignee="ann", cursor=answer["next_cursor"])["items"]) == 4


def test_pages_are_stable_while_tasks_are_added_and_changed(world: World) -> None:
    tasks = some(world, 9)
    first = ask(limit="4")
    some(world, 3)
    world.shuffle()
    world.complete(tasks[5])
    second = ask(limit="5", cursor=first["next_cursor"])
    seen = [item["task_id"] for item in first["items"] + second["items"]]
    assert seen == [task.task_id for task in tasks]


def test_filters_by_status(world: World) -> None:
    tasks = some(world, 12)
    done = {task.task_id for task in tasks[::3]}
    for task in tasks[::3]:
        world.complete(task)
    for status, wanted in (("completed", done), ("open", {task.task_id for task in tasks} - done)):
        items = ask(status=status)["items"]
        assert {item["task_id"] for item in items} == wanted
        assert {item["status"] for item in items} == {status}
    assert len(ask(status="completed", limit="3")["items"]) == 3
    gone = [task.task_id for task in tasks[1:3]]
    for task in tasks[1:3]:
        world.cancel(task)
    assert [item["task_id"] for item in ask(status="cancelled")["items"]] == gone
    assert not {item["task_id"] for item in ask(status="open")["items"]} & set(gone)


def test_filters_by_assignee(world: World) -> None:
    tasks = some(world, 12)
    mine = [task for task in tasks if task.assignee_id == "ann"]
    world.complete(mine[0])
    assert [i["task_id"] for i in ask(assignee="ann")["items"]] == [task.task_id for task in mine]
    assert ask(assignee="me") == ask(assignee="ann")
    assert [i["task_id"] for i in ask(assignee="me", status="completed")["items"]] == [mine[0].task_id]
    assert len(ask(assignee="me", status="open")["items"]) == len(mine) - 1
    assert ask(assignee="nobody")["items"] == []


def test_an_assignees_tasks_are_in_order_of_assignment(world: World) -> None:
    """Tasks of one instant, as in a shuffle, are in order of id."""
    hear(world.store, state("bob", 2, role="manager"))
    old, newer = some(world, 2)[::-1]
    world.clock.advance(seconds=1)
    world.shuffle()
    (newest,) = some(world, 1)
    second = sorted([old.task_id, newer.task_id], reverse=True)
    assert [item["task_id"] for item in ask(assignee="ann")["items"]] == [newest.task_id, *second]
    times = {task_id: world.task(task_id).assigned_at for task_id in second}
    assert len(set(times.values())) == 1


@pytest.mark.parametrize("filters", [{}, {"status": "open"}, {"q": "task"}])
@pytest.mark.parametrize("limit", [1, 2, 5, 13, 29, 30, 200])
def test_pages_join_when_many_tasks_are_assigned_at_one_instant(
    world: World, limit: int, filters: dict[str, str]
) -> None:
    hear(world.store, state("bob", 2, role="manager"))
    some(world, 13)
    world.shuffle()
    world.clock.advance(seconds=1)
    for _ in range(9):
        world.create("Task of one instant")
    some(world, 5)
    world.complete(world.store.rows(Task)[3])
    later = [task for task in world.store.rows(Task) if filters.get("status") in (None, task.status)]
    wanted = sorted(later, key=lambda task: (task.assigned_at, task.task_id), reverse=True)
    items = all_pages(limit=str(limit), assignee="ann", **filters)
    assert [item["task_id"] for item in items] == [task.task_id for task in wanted]


def test_a_cursor_by_creation_is_refused_by_a_list_by_assignment(world: World) -> None:
    """As handed out before lists were by assignment: refused, not read as the end of the list."""
    task_id = some(world, 1)[0].task_id
    for query, position in (({"assignee": "ann"}, task_id), ({}, f"2026-11-22T12:00:00.000Z#{task_id}")):
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(Question, "_digest", lambda _: b"123456789")
            cursor = Question("").cursor(position) or ""
            status, problem = call(list_tasks, query={**query, "cursor": cursor})
        assert (status, [each["field"] for each in problem["errors"]]) == (400, ["cursor"])


def test_title_search_ignores_case(world: World) -> None:
    some(world, 2, "Feed the PARROT {}")
    some(world, 2, "Кормить Попугая {}")
    assert titles(ask(q="parrot")) == ["Feed the PARROT 1", "Feed the PARROT 0"]
    assert titles(ask(q=" ПОПУГАЯ 1 ")) == ["Кормить Попугая 1"]
    assert len(ask(q="")["items"]) == 4


def test_search_and_filters_combine(world: World) -> None:
    tasks = some(world, 6, "Feed {}")
    some(world, 2, "Clean {}")
    world.complete(tasks[0])
    assert titles(ask(q="feed", status="completed")) == ["Feed 5"]
    assert len(ask(q="feed", status="open")["items"]) == 5
    mine = [task.title for task in tasks if task.assignee_id == "ann"]
    assert titles(ask(q="feed", assignee="ann")) == mine


def test_a_whole_jira_id_is_looked_up(world: World) -> None:
    (task,) = some(world, 1, "Feed {}", "POPUG-42")
    some(world, 1, "About POPUG-42 {}")
    some(world, 1, "Like popug-7 {}")
    assert titles(ask(q="popug-42")) == [task.title]
    assert titles(ask(q="POPUG-4")) == ["About POPUG-42 0"]
    assert titles(ask(q="POPUG-7")) == ["Like popug-7 0"]
    assert titles(ask(q="POPUG-42", status="completed")) == []


def test_many_tasks_of_one_jira_id_are_paged(world: World) -> None:
    tasks = some(world, 7, "Feed {}", "POPUG-42")
    some(world, 3, "About POPUG-42 {}")
    assert [item["task_id"] for item in all_pages(q="POPUG-42", limit="3")] == [t.task_id for t in tasks]
    first = ask(q="POPUG-42", limit="6")
    for task in tasks:
        world.store.transact([Remove(Task, {"task_id": task.task_id})])
    assert ask(q="POPUG-42", cursor=first["next_cursor"]) == {"items": [], "next_cursor": None}


def test_a_cursor_of_one_search_is_refused_by_another(world: World) -> None:
    """A cursor of a jira_id search once restarted other lists."""
    some(world, 3, "Feed {}", "POPUG-42")
    cursor = ask(q="POPUG-42", limit="1")["next_cursor"]
    assert len(ask(q="POPUG-42", limit="200", cursor=cursor)["items"]) == 2
    for query in ({}, {"q": "Feed"}, {"q": "POPUG-42", "status": "open"}):
        status, problem = call(list_tasks, query={**query, "cursor": cursor})
        assert (status, problem["errors"][0]["field"]) == (400, "cursor")
    assert call(list_tasks, caller="bob", query={"q": "POPUG-42", "cursor": cursor})[0] == 400


def test_a_request_examines_a_bounded_number_of_tasks(world: World) -> None:
    assert MAX_EXAMINED == 500
    some(world, MAX_EXAMINED + 20)
    needle = world.store.rows(Task)[0]
    world.clock.advance(seconds=1)
    first = ask(q="Task 0")
    assert first["items"] == []
    assert first["next_cursor"]
    second = ask(q="Task 0", cursor=first["next_cursor"])
    assert titles(second) == [needle.title]
    assert second["next_cursor"] is None
    world.complete(needle)
    assert [item["task_id"] for item in all_pages(status="completed")] == [needle.task_id]


def test_a_page_of_200_open_tasks_needs_few_queries(world: World) -> None:
    some(world, 300)
    queries = Counter[str]()

    class Counting(MemoryStore):
        def query(self, kind: Any, *args: Any, **bounds: Any) -> Any:
            queries[kind.__name__] += 1
            return super().query(kind, *args, **bounds)

    store = Counting([])
    store.__dict__.update(world.store.__dict__)
    with pytest.MonkeyPatch.context() as monkeypatch:
        use(monkeypatch, list_tasks, store)
        assert len(ask(status="open", limit="200")["items"]) == 200
        assert len(ask()["items"]) == 50
    assert queries == {"OpenTask": 4, "TaskByCreation": 4}


class Lagging(MemoryStore):
    """Its indexes stay as they were at its creation."""

    def __init__(self, sound: MemoryStore) -> None:
        self.__dict__.update(sound.__dict__)
        self._before = {
            (kind, key): list(rows.values())
            for (kind, key), rows in self._partitions.items()
            if kind in (TaskByAssignment, TaskByCreation)
        }

    def query(self, kind: Any, partition: Any, **bounds: Any) -> Any:
        if kind not in (TaskByAssignment, TaskByCreation):
            return super().query(kind, partition, **bounds)
        rows = sorted(self._before.get((kind, partition), []), key=lambda row: row["task_id"], reverse=True)
        return [kind(**{name: row[name] for name in kind.__match_args__}) for row in rows]


def test_a_lagging_index_does_not_show_outdated_tasks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = some(world, 6)
    use(monkeypatch, list_tasks, Lagging(world.store))
    mine = [task for task in tasks if task.assignee_id == "ann"]
    world.complete(mine[0])
    assert [i["task_id"] for i in ask(assignee="ann", status="open")["items"]] == [
        task.task_id for task in mine[1:]
    ]
    fresh = {item["task_id"]: item["status"] for item in ask()["items"]}
    assert fresh[mine[0].task_id] == "completed"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
        {"status": "closed"},
        {"assignee": ""},
        {"assignee": "x" * 129},
        {"q": "x" * 201},
        {"project": "x"},
        {"cursor": "%%%"},
    ],
)
def test_a_wrong_query_names_its_parameter(world: World, query: dict[str, str]) -> None:
    status, problem = call(list_tasks, query=query)
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == list(query)


def test_get_task_returns_the_description(world: World) -> None:
    content = NewTask("Feed", "POPUG-1", "Seeds")
    task = create_task(content, "max", world.store, world.context()).task
    status, answer = call(get_task, path={"task_id": task.task_id})
    assert status == 200
    assert (answer["title"], answer["jira_id"], answer["description"]) == ("Feed", "POPUG-1", "Seeds")
    assert call(get_task, path={"task_id": task.task_id[:-1] + "x"})[0] == 404
    assert call(get_task, path={"task_id": "01900000-0000-7000-8000-000000000000"})[0] == 404


def assignees(**query: str) -> tuple[list[str], str | None]:
    status, answer = call(list_assignees, query=query)
    assert status == 200, answer
    return [item["name"] for item in answer["items"]], answer["next_cursor"]


def test_assignees_are_listed_and_searched_by_name(world: World) -> None:
    hear(
        world.store,
        state("zoe", name="alice"),
        state("dan", role="accountant"),
        state("ann", 2, role="admin"),
    )
    assert assignees() == (["alice", "Ann", "Bob", "Dan"], None)
    assert assignees(q="B") == (["Bob"], None)
    assert assignees(q="AN") == (["Ann", "Dan"], None)
    assert assignees(q="max") == ([], None)


def test_get_assignee_returns_the_current_name(world: World) -> None:
    hear(world.store, state("bob", 2, role="manager", name="Robert"))
    for account_id, name in (("ann", "Ann"), ("bob", "Robert")):
        found = {"account_id": account_id, "name": name}
        assert call(get_assignee, path={"account_id": account_id}) == (200, found)
    for account_id in ("max", "nobody", "x" * 128):
        status, problem = call(get_assignee, path={"account_id": account_id})
        assert (status, problem["type"]) == (404, "urn:ates:problem:assignee-not-found")


def test_assignees_are_paged(world: World) -> None:
    hear(world.store, *(state(f"person-{n}", name=f"Ж{n:03d}" + "ы" * 190) for n in range(30)))
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = assignees(limit="7", **({"cursor": cursor} if cursor else {}))
        names += page
    assert names == sorted(names, key=str.casefold)
    assert len(set(names)) == len(names) == 32
