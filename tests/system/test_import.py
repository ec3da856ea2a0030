"""A backlog of 200 tasks is imported while workers are killed: every fee is booked exactly once."""

import csv
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.system.product import Product, wait_for

TASKS = 200
SETTLED_SECONDS = 240
PREFIX = "IMPORT"


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backlog") / "jira.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Issue key", "Summary", "Description"])
        for number in range(TASKS):
            writer.writerow([f"{PREFIX}-{number}", f"Imported task {number}", "Two\nlines"])
    return path


def _imported(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if (row.get("jira_id") or "").startswith(f"{PREFIX}-")]


def _fees(product: Product) -> list[dict[str, Any]]:
    entries = _imported(product.rows("accounting", "entries"))
    return [entry for entry in entries if entry["kind"] == "assignment_fee"]


def _assignments(product: Product) -> list[dict[str, Any]]:
    events = product.events("tracking")
    return [e for e in events if e["event_name"] == "Task.Assigned" and _imported([e["data"]])]


@pytest.fixture(scope="module")
def report(product: Product, backlog: Path) -> dict[str, Any]:
    """The report of an import during which a relay worker and an accounting worker are killed.

    Afterwards nothing is in flight: the messages that they had in hand have come again.
    """
    killers = [
        threading.Thread(target=_kill_when_busy, args=(product, function, amount))
        for function, amount in (("tracking/publish_events", 50), ("accounting/on_task_event", 100))
    ]
    with product.retrying_soon("accounting", "on_task_event"):
        for killer in killers:
            killer.start()
        done = product.ates("import", str(backlog), "--yes", "--json")
        for killer in killers:
            killer.join(SETTLED_SECONDS)
            assert not killer.is_alive()
        product.settle()
    return dict(json.loads(done.stdout))


def test_every_imported_task_is_charged_once_although_workers_are_killed(
    product: Product, report: dict[str, Any]
) -> None:
    assert report["imported"] == TASKS, report
    tasks = {row["task_id"]: row for row in _imported(product.rows("tracking", "tasks"))}
    assert len(tasks) == TASKS
    assert Counter(each["data"]["task_id"] for each in _assignments(product)) == dict.fromkeys(tasks, 1)
    assert Counter(fee["task_id"] for fee in _fees(product)) == dict.fromkeys(tasks, 1)
    for fee in _fees(product):
        assert fee["account_id"] == tasks[fee["task_id"]]["assignee_id"]


def _kill_when_busy(product: Product, function: str, after_tasks: int) -> None:
    """Kill a worker once this many tasks are imported."""
    wait_for(
        lambda: len(_imported(product.rows("tracking", "tasks"))) >= after_tasks,
        SETTLED_SECONDS,
        "the import makes no progress",
    )
    product.kill_worker(function)


@pytest.mark.usefixtures("report")
def test_importing_the_same_file_again_creates_no_task(product: Product, backlog: Path) -> None:
    before = {row["task_id"] for row in _imported(product.rows("tracking", "tasks"))}
    product.ates("import", str(backlog), "--yes", "--json")
    assert {row["task_id"] for row in _imported(product.rows("tracking", "tasks"))} == before
    assert len(before) == TASKS
