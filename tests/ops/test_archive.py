"""The archive is read completely, each event once; a replay reaches one rule; a lost bus is recreated."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from infra import names, patterns
from ops import __main__ as command_line
from ops.console.errors import CommandFailed, TimedOut
from ops.console.wait import Timer
from ops.recovery import archive, rebuild_bus
from ops.stage import connection, consumers, operation_log
from ops.stage.aws import Aws
from ops.stage.target import Target
from shared.clock import system_clock
from shared.records import JournalRecord
from tests.ops import tables_of
from tests.ops.conftest import FakeTime, create_operations_table

BEGIN, END = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
REPLAYED = "ates-dev-replayed"


@dataclass
class FakeEvents:
    """EventBridge with an archive; each `describe_replay` delivers up to two events."""

    queues: Any
    archived: list[str]
    states: list[str] = field(default_factory=lambda: [*["STARTING"] * 4, "RUNNING", "COMPLETED"])
    others: list[dict[str, str]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)

    def describe_rule(self, **rule: str) -> dict[str, str]:
        return {"Arn": f"arn:rule/{rule['EventBusName']}/{rule['Name']}"}

    def describe_event_bus(self, **bus: str) -> dict[str, str]:
        return {"Arn": f"arn:bus/{bus['Name']}"}

    def describe_archive(self, **named: str) -> dict[str, Any]:
        return {"ArchiveArn": f"arn:archive/{named['ArchiveName']}", "EventCount": len(self.archived)}

    def list_replays(self, **_: str) -> dict[str, Any]:
        return {"Replays": self.others}

    def start_replay(self, **replay: Any) -> None:
        self.started.append(replay)

    def describe_replay(self, **replay: str) -> dict[str, str]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        for _ in range(2):
            if self.archived and state != "STARTING":
                self.deliver(self.archived.pop(0), replay["ReplayName"])
        return {"State": state}

    def deliver(self, event_id: str, replay: str) -> None:
        body = json.dumps({"replay-name": replay, "detail": {"event_id": event_id}})
        url = self.queues.get_queue_url(QueueName=REPLAYED)["QueueUrl"]
        self.queues.send_message(QueueUrl=url, MessageBody=body)


@pytest.fixture(autouse=True)
def one_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's queues can't be read by several threads."""
    monkeypatch.setattr(archive, "READERS", 1)


@pytest.fixture
def events(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEvents]:
    with mock_aws():
        aws.queues.create_queue(QueueName=REPLAYED)
        monkeypatch.setattr(archive, "WAIT_SECONDS", 0)
        fake = FakeEvents(aws.queues, [f"e{n}" for n in range(9)])
        aws.__dict__["events"] = fake
        yield fake


def read(aws: Aws, time: FakeTime) -> list[str]:
    found = archive.read(aws, BEGIN, END, time.clock, time.timer, lambda _text: None)
    return [envelope["event_id"] for envelope in found]


def test_the_archive_is_read_completely_and_each_event_once(
    aws: Aws, events: FakeEvents, fake_time: FakeTime
) -> None:
    events.archived.insert(4, "e1")
    events.deliver("of an earlier replay", f"{REPLAYED}.20200101")
    assert sorted(read(aws, fake_time)) == [f"e{n}" for n in range(9)]
    (started,) = events.started
    assert started["ReplayName"].startswith(f"{REPLAYED}.")
    assert started["Destination"] == {
        "Arn": "arn:bus/ates-dev",
        "FilterArns": [f"arn:rule/ates-dev/{REPLAYED}"],
    }
    assert (started["EventStartTime"], started["EventEndTime"]) == (
        BEGIN - archive.MARGIN,
        END + archive.MARGIN,
    )


def test_an_event_delivered_seconds_after_the_replay_ended_is_read(
    aws: Aws, events: FakeEvents, fake_time: FakeTime
) -> None:
    def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)
        if fake_time.seconds == 20:
            events.deliver("late", events.started[0]["ReplayName"])

    timer = Timer(lambda: fake_time.seconds, sleep)
    found = archive.read(aws, BEGIN, END, fake_time.clock, timer, lambda _text: None)
    assert "late" in {envelope["event_id"] for envelope in found}
    assert fake_time.seconds >= 20 + archive.QUIET_SECONDS - 1


def test_a_second_reader_is_refused(aws: Aws, events: FakeEvents, fake_time: FakeTime) -> None:
    events.others = [{"ReplayName": f"{REPLAYED}.x", "State": "RUNNING"}]
    with pytest.raises(CommandFailed, match=f"the archive is being read already, by replay {REPLAYED}.x"):
        read(aws, fake_time)
    assert events.started == []


def test_a_failed_replay_fails_the_reading(aws: Aws, events: FakeEvents, fake_time: FakeTime) -> None:
    events.states = ["RUNNING", "FAILED"]
    with pytest.raises(CommandFailed, match="is FAILED: no reason given"):
        read(aws, fake_time)


def test_a_replay_is_named_after_its_rule_and_awaited(
    aws: Aws, events: FakeEvents, fake_time: FakeTime
) -> None:
    rule = "ates-dev-tracking-on-account-event"
    name = archive.replay(aws, rule, BEGIN, END, fake_time.clock, fake_time.timer, lambda _text: None)
    assert name.startswith(names.replay(rule, ""))
    assert len(name) <= 64
    assert events.states == ["COMPLETED"]
    events.states = ["RUNNING"]
    with pytest.raises(TimedOut):
        archive.replay(aws, rule, BEGIN, END, fake_time.clock, fake_time.timer, lambda _text: None)


def test_the_longest_name_of_a_replay_is_allowed() -> None:
    """EventBridge allows 64 characters."""
    label = f"{datetime(2026, 11, 24, tzinfo=UTC):%Y%m%dT%H%M%S%f}"[:19]
    assert max(len(names.replay(each.function, label)) for each in consumers.of("prod").values()) <= 64


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A stage with its queues and without a bus."""
    with mock_aws():
        aws = Aws(Target("dev", "us-east-1", None))
        monkeypatch.setattr(connection, "aws", lambda stage: aws)
        create_operations_table(aws)
        aws.queues.create_queue(QueueName=REPLAYED)
        for each in consumers.of("dev").values():
            aws.queues.create_queue(QueueName=each.queue)
            aws.queues.create_queue(QueueName=each.dead_letters)
        yield aws


def test_a_lost_bus_is_recreated_with_all_its_rules(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["rebuild", "bus", "--dry-run", "--json"]) == 0
    missing = json.loads(capsys.readouterr().out)["missing"]
    assert command_line.main(["rebuild", "bus", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["made"] == missing
    assert missing[:2] == ["bus ates-dev", "archive ates-dev"]
    assert len(missing) == 2 + 2 + 2 * len([each for each in consumers.of("dev").values() if each.trigger])
    who = consumers.named("dev", "accounting.on_task_event", of_events=True)
    rule = stage.events.describe_rule(Name=who.function, EventBusName="ates-dev")
    assert who.trigger is not None
    assert json.loads(rule["EventPattern"]) == patterns.consumer(who.trigger, who.function)
    (target,) = stage.events.list_targets_by_rule(Rule=who.function, EventBusName="ates-dev")["Targets"]
    assert target["Arn"].endswith(f":{who.queue}")
    assert target["DeadLetterConfig"]["Arn"].endswith(f":{who.dead_letters}")
    archived = stage.events.describe_archive(ArchiveName="ates-dev")
    assert json.loads(archived["EventPattern"]) == {"source": [{"prefix": "ates."}]}
    assert archived["RetentionDays"] == 30
    (operation,) = operation_log.recent(stage, system_clock)
    assert (operation.command, operation.state) == ("rebuild bus", "done")


def test_only_missing_parts_of_the_bus_are_recreated(stage: Aws) -> None:
    assert list(rebuild_bus.rebuild(stage))
    assert list(rebuild_bus.rebuild(stage)) == []
    rule = "ates-dev-tracking-on-account-event"
    stage.events.remove_targets(Rule=rule, EventBusName="ates-dev", Ids=[rebuild_bus.TARGET_ID])
    assert list(rebuild_bus.rebuild(stage)) == [f"target of {rule}"]


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--consumer", "tracking.count_shard", "--from", "2026-11-20"], 2, "unknown consumer"),
        (["--consumer", "tracking.on_account_event"], 2, "--from is missing"),
        (
            ["--consumer", "tracking.on_account_event", "--from", "2026-11-20"],
            1,
            "there is no archive ates-dev",
        ),
    ],
)
def test_a_replay_without_consumer_start_or_archive_is_refused(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["replay", *arguments]) == code
    seen = capsys.readouterr().err.splitlines()
    assert seen[-1].startswith(f"ates replay: {said}")


def test_events_of_a_version_unknown_to_this_code_are_not_replayed(
    stage: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    """The producer's journal shows the versions, so the archive is not read."""
    tables_of.make(stage, "auth")
    event = {"event_name": "Account.Created", "event_version": 99, "occurred_at": "2026-11-21T00:00:00.000Z"}
    tables_of.put(stage, "auth", [JournalRecord("b", "e1", f"[{json.dumps(event)}]")])
    asked = ["replay", "--consumer", "tracking.on_account_event", "--from", "2026-11-20"]
    assert command_line.main(asked) == 1
    assert "nothing was changed: this code cannot read Account.Created v99 (1)" in capsys.readouterr().err
    assert command_line.main([*asked, "--to", "2026-11-20T12:00Z"]) == 1
    assert "there is no archive" in capsys.readouterr().err


def test_a_replay_says_how_many_events_the_journals_have(
    stage: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    tables_of.make(stage, "auth")
    created = {"event_name": "Account.Created", "event_version": 1, "occurred_at": "2026-11-21T00:00:00.000Z"}
    other = {**created, "event_name": "Account.Unknown"}
    texts = [json.dumps(each) for each in (created, other)]
    tables_of.put(stage, "auth", [JournalRecord("b", "e1", f"[{','.join(texts)}]")])
    asked = ["replay", "--consumer", "tracking.on_account_event", "--from", "2026-11-20", "--dry-run"]
    assert command_line.main(asked) == 0
    assert capsys.readouterr().out.endswith("the journals have 1 event of that time\n")


def test_the_margin_covers_the_archives_whole_seconds() -> None:
    assert timedelta(seconds=1) <= archive.MARGIN
