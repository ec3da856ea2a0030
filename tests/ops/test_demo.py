"""`ates demo`: its refusals, that consumers and schedules run again afterwards, and the new sign-ins."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from moto import mock_aws

from functions.tracking.domain import NobodyEligible
from functions.tracking.rows import Task
from ops.__main__ import main
from ops.console.errors import BadInput, CommandFailed, TimedOut
from ops.console.output import Output
from ops.local.demo import fill
from ops.local.demo.people import JOINING, LEAVING
from ops.stage import consumers, event_sources, in_flight, local_json, operation_log, saved_state, schedules
from ops.stage.aws import Aws
from ops.stage.in_flight import InFlight
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws
from ops.stage.target import Target
from tests.ops.conftest import ENDPOINT, FakeFunctions, FakeParameters, FakeTime, create_operations_table
from tests.ops.tables_of import make, put, sample
from tests.support.fakes import NOON


@dataclass
class Pool:
    """Records the passwords that were set."""

    passwords: dict[str, str] = field(default_factory=dict)

    def admin_set_user_password(self, **given: Any) -> None:
        self.passwords[given["Username"]] = given["Password"]


@dataclass
class FakeWeek:
    """The result of a week that the command shows; `during` is called while it plays."""

    during: Callable[[], None] = lambda: None
    joined: dict[str, str] = field(
        default_factory=lambda: {each.email: each.name for each in (*JOINING, LEAVING)}
    )
    task_ids: tuple[str, ...] = ("task",)
    completed: int = 1
    shuffles: int = 0
    idle: str = "w1"
    now: datetime = NOON

    @property
    def company(self) -> "FakeWeek":
        return self

    zone = "UTC"

    def play(self) -> None:
        self.during()


@dataclass
class Machine:
    """A local AWS whose consumers and schedules can be inspected."""

    aws: Aws
    files: InstallationFiles
    found: LocalAws
    time: FakeTime
    functions: FakeFunctions
    pool: Pool
    week: FakeWeek

    def demo(self, again: bool = False) -> fill.WeekSummary:
        out = Output(as_json=True)
        return fill.demo(self.files, self.aws, self.found, out, again, self.time.clock, self.time.timer)

    @property
    def enabled_schedules(self) -> set[str]:
        rules = [rule for rule in self.aws.events.list_rules()["Rules"] if rule["State"] == "ENABLED"]
        return {rule["Name"] for rule in rules}

    @property
    def enabled_consumers(self) -> set[str]:
        return {name for name, state in self.functions.states.items() if state.startswith("Enabl")}


@pytest.fixture
def machine(
    aws: Aws,
    files: InstallationFiles,
    described: LocalAws,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Machine]:
    functions, pool, week = FakeFunctions({"one": "Enabled", "two": "Enabled"}), Pool(), FakeWeek()
    with mock_aws():
        make(aws, "tracking")
        vars(aws).update(functions=functions, cognito=pool, parameters=FakeParameters())
        create_operations_table(aws)
        for each in consumers.of("dev").values():
            aws.queues.create_queue(QueueName=each.queue)
        for name in schedules.of("dev"):
            aws.events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)")
        aws.identity.get_caller_identity()
        aws.target = Target("dev", "us-east-1", ENDPOINT)  # the clients exist already and are moto's
        monkeypatch.setattr(fill, "_week", lambda *_: week)
        monkeypatch.setattr(in_flight, "wait_until_none", lambda *_: InFlight({}, {}))
        local_json.save(files.local_json, described)
        yield Machine(aws, files, described, fake_time, functions, pool, week)


def test_consumers_and_schedules_are_off_only_while_the_week_plays(machine: Machine) -> None:
    seen: list[tuple[set[str], set[str]]] = []
    machine.week.during = lambda: seen.append((machine.enabled_schedules, machine.enabled_consumers))
    machine.demo()
    assert seen == [(set(), set())]
    assert (machine.enabled_schedules, machine.enabled_consumers) == (
        set(schedules.of("dev")),
        {"one", "two"},
    )
    (operation,) = operation_log.recent(machine.aws, machine.time.clock)
    assert (operation.command, operation.state) == ("demo", "done")


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_all_is_switched_on_again_after_an_interruption_or_an_error(
    machine: Machine, end: type[BaseException]
) -> None:
    def stop() -> None:
        raise end

    machine.week.during = stop
    with pytest.raises(end):
        machine.demo()
    assert (machine.enabled_schedules, machine.enabled_consumers) == (
        set(schedules.of("dev")),
        {"one", "two"},
    )


def test_a_refusal_by_a_use_case_prints_one_line(machine: Machine) -> None:
    def stop() -> None:
        raise NobodyEligible("there is nobody to assign tasks to")

    machine.week.during = stop
    with pytest.raises(CommandFailed, match=r"not finished \(there is nobody"):
        machine.demo()
    assert machine.enabled_consumers == {"one", "two"}


def test_consumers_and_schedules_that_were_off_stay_off(machine: Machine) -> None:
    off = schedules.of("dev")[0]
    machine.aws.events.disable_rule(Name=off)
    machine.functions.states["two"] = "Disabled"
    machine.demo()
    assert off not in machine.enabled_schedules
    assert machine.enabled_schedules
    assert machine.enabled_consumers == {"one"}


def test_after_a_killed_demo_the_next_one_switches_all_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        """Restore nothing."""

    with monkeypatch.context() as patch:
        patch.setattr(event_sources, "_switch_all_on", killed)
        patch.setattr(saved_state, "delete", killed)
        patch.setattr(machine.aws.events, "enable_rule", lambda **_: None)
        machine.demo()
    assert (machine.enabled_schedules, machine.enabled_consumers) == (set(), set())
    put(machine.aws, "tracking", [sample(Task, 1)])
    with pytest.raises(BadInput):
        machine.demo()
    assert (machine.enabled_schedules, machine.enabled_consumers) == (
        set(schedules.of("dev")),
        {"one", "two"},
    )


def test_a_company_with_tasks_gets_a_week_only_with_again(machine: Machine) -> None:
    played: list[str] = []
    machine.week.during = lambda: played.append("a week")
    put(machine.aws, "tracking", [sample(Task, 1)])
    with pytest.raises(BadInput, match="there are tasks already; add another week with `ates demo --again`"):
        machine.demo()
    assert (played, machine.pool.passwords) == ([], {})
    assert operation_log.recent(machine.aws, machine.time.clock) == []
    machine.demo(again=True)
    assert played == ["a week"]


def test_new_accounts_get_the_password_of_the_demo_accounts(machine: Machine) -> None:
    played = machine.demo()
    saved = local_json.load(machine.files.local_json)
    joined = saved.accounts[len(machine.found.accounts) :]
    assert [account.email for account in joined] == [person.email for person in JOINING]
    assert machine.pool.passwords == {account.account_id: "Secret-1" for account in joined}
    assert {account.password for account in saved.accounts} == {"Secret-1"}
    assert (played.people, played.minus) == (len(saved.accounts), "worker1@ates.example")
    machine.found = saved
    machine.demo(again=True)
    assert local_json.load(machine.files.local_json) == saved


def test_events_that_stay_in_flight_are_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "wait_until_none", lambda *_: InFlight({}, {"ates-dev-x": 3}))
    with pytest.raises(TimedOut, match="3 in ates-dev-x"):
        machine.demo()


def test_the_adapters_use_only_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = dict(os.environ)
    with fill.in_environment(Target("dev", "us-east-1", ENDPOINT)):
        assert os.environ["AWS_ENDPOINT_URL"] == ENDPOINT
        assert "AWS_PROFILE" not in os.environ
    assert dict(os.environ) == before


def test_another_stage_is_refused(installed: InstallationFiles, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--stage", "prod"]) == 2
    assert capsys.readouterr().err == (
        "ates demo: the demo works only on stage dev, the local AWS; prod was not changed\n"
    )
