"""docs/development.md, followed by its words: what a copy of the project then deploys answers over HTTP.

The copy has a new version of an event too, so these sources are older than it: a deployment of them is a
rollback across event versions, as in docs/runbook.md.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ops.stage import consumers, event_sources, local_json
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from shared.clock import rfc3339, system_clock
from tests.support.followed import (
    PATH,
    Copy,
    copy_of_the_project,
    with_a_new_version,
    with_the_use_case,
)
from tests.system.conftest import free_port
from tests.system.product import Product, run_ates, wait_for

pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]

NOBODY = "01900000-0000-7000-8000-000000000000"
CONSUMER = "accounting.on_task_event"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = copy_of_the_project(tmp_path_factory.mktemp("followed") / "ates")
    with_the_use_case(copy)
    with_a_new_version(copy)
    copy.python("-m", "infra.documents")
    return copy


@pytest.fixture(scope="module")
def deployed(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation of the copy, on a MiniStack of its own."""
    folder = tmp_path_factory.mktemp("of_the_copy")
    try:
        ports = "--port", str(free_port()), "--web-port", str(free_port())
        run_ates(folder, "up", *ports, project=copy.folder)
        home = InstallationFiles.of({"ATES_HOME": str(folder)})
        with http_client() as http:
            yield Product(home, local_json.load(home.local_json), http)
    finally:
        run_ates(folder, "clean", "--yes", check=False, project=copy.folder)


def test_the_rest_of_the_pages_commands_accept_the_use_case(copy: Copy) -> None:
    copy.run("npm", "run", "--silent", "types", "-w", "web")
    types = copy.folder / "web" / "src" / "app" / "api" / "types" / "tracking.d.ts"
    assert PATH in types.read_text(encoding="utf-8")
    copy.python("-m", "benchmarks", "documents")
    copy.test("tests/benchmarks/test_budgets.py", "tests/benchmarks/test_documents.py")
    copy.run("mypy")
    copy.run("vulture")


def test_the_deployed_use_case_answers_with_a_real_token(deployed: Product) -> None:
    created = deployed.call("manager", "POST", "tracking", "/tasks", json={"title": "Count the feathers"})
    task_id = created.json()["task_id"]
    for role in ("worker", "accountant", "manager", "admin"):
        found = deployed.get(role, "tracking", PATH.format(task_id=task_id))
        assert found["task_id"] == task_id
        assert 0 <= found["age_seconds"] < 3600
    assert deployed.call("worker", "GET", "tracking", PATH.format(task_id=NOBODY)).status_code == 404
    assert deployed.call(None, "GET", "tracking", PATH.format(task_id=task_id)).status_code == 401


def created(product: Product) -> dict[str, Any]:
    answer = product.call("manager", "POST", "tracking", "/tasks", json={"title": "Count the feathers"})
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


def complete(product: Product, task: dict[str, Any]) -> None:
    assignee = task["assignee"]["account_id"]
    (email,) = [each.email for each in product.local.accounts if each.account_id == assignee]
    answer = product.call(email, "POST", "tracking", f"/tasks/{task['task_id']}/complete")
    assert answer.status_code == 200, answer.text


def rewards(product: Product, task: dict[str, Any]) -> int:
    entries = product.rows("accounting", "entries")
    return sum((each["kind"], each["task_id"]) == ("completion_reward", task["task_id"]) for each in entries)


def dead_letters(product: Product) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(product.ates("dlq", "list", "--json").stdout)["consumers"]
    return found


def refused_commands() -> list[tuple[str, ...]]:
    """From an hour ago: `regenerate` asks the journal for each hour."""
    recently = rfc3339(system_clock() - timedelta(hours=1))
    return [
        ("dlq", "redrive", CONSUMER),
        ("regenerate", "--service", "tracking", "--from", recently),
        ("replay", "--consumer", CONSUMER, "--from", recently),
        ("restore", "accounting", "--to", "now", "--yes"),
        ("verify",),
    ]


def test_a_rollback_across_event_versions_loses_nothing(copy: Copy, deployed: Product) -> None:
    """`deployed.ates` is the older code; an event of the newer one waits when it comes."""
    late = created(deployed)
    deployed.settle()
    function = consumers.named("dev", CONSUMER).function
    (mapping,) = event_sources.mappings(deployed.aws, [function])
    deployed.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    complete(deployed, late)
    try:
        deployed.ates("up")
        deployed.ates("resume", CONSUMER)
        (given_up,) = wait_for(lambda: dead_letters(deployed), 120, "the older code gives up no event")
        assert (given_up["consumer"], given_up["messages"]) == (CONSUMER, 1)
        for command in refused_commands():
            refused = deployed.ates(*command, check=False)
            assert refused.returncode == 1, command
            assert "cannot read Task.Completed v2" in refused.stderr, command
        meanwhile = created(deployed)
        complete(deployed, meanwhile)
        deployed.settle()
        assert (rewards(deployed, meanwhile), rewards(deployed, late)) == (1, 0)
        deployed.ates("verify", "--only", "ledger")
    finally:
        run_ates(deployed.home.folder, "up", project=copy.folder)
    run_ates(deployed.home.folder, "dlq", "redrive", CONSUMER, project=copy.folder)
    deployed.settle()
    assert rewards(deployed, late) == 1
    run_ates(deployed.home.folder, "verify", project=copy.folder)
