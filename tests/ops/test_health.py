"""What `ates status` finds wrong, and `ates resume`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws

from functions.accounting.rows import Balance
from infra import names
from infra.discovery import discover
from ops import __main__ as command_line
from ops.daily import health, reports
from ops.daily.health import Problem
from ops.daily.reports import Unsent
from ops.recovery import guard
from ops.stage import connection, consumers, operation_log, saved_state, schedules, stacks, target
from ops.stage.aws import Aws
from shared.clock import system_clock
from tests.ops import tables_of
from tests.ops.conftest import FakeParameters, FakeTime, create_operations_table

CONSUMER = "accounting.on_task_event"
FUNCTION = "ates-dev-accounting-on-task-event"
CLOSES = "ates-dev-accounting-close-days"
REVERT = "npx cdk deploy --all -c stage=dev --revert-drift"
ALL = [names.function("dev", spec) for service in discover() for spec in service.use_cases]


@dataclass
class Functions:
    """Lambda: its functions, and the state of what feeds each consumer."""

    names: list[str] = field(default_factory=lambda: list(ALL))
    variables: dict[str, str] = field(default_factory=lambda: {"BUSINESS_TIMEZONE": "UTC"})
    states: dict[str, str] = field(
        default_factory=lambda: {each.function: "Enabled" for each in consumers.of("dev").values()}
    )

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)

    def get_function_configuration(self, **_: str) -> dict[str, Any]:
        return {"Environment": {"Variables": self.variables}}

    def get_event_source_mapping(self, *, UUID: str) -> dict[str, str]:  # noqa: N803
        return {"State": self.states[UUID]}

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:  # noqa: N803
        self.states[UUID] = "Enabled" if Enabled else "Disabled"


@dataclass
class Pages:
    functions: Functions
    operation: str

    def paginate(self, FunctionName: str | None = None) -> list[dict[str, Any]]:  # noqa: N803
        if self.operation == "list_functions":
            return [{"Functions": [{"FunctionName": name} for name in self.functions.names]}]
        return [
            {
                "EventSourceMappings": [
                    {"UUID": name, "FunctionArn": f"arn:aws:lambda:r:1:function:{name}", "State": state}
                    for name, state in self.functions.states.items()
                    if FunctionName in (None, name)
                ]
            }
        ]


@dataclass
class Rules:
    """EventBridge's schedules that are switched off."""

    off: set[str] = field(default_factory=set)

    def list_rules(self, *, NamePrefix: str) -> dict[str, Any]:  # noqa: N803
        return {"Rules": [{"Name": NamePrefix}]}

    def describe_rule(self, *, Name: str) -> dict[str, str]:  # noqa: N803
        return {"State": "DISABLED" if Name in self.off else "ENABLED"}

    def enable_rule(self, *, Name: str) -> None:  # noqa: N803
        self.off.discard(Name)


@dataclass
class Found:
    aws: Aws
    functions: Functions
    rules: Rules
    clock: Any

    def problems(self) -> list[Problem]:
        return list(health.problems(self.aws, self.clock))


@pytest.fixture
def stage(aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Found]:
    """Every table, complete, and every consumer at work."""
    with mock_aws():
        create_operations_table(aws)
        for service in stacks.SERVICES:
            tables_of.make(aws, service)
            guard.write(aws, service)
        found = Found(aws, Functions(), Rules(), fake_time.clock)
        for name, fake in (
            ("functions", found.functions),
            ("events", found.rules),
            ("parameters", FakeParameters()),
        ):
            monkeypatch.setitem(vars(aws), name, fake)
        monkeypatch.setattr(connection, "aws", lambda _: aws)
        yield found


def test_a_stage_at_work_has_no_problem(stage: Found) -> None:
    assert stage.problems() == []


@pytest.mark.parametrize(
    ("service", "table", "command"),
    [
        ("accounting", "prices", "ates restore accounting --to now"),
        ("tracking", "journal", "ates restore tracking --to now"),
        ("analytics", "day_totals", "ates rebuild analytics"),
        ("notifications", "reports", "ates restore notifications --to now"),
    ],
)
def test_a_missing_table_is_named_with_its_repair(
    stage: Found, service: str, table: str, command: str
) -> None:
    name = stage.aws.target.name(service, table)
    stage.aws.dynamodb.delete_table(TableName=name)
    assert stage.problems() == [Problem(f"table {name} does not exist", command)]


def test_a_table_without_its_sentinel_has_lost_its_rows(stage: Found) -> None:
    sentinel: Any = stage.aws.dynamodb.scan(TableName="ates-dev-accounting-prices")["Items"][0]
    key = {"task_id": sentinel["task_id"]}
    stage.aws.dynamodb.delete_item(TableName="ates-dev-accounting-prices", Key=key)
    said = "table ates-dev-accounting-prices has lost its rows"
    assert stage.problems() == [Problem(said, "ates restore accounting --to now")]
    marker = {"month": {"S": "guarded"}, "operation_id": {"S": "accounting.prices"}}
    stage.aws.dynamodb.delete_item(TableName="ates-dev-operations", Key=marker)
    (found,) = stage.problems()
    assert found.next_command == "ates guard"


def test_a_consumer_whose_source_is_off_is_resumed(stage: Found, capsys: pytest.CaptureFixture[str]) -> None:
    stage.functions.states[FUNCTION] = "Disabled"
    said = f"{CONSUMER} consumes nothing: its source is switched off"
    assert stage.problems() == [Problem(said, f"ates resume {CONSUMER}")]
    assert command_line.main(["resume", CONSUMER, "--dry-run"]) == 0
    assert stage.functions.states[FUNCTION] == "Disabled"
    assert command_line.main(["resume", CONSUMER]) == 0
    assert stage.problems() == []
    assert [each.command for each in operation_log.recent(stage.aws, system_clock)] == ["resume"]


def test_a_schedule_that_is_off_is_resumed(stage: Found) -> None:
    stage.rules.off.add(CLOSES)
    said = f"schedule {CLOSES} is switched off"
    assert stage.problems() == [Problem(said, f"ates resume {CLOSES}")]
    assert command_line.main(["resume", CLOSES]) == 0
    assert stage.problems() == []


def test_a_consumer_without_a_source_cant_be_resumed(
    stage: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    del stage.functions.states[FUNCTION]
    (found,) = stage.problems()
    assert found == Problem(f"{CONSUMER} consumes nothing: its source is gone", REVERT)
    assert command_line.main(["resume", CONSUMER]) == 1
    assert "was deleted" in capsys.readouterr().err
    assert command_line.main(["resume", "nobody"]) == 2


def test_a_function_that_is_gone_is_named(stage: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.functions.names.remove(FUNCTION)
    assert stage.problems() == [Problem(f"function {FUNCTION} does not exist", REVERT)]
    monkeypatch.setattr(stage.aws, "target", target.local("http://127.0.0.1:1"))
    assert stage.problems() == [Problem(f"function {FUNCTION} does not exist", "make up")]


def test_a_service_that_a_restore_left_paused_is_named(stage: Found) -> None:
    """Its consumers are off on purpose, and are not named too."""
    saved_state.save_once(stage.aws, "concurrency/accounting", dict)
    stage.functions.states[FUNCTION] = "Disabled"
    (found,) = stage.problems()
    assert found.what.startswith("accounting stands still")
    assert found.next_command == "ates restore accounting --to now"
    assert command_line.main(["resume", CONSUMER]) == 1


def test_pauses_of_the_demo_are_no_schedule_that_is_off(stage: Found) -> None:
    stage.rules.off.add(CLOSES)
    saved_state.save_once(stage.aws, schedules.KEPT, list)
    assert stage.problems() == []


def unsent(state: str, attempts: int) -> Unsent:
    return Unsent("ann#2026-11-21", "ann", "2026-11-21", state, attempts, "2026-11-22T15:00:00.000Z")


def test_reports_that_failed_or_were_tried_are_problems(
    stage: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [unsent("failed", 3), unsent("waiting", 2), unsent("waiting", 0)]
    monkeypatch.setattr(reports, "unsent", lambda *_: iter(found))
    assert [(each.what, each.next_command) for each in stage.problems()] == [
        ("failed for good: 1 report", "ates reports list --state failed"),
        ("failed so far, and tried again: 1 report", "ates reports list --state waiting"),
    ]


@pytest.mark.parametrize("shard", [3, 7])
def test_a_day_that_should_be_closed_is_a_problem(stage: Found, shard: int) -> None:
    """In every shard that the stage reads, and it may read more than the default."""
    stage.functions.variables["SHARDS_BALANCES"] = "4/8"
    balance = Balance(
        account_id="ann",
        balance=0,
        last_entry_number=0,
        last_hash="",
        closed_through="2026-11-20",
        close_shard=shard,
        balance_key="x",
    )
    tables_of.put(stage.aws, "accounting", [balance])
    said = "2026-11-21 should be closed, but is open for 1 account"
    assert stage.problems() == [Problem(said, "ates close-day")]
