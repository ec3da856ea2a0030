"""`ates demo` on a separate installation: the product works with the generated week as with its own."""

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
    """A running installation, backed up before the demo."""
    folder = tmp_path_factory.mktemp("demo")
    try:
        run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()))
        run_ates(folder, "backup")
        yield folder
    finally:
        run_ates(folder, "clean", "--yes", check=False)


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, Any]:
    """The output of the demo, which succeeded, so ledger and services agree."""
    said: dict[str, Any] = json.loads(run_ates(folder, "demo", "--json").stdout)
    return said


@pytest.fixture(scope="module")
def played(folder: Path, said: dict[str, Any]) -> Iterator[Product]:
    home = InstallationFiles.of({"ATES_HOME": str(folder)})
    with http_client() as http:
        yield Product(home, local_json.load(home.local_json), http)


def test_past_days_are_closed_and_today_has_open_tasks(played: Product, said: dict[str, Any]) -> None:
    today = said["demo"]["today"]
    past = past_days(today)
    closes = played.all_items("accountant", "accounting", "/closes", **{"from": past[0], "to": today})
    assert {close["day"] for close in closes if close["status"] == "done"} == set(past)
    assert played.get("worker", "tracking", "/tasks", status="open")["items"]
    days = played.all_items("admin", "accounting", "/days", **{"from": past[0], "to": today})
    assert len([day for day in days if day["fees"]["amount"]]) == PAST_DAYS + 1
    assert played.get("admin", "analytics", "/summary", day=past[-1])["accounts_in_minus"] > 0


def test_new_accounts_sign_in_and_one_account_is_in_the_minus(played: Product, said: dict[str, Any]) -> None:
    for person in JOINING:
        assert played.get(person.email, "auth", "/me")["name"] == person.name
    balance = played.get(said["demo"]["minus"], "accounting", "/me/balance")
    assert balance["balance"]["amount"] < 0


def test_each_report_was_mailed_once(played: Product) -> None:
    reports = played.rows("notifications", "reports")
    assert {report["state"] for report in reports} == {"sent"}
    assert len(played.mails()) == len(reports)
    assert len(played.invitations()) == 1


def test_schedules_and_consumers_run_again(played: Product) -> None:
    for name in schedules.of("dev"):
        assert played.aws.events.describe_rule(Name=name)["State"] == "ENABLED"
    created = played.call("manager", "POST", "tracking", "/tasks", json={"title": "After the demo"})
    assert created.status_code == 201
    played.settle()
    booked = played.rows("accounting", "entries")
    assert created.json()["task_id"] in {entry["task_id"] for entry in booked if "task_id" in entry}


@pytest.mark.parametrize("service", ["accounting", "tracking"])
def test_a_service_is_restored_from_a_backup_before_the_demo_and_archive(
    played: Product, said: dict[str, Any], service: str
) -> None:
    """Its events are of the past week but were archived after the backup.

    Closed days without entries have no event, so the schedule closes them again.
    """
    before = {event["event_id"] for event in played.events(service)}
    played.aws.dynamodb.delete_table(TableName=played.aws.target.name(service, "journal"))
    played.ates("restore", service, "--to", "now", "--yes")
    assert {event["event_id"] for event in played.events(service)} == before
    played.ates("close-day")
    assert json.loads(played.ates("verify", "--json").stdout)["findings"] == []


def test_a_second_demo_and_a_second_up_change_nothing(played: Product, folder: Path) -> None:
    tasks = sorted(played.rows("tracking", "tasks"), key=repr)
    assert played.ates("demo", check=False).returncode == 2
    played.ates("up", "--web-port", played.local.web.rpartition(":")[2])
    assert sorted(played.rows("tracking", "tasks"), key=repr) == tasks
    assert local_json.load(played.home.local_json) == played.local
