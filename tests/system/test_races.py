"""Simultaneous requests to the deployed product: one of them wins, and the money follows."""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import pytest

from functions.accounting.ledger import new_balance
from shared.clock import business_day, previous_day, system_clock
from tests.system.product import Product, wait_for

# Each race is repeated with warm processes, because cold ones would start one after the other.
ROUNDS = 3
SAME_TASK = 5
SAME_KEY = 8
UNTOUCHED, EARLY, LATE = 4, 6, 16
COMPLETERS = 2
SETTLED_SECONDS = 90
NOBODY = "01900000-0000-7000-8000-000000000000"

Call = Callable[[], httpx.Response]
Event = dict[str, Any]


def at_once(calls: Sequence[Call]) -> list[httpx.Response]:
    """Send all requests at the same instant, each in its own thread."""
    barrier = threading.Barrier(len(calls))

    def run(call: Call) -> httpx.Response:
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def assignee_of(product: Product, account_id: str) -> str:
    """The account's e-mail address."""
    return next(each.email for each in product.local.accounts if each.account_id == account_id)


def complete(product: Product, task: dict[str, Any]) -> httpx.Response:
    """Complete a task as its assignee."""
    who = assignee_of(product, task["assignee"]["account_id"])
    return product.call(who, "POST", "tracking", f"/tasks/{task['task_id']}/complete")


def cancel(product: Product, task: dict[str, Any]) -> httpx.Response:
    """Cancel a task as its creator."""
    return product.call("manager", "POST", "tracking", f"/tasks/{task['task_id']}/cancel")


def events_of(product: Product, task_ids: set[str]) -> list[Event]:
    """Tracking's events of these tasks, oldest first."""
    mine = [event for event in product.events("tracking") if event["data"].get("task_id") in task_ids]
    return sorted(mine, key=lambda event: str(event["occurred_at"]))


def named(events: Sequence[Event], name: str) -> list[Event]:
    return [event for event in events if event["event_name"] == name]


def booked(product: Product, task_id: str, kind: str) -> list[str]:
    """The accounts that were charged or paid for a task."""
    entries = product.rows("accounting", "entries")
    return sorted(
        each["account_id"] for each in entries if each.get("task_id") == task_id and each["kind"] == kind
    )


def everything_adds_up(product: Product) -> None:
    """Run `ates verify`, which fails on a finding."""
    assert json.loads(product.ates("verify", "--json").stdout)["findings"] == []


@pytest.fixture(scope="module", autouse=True)
def signed_in(product: Product) -> None:
    """Fetch tokens before the threads start."""
    for account in product.local.accounts:
        product.token(account.email)


def test_simultaneous_completions_complete_a_task_once(product: Product) -> None:
    nothing = {"task_id": NOBODY, "assignee": {"account_id": product.local.accounts[0].account_id}}
    warm = at_once([lambda: complete(product, nothing)] * SAME_TASK)
    assert [answer.status_code for answer in warm] == [404] * SAME_TASK
    tasks = [product.create_task(f"Race {number} to the end") for number in range(ROUNDS)]
    for task in tasks:
        answers = at_once([lambda task=task: complete(product, task)] * SAME_TASK)  # type: ignore[misc]
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: SAME_TASK - 1}
    product.settle()
    for task in tasks:
        winner = task["assignee"]["account_id"]
        assert booked(product, task["task_id"], "completion_reward") == [winner]
        assert booked(product, task["task_id"], "assignment_fee") == [winner]
        assert len(named(events_of(product, {task["task_id"]}), "Task.Completed")) == 1


def test_of_a_simultaneous_completion_and_cancellation_one_wins(product: Product) -> None:
    """The money follows the winner."""
    tasks = [product.create_task(f"To the end or to nothing {number}") for number in range(ROUNDS)]
    for task in tasks:
        completion, cancellation = at_once(
            [lambda task=task: complete(product, task), lambda task=task: cancel(product, task)]  # type: ignore[misc]
        )
        assert sorted([completion.status_code, cancellation.status_code]) == [200, 409]
    product.settle()
    for task in tasks:
        events = events_of(product, {task["task_id"]})
        done, gone = named(events, "Task.Completed"), named(events, "Task.Cancelled")
        assert len(done) + len(gone) == 1
        assert len(booked(product, task["task_id"], "completion_reward")) == len(done)
        assert booked(product, task["task_id"], "assignment_fee") == [task["assignee"]["account_id"]]


def test_simultaneous_requests_with_one_key_create_one_task(product: Product) -> None:
    def post(key: str, title: str = "One of eight") -> httpx.Response:
        body, headers = {"title": title}, {"Idempotency-Key": f"races-{key}"}
        return product.call("manager", "POST", "tracking", "/tasks", json=body, headers=headers)

    made = [post("warm").json()]
    warm = at_once([lambda: post("warm", "Something else")] * SAME_KEY)
    assert [answer.status_code for answer in warm] == [422] * SAME_KEY
    for number in range(ROUNDS):
        answers = at_once([lambda key=str(number): post(key)] * SAME_KEY)  # type: ignore[misc]
        assert [answer.status_code for answer in answers] == [201] * SAME_KEY
        assert len({answer.text for answer in answers}) == 1
        made.append(answers[0].json())
    rows = [row for row in product.rows("tracking", "tasks") if row["title"] == "One of eight"]
    assert {row["task_id"] for row in rows} == {task["task_id"] for task in made}
    assert len(rows) == 1 + ROUNDS
    assert [complete(product, task).status_code for task in made] == [200] * len(made)
    product.settle()
    for task in made:
        assert len(booked(product, task["task_id"], "assignment_fee")) == 1


@dataclass
class ShuffleRace:
    """Two simultaneous shuffles while assignees complete some tasks; `answers` by task_id."""

    shuffles: list[str]
    untouched: set[str]
    raced: set[str]
    answers: dict[str, int]
    progress: list[dict[str, Any]]
    events: list[Event]

    @property
    def task_ids(self) -> set[str]:
        return self.untouched | self.raced

    def of(self, task_id: str, name: str) -> list[Event]:
        return [event for event in named(self.events, name) if event["data"]["task_id"] == task_id]


@pytest.fixture(scope="module")
def shuffle_race(product: Product) -> ShuffleRace:
    product.settle()
    with ThreadPoolExecutor(COMPLETERS) as pool:
        titles = [f"Raced for {number}" for number in range(UNTOUCHED + EARLY + LATE)]
        tasks = list(pool.map(product.create_task, titles))
        untouched, raced = tasks[:UNTOUCHED], tasks[UNTOUCHED:]
        presses = at_once([lambda who=who: press(product, who) for who in ("manager", "admin")])  # type: ignore[misc]
        shuffles = [answer.json()["shuffle_id"] for answer in presses]
        answers = list(pool.map(lambda task: complete(product, task).status_code, raced[:EARLY]))
        await_the_first_reassignment(product, shuffles)
        answers += pool.map(lambda task: complete(product, task).status_code, raced[EARLY:])
        progress = [done(product, shuffle_id) for shuffle_id in shuffles]
        task_ids = {task["task_id"] for task in tasks}
        list(pool.map(lambda task: complete(product, task), still_open(product, task_ids)))
    product.settle()
    return ShuffleRace(
        shuffles=shuffles,
        untouched={task["task_id"] for task in untouched},
        raced={task["task_id"] for task in raced},
        answers={task["task_id"]: status for task, status in zip(raced, answers, strict=True)},
        progress=progress,
        events=events_of(product, task_ids),
    )


def press(product: Product, who: str) -> httpx.Response:
    answer = product.call(who, "POST", "tracking", "/shuffles", json={})
    assert answer.status_code == 202, answer.text
    return answer


def await_the_first_reassignment(product: Product, shuffles: Sequence[str]) -> None:
    """Wait for it, so that the other tasks are completed while they are being reassigned."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while not any(
        row["mark"].startswith(tuple(shuffles)) for row in product.rows("tracking", "shuffle_marks")
    ):
        assert time.monotonic() < deadline, "the shuffles do not begin"


def done(product: Product, shuffle_id: str) -> dict[str, Any]:
    def progress() -> dict[str, Any] | None:
        shown: dict[str, Any] = product.get("manager", "tracking", f"/shuffles/{shuffle_id}")
        return shown if shown["status"] == "done" else None

    return dict(wait_for(progress, SETTLED_SECONDS, "the shuffle is not done"))


def still_open(product: Product, task_ids: set[str]) -> list[dict[str, Any]]:
    """The tasks that are still open, with their present assignee; they are completed at the end."""
    rows = [row for row in product.rows("tracking", "tasks") if row["task_id"] in task_ids]
    return [
        {"task_id": row["task_id"], "assignee": {"account_id": row["assignee_id"]}}
        for row in rows
        if row["status"] == "open"
    ]


def test_two_simultaneous_presses_each_reassign_each_task_once(
    product: Product, shuffle_race: ShuffleRace
) -> None:
    for progress in shuffle_race.progress:
        assert progress["reassigned"] + progress["skipped"] == progress["total"] >= UNTOUCHED
    for task_id in shuffle_race.untouched:
        by = Counter(event["data"].get("shuffle_id") for event in shuffle_race.of(task_id, "Task.Assigned"))
        assert by == Counter([None, *shuffle_race.shuffles])


def test_a_press_reassigns_a_task_once_or_skips_it(product: Product, shuffle_race: ShuffleRace) -> None:
    marks = {row["mark"]: row["outcome"] for row in product.rows("tracking", "shuffle_marks")}
    for shuffle_id in shuffle_race.shuffles:
        for task_id in shuffle_race.raced:
            times = sum(
                event["data"].get("shuffle_id") == shuffle_id
                for event in shuffle_race.of(task_id, "Task.Assigned")
            )
            outcome = marks.get(f"{shuffle_id}#{task_id}")
            assert (times, outcome) in [(1, "reassigned"), (0, "skipped"), (0, None)]


def test_an_accepted_completion_is_kept_and_a_late_one_refused(shuffle_race: ShuffleRace) -> None:
    """The first assignee sent each completion; without the task by then, the answer was 403."""
    assert set(shuffle_race.answers.values()) <= {200, 403}
    for task_id, status in shuffle_race.answers.items():
        (completion,) = shuffle_race.of(task_id, "Task.Completed")
        first, *later = shuffle_race.of(task_id, "Task.Assigned")
        if status == 200:
            assert completion["data"]["assignee_id"] == first["data"]["assignee_id"]
        else:
            assert later


def test_fees_and_rewards_follow_exactly_one_order(product: Product, shuffle_race: ShuffleRace) -> None:
    """The version counts every change; the last assignee completed the task and was paid."""
    tasks = {row["task_id"]: row for row in product.rows("tracking", "tasks")}
    entries = defaultdict[tuple[str, str], list[str]](list)
    for entry in product.rows("accounting", "entries"):
        entries[entry.get("task_id") or "", entry["kind"]].append(entry["account_id"])
    for task_id in shuffle_race.task_ids:
        task, assignments = tasks[task_id], shuffle_race.of(task_id, "Task.Assigned")
        (completion,) = shuffle_race.of(task_id, "Task.Completed")
        assert task["version"] == len(assignments) + 1
        assert completion["data"]["assignee_id"] == task["assignee_id"]
        last = (task["assigned_at"], task["assignee_id"])
        assert last in [(event["occurred_at"], event["data"]["assignee_id"]) for event in assignments]
        assert all(event["occurred_at"] <= completion["occurred_at"] for event in assignments)
        charged = sorted(event["data"]["assignee_id"] for event in assignments)
        assert sorted(entries[task_id, "assignment_fee"]) == charged
        assert entries[task_id, "completion_reward"] == [task["assignee_id"]]


def test_everything_adds_up_after_all_races(product: Product, shuffle_race: ShuffleRace) -> None:
    everything_adds_up(product)


@pytest.fixture
def idle_account(product: Product) -> Iterator[dict[str, Any]]:
    """The key of an account without entries and with days to close; deleted at the end."""
    table = product.aws.target.name("accounting", "balances")
    missed = previous_day(previous_day(previous_day(business_day(system_clock(), "UTC"))))
    row = asdict(new_balance("idle-account-of-the-races", missed))
    given = {name: value for name, value in row.items() if value is not None}
    item = {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in given.items()}
    key = {"account_id": item["account_id"]}
    product.aws.dynamodb.put_item(TableName=table, Item=item)
    yield key
    product.aws.dynamodb.delete_item(TableName=table, Key=key)


def test_two_simultaneous_closes_close_each_day_once(product: Product, idle_account: dict[str, Any]) -> None:
    """Only past days are closed, none sooner than by the schedule."""
    today = business_day(system_clock(), "UTC")
    answers = at_once([lambda: product.call("accountant", "POST", "accounting", "/closes", json={})] * 2)
    assert [answer.status_code for answer in answers] == [202, 202]
    through = {answer.json()["through"] for answer in answers} - {None}
    assert all(day < today for day in through)
    wait_for(
        lambda: closed_through(product, idle_account) >= max(through, default=""),
        SETTLED_SECONDS,
        "a day is still open",
    )
    again = product.call("accountant", "POST", "accounting", "/closes", json={}).json()
    assert again == {"through": None, "accounts": 0}
    everything_adds_up(product)


def closed_through(product: Product, key: dict[str, Any]) -> str:
    table = product.aws.target.name("accounting", "balances")
    row = product.aws.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    return row["closed_through"]["S"]
