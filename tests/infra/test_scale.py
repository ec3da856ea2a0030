"""What a stage sets so that it can grow: rates, invocations at once, shards."""

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import scale
from benchmarks.dollars import price, price_list
from functions.accounting.on_task_event import handler as on_task_event
from functions.analytics.on_ledger_event import handler as of_analytics
from functions.auth.reconcile_identities import handler as reconcile
from functions.auth.sync_identity import handler as sync
from functions.notifications.on_ledger_event import handler as of_notifications
from functions.notifications.queue_due_reports import handler as queue_due
from functions.notifications.send_report import handler as send
from infra import pacing, sharding
from infra.app import build
from infra.discovery import Service, discover
from infra.package import ROOT
from infra.sharding import BadSharding
from infra.stages import Stage
from shared import settings, wiring
from shared.spec import Events, UseCase
from shared.tables import Shards
from tests.infra.stages_of import stage_of
from tests.infra.templates import Template

SERVICES = {service.name: service for service in discover()}
ALL_TABLES = [table for service in SERVICES.values() for table in service.tables.values()]


def service_of(spec: UseCase) -> Service:
    return SERVICES[spec.service]


def share(spec: UseCase, stage: Stage) -> float:
    ((_, value),) = pacing.variables(spec, stage, service_of(spec).use_cases)
    return float(value)


def at_once(spec: UseCase, stage: Stage) -> int:
    return pacing.at_once(spec, stage, service_of(spec).use_cases)


@pytest.mark.parametrize("rate", [1, 14, 80, 500])
def test_senders_share_the_rate_of_mails(rate: int) -> None:
    stage = stage_of({"mail_per_second": rate})
    assert share(send.SPEC, stage) * at_once(send.SPEC, stage) == pytest.approx(rate)
    assert share(queue_due.SPEC, stage) == rate
    assert at_once(send.SPEC, stage) >= rate * 0.3


@pytest.mark.parametrize("rate", [20, 100])
def test_all_that_update_the_pool_share_its_rate(rate: int) -> None:
    """Only one reconciliation works at any time."""
    stage = stage_of({"pool_calls_per_second": rate})
    together = share(reconcile.SPEC, stage) + share(sync.SPEC, stage) * at_once(sync.SPEC, stage)
    assert together == pytest.approx(rate)


def test_a_stage_sets_how_many_consumers_run_at_once() -> None:
    assert at_once(on_task_event.SPEC, stage_of({"consumers_at_once": 300})) == 300
    assert at_once(on_task_event.SPEC, stage_of({"consumers_at_once": 300}, "local")) == 2


@pytest.mark.parametrize(
    ("spec", "local", "deployed"),
    [
        (on_task_event.SPEC, (100, 0), (10, 0)),
        (of_analytics.SPEC, (100, 0), (100, 1)),
        (of_notifications.SPEC, (100, 0), (100, 1)),
    ],
)
def test_only_what_may_be_late_is_collected_and_an_emulator_never_waits(
    spec: UseCase[Events], local: tuple[int, int], deployed: tuple[int, int]
) -> None:
    found = [pacing.batch(spec, stage_of({}, stage), spec.trigger) for stage in ("local", "dev")]
    assert [(each.size, each.seconds) for each in found] == [local, deployed]


def test_every_api_refuses_more_than_the_stage_sets(dev: dict[str, Template]) -> None:
    apis = [stage for stack in dev.values() for stage in stack.all("AWS::ApiGatewayV2::Stage")]
    assert len(apis) == 4
    for api in apis:
        throttle = api["DefaultRouteSettings"]
        assert (throttle["ThrottlingRateLimit"], throttle["ThrottlingBurstLimit"]) == (100, 200)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown name": ({"taks": {"written": 4, "read": 4}}, "no.* named 'taks'"),
    "rows that nobody reads": ({"tasks": {"written": 8, "read": 4}}, "tasks: `written` is"),
    "fewer than rows were written with": ({"tasks": {"written": 2, "read": 2}}, "from 4 to 48"),
    "more than a press can write": ({"tasks": {"written": 49, "read": 49}}, "from 4 to 48"),
    "none": ({"reports": {"written": 0, "read": 4}}, "reports: `written` is at least 1"),
}


@pytest.mark.parametrize(("given", "why"), BAD.values(), ids=BAD.keys())
def test_numbers_that_would_lose_rows_are_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(BadSharding, match=why):
        sharding.check(stage_of({"shards": given}).shards, ALL_TABLES)


def test_nothing_is_built_with_such_numbers(tmp_path: Path) -> None:
    context: Any = json.loads((ROOT / "cdk.json").read_text())["context"]
    dev = {**context["stages"]["dev"], "shards": {"taks": {"written": 4, "read": 4}}}
    with pytest.raises(BadSharding):
        build(layer=tmp_path, context=context | {"stages": {"dev": dev}, "stage": "dev"})


def test_a_function_reads_the_numbers_that_its_stack_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = stage_of({"shards": {"day_totals": {"written": 32, "read": 64}}})
    service = service_of(on_task_event.SPEC)
    given = dict(sharding.variables(on_task_event.SPEC, service.tables, stage.shards))
    assert given == {"SHARDS_BALANCES": "4/4", "SHARDS_DAY_TOTALS": "32/64"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert settings.shards("day_totals") == Shards(32, 64)
    monkeypatch.setattr(wiring, "settings", lambda: type("S", (), {"table_prefix": "p-"}))
    store = wiring.store.__wrapped__(tuple(service.tables.values()))
    assert store.sharding == {"balances": Shards(4, 4), "day_totals": Shards(32, 64)}


def test_every_name_is_used_once() -> None:
    """The names are those of settings, of all services together."""
    spreads = {table.spread for table in ALL_TABLES if table.spread}
    assert len({spread.name for spread in spreads}) == len(spreads) == 5


def test_the_bill_of_an_idle_stage_counts_what_is_deployed(dev: dict[str, Template]) -> None:
    bill, of = scale.idle_bill(), partial(price, prices=price_list())
    alarms = [alarm for stack in dev.values() for alarm in stack.all("AWS::CloudWatch::Alarm")]
    dashboards = [each for stack in dev.values() for each in stack.all("AWS::CloudWatch::Dashboard")]
    functions = [each for stack in dev.values() for each in stack.all("AWS::Lambda::Function")]
    cached = sum(each["MemorySize"] for each in functions if "SnapStart" in each)
    seconds = 30 * 24 * 3600
    assert bill["alarms"] == len(alarms) * of("cloudwatch.alarm_months")
    keys = [each for stack in dev.values() for each in stack.all("AWS::KMS::Key")]
    assert bill["key of the alarms' topic"] == len(keys) * of("kms.key_months")
    assert bill["dashboards"] == (len(dashboards) - 3) * of("cloudwatch.dashboard_months")
    assert bill["snapshots"] == Decimal(cached) / 1024 * seconds * of("lambda.snapstart_gb_seconds")
    assert sum(bill.values()) < 45
