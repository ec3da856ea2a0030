"""`ates dlq` shows dead letters without removing them, and redrives or discards them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from ops import __main__ as command_line
from ops.recovery import dead_letters, dlq
from ops.stage import connection, consumers, operation_log
from ops.stage.aws import Aws
from shared import queue as wiring
from shared.clock import rfc3339, system_clock
from tests.ops.conftest import create_operations_table

CONSUMER = "accounting.on_task_event"


@pytest.fixture
def stage(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A stage with every consumer's queues, all empty."""
    monkeypatch.setattr(connection, "aws", lambda stage: aws)
    with mock_aws():
        create_operations_table(aws)
        for each in consumers.of("dev").values():
            aws.queues.create_queue(QueueName=each.queue)
            aws.queues.create_queue(QueueName=each.dead_letters)
        yield aws


def dead_letter(aws: Aws, n: int, *, by_sqs: bool = False, version: int = 1) -> str:
    """A dead letter, from shared.queue or (without attributes) moved by SQS itself."""
    who = consumers.named("dev", CONSUMER)
    detail = {
        "event_id": f"e{n}",
        "event_name": "Task.Assigned",
        "event_version": version,
        "correlation_id": "c",
    }
    said = {
        "consumer": CONSUMER,
        "reason": f"Unavailable: no table {n}",
        "first_failed_at": f"2026-11-2{n}T09:00:00.000Z",
        "last_failed_at": f"2026-11-2{n}T09:05:00.000Z",
    }
    attributes: Any = {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}
    sent = aws.queues.send_message(
        QueueUrl=consumers.url(aws, who.dead_letters),
        MessageBody=json.dumps({"detail": detail}),
        MessageAttributes={} if by_sqs else attributes,
    )
    return sent["MessageId"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert command_line.main(["dlq", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def bodies(aws: Aws, queue: str) -> list[str]:
    found = aws.queues.receive_message(QueueUrl=consumers.url(aws, queue), MaxNumberOfMessages=10)
    return [json.loads(each["Body"])["detail"]["event_id"] for each in found.get("Messages", [])]


def test_a_dead_letters_attributes_are_those_that_shared_queue_writes(stage: Aws) -> None:
    assert CONSUMER in consumers.of("dev")
    assert set(wiring.GivenUp.__dataclass_fields__) == {"reason", "first_failed_at", "last_failed_at"}


def test_the_list_shows_counts_causes_and_the_oldest(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list") == {"consumers": []}
    dead_letter(stage, 2)
    dead_letter(stage, 1)
    assert run(capsys, "list")["consumers"] == [
        {
            "consumer": CONSUMER,
            "messages": 2,
            "oldest": "2026-11-21T09:00:00.000Z",
            "causes": ["Unavailable: no table 1", "Unavailable: no table 2"],
        }
    ]
    assert command_line.main(["dlq", "list"]) == 0
    assert f"{CONSUMER}: 2 since 2026-11-21T09:00:00.000Z" in capsys.readouterr().out


def test_showing_removes_nothing(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [dead_letter(stage, n) for n in range(1, 4)]
    first = run(capsys, "show", CONSUMER)["messages"]
    again = run(capsys, "show", CONSUMER)["messages"]
    assert [each["message_id"] for each in first] == [each["message_id"] for each in again] == ids
    shown = first[0]
    assert (shown["event"], shown["event_id"], shown["correlation_id"]) == ("Task.Assigned 1", "e1", "c")
    assert (shown["reason"], shown["last_failed_at"]) == (
        "Unavailable: no table 1",
        "2026-11-21T09:05:00.000Z",
    )
    assert shown["age_seconds"] == pytest.approx(
        (system_clock() - datetime(2026, 11, 21, 9, tzinfo=UTC)).total_seconds(), abs=60
    )


def test_a_message_is_shown_with_cause_age_failures_and_event(
    stage: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dlq, "system_clock", lambda: datetime(2026, 11, 23, 8, tzinfo=UTC))
    message_id = dead_letter(stage, 1)
    assert command_line.main(["dlq", "show", CONSUMER, "--event"]) == 0
    assert [line.strip() for line in capsys.readouterr().out.splitlines()][:3] == [
        f"{message_id}  Task.Assigned 1  e1",
        "2026-11-21T09:00:00.000Z to 2026-11-21T09:05:00.000Z, 2 days old",
        "Unavailable: no table 1",
    ]


@pytest.mark.parametrize(
    ("minutes", "age"),
    [(0, "0 s"), (1, "1 min"), (59, "59 min"), (60, "1 h"), (1439, "24 h"), (1440, "1 days")],
)
def test_an_age_is_shown_in_its_largest_unit(minutes: int, age: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    monkeypatch.setattr(dlq, "system_clock", lambda: now)
    assert dlq._age(rfc3339(now - timedelta(minutes=minutes))) == age


def test_a_message_moved_by_sqs_has_its_own_reason(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    dead_letter(stage, 1, by_sqs=True)
    (shown,) = run(capsys, "show", CONSUMER)["messages"]
    assert shown["reason"] == dead_letters.CRASHED


def test_a_redrive_moves_all_messages_or_the_named_ones(
    stage: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [dead_letter(stage, n) for n in range(1, 4)]
    assert run(capsys, "redrive", CONSUMER, "--id", ids[1])["redriven"] == [ids[1]]
    who = consumers.named("dev", CONSUMER)
    assert bodies(stage, who.queue) == ["e2"]
    assert run(capsys, "redrive", CONSUMER)["redriven"] == [ids[0], ids[2]]
    assert run(capsys, "list") == {"consumers": []}
    commands = [(each.command, each.state) for each in operation_log.recent(stage, system_clock)]
    assert commands == [("dlq redrive", "done")] * 2


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]], ids=["", "dry-run"])
def test_events_of_a_version_unknown_to_this_code_are_not_redriven(
    stage: Aws, capsys: pytest.CaptureFixture[str], dry_run: list[str]
) -> None:
    """The consumer would fail on it again; readable messages can be redriven by id."""
    readable = dead_letter(stage, 1)
    dead_letter(stage, 2, version=99)
    assert command_line.main(["dlq", "redrive", CONSUMER, *dry_run]) == 1
    assert "nothing was changed: this code cannot read Task.Assigned v99 (1)" in capsys.readouterr().err
    who = consumers.named("dev", CONSUMER)
    assert bodies(stage, who.queue) == []
    assert len(run(capsys, "show", CONSUMER)["messages"]) == 2
    assert run(capsys, "redrive", CONSUMER, "--id", readable)["redriven"] == [readable]


def test_a_discarded_message_is_kept_in_the_operation(stage: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [dead_letter(stage, n) for n in range(1, 3)]
    assert run(capsys, "discard", CONSUMER, "--id", ids[0], "--yes")["discarded"] == [ids[0]]
    assert [each["message_id"] for each in run(capsys, "show", CONSUMER)["messages"]] == [ids[1]]
    assert bodies(stage, consumers.named("dev", CONSUMER).queue) == []
    (operation,) = operation_log.recent(stage, system_clock)
    kept = json.loads(operation.result or "")["messages"]
    assert [(each["id"], json.loads(each["body"])["detail"]["event_id"]) for each in kept] == [(ids[0], "e1")]


def test_discarded_messages_are_all_recorded_before_the_first_is_deleted(
    stage: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if it is long, and not ASCII."""
    who = consumers.named("dev", CONSUMER)
    bodies = [
        json.dumps({"title": f"{n} " + "Покорми попугая " * 4_000}, ensure_ascii=False) for n in range(9)
    ]
    for body in bodies:
        stage.queues.send_message(QueueUrl=consumers.url(stage, who.dead_letters), MessageBody=body)
    kept_by_then: list[list[str]] = []

    def delete(*arguments: Any) -> None:
        (during,) = operation_log.recent(stage, system_clock)
        kept_by_then.append(sorted(each["body"] for each in json.loads(during.result or "")["messages"]))
        dead_letters_delete(*arguments)

    dead_letters_delete = dead_letters.delete
    monkeypatch.setattr(dead_letters, "delete", delete)
    assert len(run(capsys, "discard", CONSUMER, "--all", "--yes")["discarded"]) == len(bodies)
    assert kept_by_then == [sorted(bodies)] * len(bodies)
    (after,) = operation_log.recent(stage, system_clock)
    assert sorted(each["body"] for each in json.loads(after.result or "")["messages"]) == sorted(bodies)
    assert run(capsys, "list") == {"consumers": []}


@pytest.mark.parametrize("what", [["redrive"], ["discard", "--all"]])
def test_a_dry_run_changes_and_records_nothing(
    what: list[str], stage: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    message_id = dead_letter(stage, 1)
    done = {"redrive": "redriven", "discard": "discarded"}[what[0]]
    found = run(capsys, what[0], CONSUMER, *what[1:], "--dry-run")
    assert found == {"dry_run": True, done: [message_id]}
    assert [each["message_id"] for each in run(capsys, "show", CONSUMER)["messages"]] == [message_id]
    assert operation_log.recent(stage, system_clock) == []


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nobody"], "ates dlq show: unknown consumer 'nobody'; there are accounting.begin_close"),
        (["redrive", CONSUMER, "--id", "x"], "ates dlq redrive: message 'x' is not among the 0 dead letters"),
        (["discard", CONSUMER], "ates dlq discard: give either --id or --all"),
        (["discard", CONSUMER, "--all", "--id", "x"], "ates dlq discard: give either --id or --all"),
    ],
)
def test_invalid_arguments_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["dlq", *arguments]) == 2
    seen = capsys.readouterr().err
    assert seen.startswith(said)
    assert seen.count("\n") == 1
