"""Services' tables are lost and restored: published rows are the same again, up to every hash."""

import json
from typing import Any

import pytest

from ops.audit import snapshot
from ops.recovery import rebuild_analytics
from shared.clock import business_day, system_clock
from tests.system.failures import losses
from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation
from tests.system.failures.reports import Reports
from tests.system.product import wait_for

pytestmark = pytest.mark.night


TASKS = 10
UNDER_WAY = 6
CHARGED_SECONDS = 60
HOLDS = (
    "published prices, entries and hashes are unchanged; the rest is rebuilt from the other services' events"
)


def restored(failing: Installation, service: str) -> dict[str, Any]:
    done = failing.product.ates("restore", service, "--to", "now", "--yes", "--json")
    found: dict[str, Any] = json.loads(done.stdout)["restored"]
    assert found["differences"] == []
    return found


def redrive_all(failing: Installation) -> None:
    """Redrive dead letters from the time without tables; the archive has replayed them too."""
    given_up = json.loads(failing.product.ates("dlq", "list", "--json").stdout)["consumers"]
    for each in given_up:
        failing.product.ates("dlq", "redrive", each["consumer"])


def test_accounting_loses_its_tables(failing: Installation, scenario: Begin) -> None:
    injects = "all of accounting's tables are deleted under load, after a backup"
    with scenario("accounting-restored", injects=injects, holds=HOLDS) as run:
        failing.product.ates("backup", "accounting")
        at_backup = losses.published_ledger(failing)
        rename_an_account(failing)
        failing.product.settle()
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        wait_for(lambda: len(losses.published_ledger(failing)) > len(at_backup), CHARGED_SECONDS, "no entry")
        before = losses.published_ledger(failing)
        run.inject(losses.lose_tables(failing, "accounting"))
        found = restored(failing, "accounting")
        load.finish()
        assert load.lost_answers == 0
        redrive_all(failing)
        assert found["compared"]["entries"] + found["compared"]["prices"] >= len(before) > len(at_backup)
    after = losses.published_ledger(failing)
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize("service", ["tracking", "auth", "notifications"])
def test_another_service_loses_its_tables(failing: Installation, scenario: Begin, service: str) -> None:
    """A day is closed after the backup, so each service has published something since."""
    injects = f"all of {service}'s tables are deleted after a backup, while commands run"
    holds = "everything it published is unchanged; commands repeated meanwhile take effect once"
    with scenario(f"{service}-restored", injects=injects, holds=holds) as run:
        failing.product.ates("backup", service)
        rename_an_account(failing)
        run.load(TASKS // 2, shuffles=1).finish()
        reports = Reports(failing)
        reports.close()
        reports.await_sent()
        failing.settle()
        run.inject(losses.lose_tables(failing, service))
        load = run.load(TASKS // 2)
        found = restored(failing, service)
        load.finish()
        redrive_all(failing)
        assert found["own_events"] > 0


def test_analytics_loses_its_tables(failing: Installation, scenario: Begin) -> None:
    injects = "all of analytics' tables are deleted and rebuilt while the other services work"
    holds = (
        "rebuilt from accounting's journal, the answers are the same; a rebuild under load changes nothing"
    )
    with scenario("analytics-rebuilt", injects=injects, holds=holds) as run:
        run.load(TASKS // 2).finish()
        failing.settle()
        today = business_day(system_clock(), "UTC")
        before = answers(failing, today)
        run.inject(losses.lose_tables(failing, "analytics"))
        failing.product.ates("rebuild", "analytics")
        assert answers(failing, today) == before
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        again = json.loads(failing.product.ates("rebuild", "analytics", "--json").stdout)
        assert again["changed"] == []
        load.finish()


EMPTIED = {
    "accounting": ("inbox", "tracking"),
    "tracking": ("shuffle_marks", ""),
    "notifications": ("reports", "accounting"),
    "analytics": ("inbox", "accounting"),
    "auth": ("accounts", ""),
}
"""By service: a table that prevents double effects, and the service whose events are delivered again."""


@pytest.mark.parametrize("service", EMPTIED)
def test_one_table_is_emptied(failing: Installation, scenario: Begin, service: str) -> None:
    table, source = EMPTIED[service]
    injects = f"{service}'s table {table} is emptied under load, and its consumed events are delivered again"
    holds = "what depends on it waits until it is restored; then everything takes effect once"
    with scenario(f"emptied-{service}", injects=injects, holds=holds) as run:
        failing.product.ates("backup", service)
        reports = Reports(failing)
        run.load(2).finish()
        failing.settle()
        reports.close()
        reports.await_sent()
        load = run.load(TASKS // 2, shuffles=1)
        load.await_answers(2)
        run.inject(losses.empty_table(failing, service, table))
        if source:
            failing.product.ates("regenerate", "--service", source, "--from", "2026-01-01")
        if service == "analytics":
            failing.product.ates("rebuild", "analytics")
        else:
            restored(failing, service)
        load.finish()
        redrive_all(failing)


def answers(failing: Installation, day: str) -> list[Any]:
    """Analytics' answers for a day and its week, and its figures; the same when the day has ended."""
    days = failing.product.get("admin", "analytics", "/days", **{"from": day, "to": day})
    for each in days["items"]:
        del each["accounts_in_minus"], each["accounts_in_minus_by"]
    return [
        days,
        failing.product.get("admin", "analytics", "/top-tasks", period="week", date=day),
        rebuild_analytics.figures(failing.aws, snapshot.current_generation(failing.aws)),
    ]


def rename_an_account(failing: Installation) -> None:
    """Change an account's name, which publishes an event of auth."""
    account = failing.product.local.account("worker")
    name = failing.product.get("worker", "auth", "/me")["name"]
    answer = failing.product.call(
        "admin", "PATCH", "auth", f"/accounts/{account.account_id}", json={"name": f"{name}."}
    )
    assert answer.status_code == 200, answer.text
