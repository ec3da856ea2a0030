"""`ates demo` on an installation of its own, at night: a week that the product takes for its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.local.demo.people import JOINING
from ops.local.demo.week import PAST_DAYS, past_days
from ops.stage import local_json, schedules
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from tests.system.conftest import free_port
from tests.system.product import Product, run_ates

pytestmark = pytest.mark.night


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Up, with a copy of its tables from before the demo."""
    folder = tmp_path_factory.mktemp("demo")
    try:
        run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()))
        run_ates(folder, "backup")
        yield folder
    finally:
        run_ates(folder, "clean", check=False)


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, Any]:
    """What the command said, which has verified the ledger and compared the services: it ended well."""
    said: dict[str, Any] = json.loads(run_ates(folder, "demo", "--json").stdout)
    return said


@pytest.fixture(scope="module")
def lived(folder: Path, said: dict[str, Any]) -> Iterator[Product]:
    home = InstallationFiles.of({"ATES_HOME": str(folder)})
    with http_client() as http:
        yield Product(home, local_json.load(home.local_json), http)


def test_past_days_are_closed_and_today_has_open_tasks(lived: Product, said: dict[str, Any]) -> None:
    today = said["demo"]["today"]
    past = past_days(today)
    closes = lived.all_items("accountant", "accounting", "/closes", **{"from": past[0], "to": today})
    assert {close["day"] for close in closes if close["status"] == "done"} == set(past)
    assert lived.get("worker", "tracking", "/tasks", status="open")["items"]
    days = lived.all_items("admin", "accounting", "/days", **{"from": past[0], "to": today})
    assert len([day for day in days if day["fees"]["amount"]]) == PAST_DAYS + 1
    assert lived.get("admin", "analytics", "/summary", day=past[-1])["accounts_in_minus"] > 0


def test_everybody_signs_in_and_one_is_in_the_minus(lived: Product, said: dict[str, Any]) -> None:
    for person in JOINING:
        assert lived.get(person.email, "auth", "/me")["name"] == person.name
    balance = lived.get(said["demo"]["minus"], "accounting", "/me/balance")
    assert balance["balance"]["amount"] < 0


def test_each_report_was_mailed_once(lived: Product) -> None:
    reports = lived.rows("notifications", "reports")
    assert {report["state"] for report in reports} == {"sent"}
    assert len(lived.mails()) == len(reports)
    assert len(lived.invitations()) == 1


def test_schedules_and_consumers_are_at_work_again(lived: Product) -> None:
    for name in schedules.of("dev"):
        assert lived.aws.events.describe_rule(Name=name)["State"] == "ENABLED"
    created = lived.call("manager", "POST", "tracking", "/tasks", json={"title": "After the demo"})
    assert created.status_code == 201
    lived.settle()
    booked = lived.rows("accounting", "entries")
    assert created.json()["task_id"] in {entry["task_id"] for entry in booked if "task_id" in entry}


@pytest.mark.parametrize("service", ["accounting", "tracking"])
def test_a_service_comes_back_from_a_copy_made_before_and_the_archive(
    lived: Product, said: dict[str, Any], service: str
) -> None:
    """Its events tell of the week before, and were archived after the copy.

    No event tells of closed days without entries, so the schedule closes them again.
    """
    before = lived.rows(service, "journal")
    lived.aws.dynamodb.delete_table(TableName=lived.aws.target.name(service, "journal"))
    lived.ates("restore", service, "--to", "now", "--yes")
    after = {row["event_id"] for row in lived.rows(service, "journal")}
    assert after == {row["event_id"] for row in before}
    lived.ates("close-day")
    assert json.loads(lived.ates("verify", "--json").stdout)["findings"] == []


def test_a_second_demo_and_a_second_up_change_nothing(lived: Product, folder: Path) -> None:
    tasks = sorted(lived.rows("tracking", "tasks"), key=repr)
    assert lived.ates("demo", check=False).returncode == 2
    lived.ates("up", "--web-port", lived.local.web.rpartition(":")[2])
    assert sorted(lived.rows("tracking", "tasks"), key=repr) == tasks
    assert local_json.load(lived.home.local_json) == lived.local
