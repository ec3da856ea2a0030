"""Events in flight are counted in journals and queues, and waited for up to a limit."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from moto import mock_aws

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from ops.stage import in_flight
from ops.stage.aws import Aws
from ops.stage.in_flight import InFlight
from ops.stage.target import Target
from shared.clock import system_clock
from shared.journal import USUAL_FORM, JournalForm, events_in
from shared.outbox import watermark
from shared.records import JournalRecord, Receipt
from tests.ops import tables_of
from tests.ops.conftest import FakeTime
from tests.support.fakes import FakeClock, context

BY_EVENT = JournalForm(per_event=True)
OTHER = Aws(Target("test", "us-east-1", None))
CONSUMER = "ates-dev-accounting-on-task-event"


@pytest.fixture
def emulator(aws: Aws) -> Iterator[Aws]:
    """Two journals, a consumer behind the bus, a work queue, and resources of another stage."""
    with mock_aws():
        tables_of.make(aws, "auth", "tracking")
        tables_of.make(OTHER, "auth")
        for queue in (CONSUMER, f"{CONSUMER}-dlq", "ates-dev-accounting-close-accounts", "ates-test-x"):
            aws.queues.create_queue(QueueName=queue)
        aws.events.create_event_bus(Name="ates-dev")
        pattern = json.dumps({"source": ["ates.tracking"]})
        aws.events.put_rule(Name="rule", EventBusName="ates-dev", EventPattern=pattern)
        arn = f"arn:aws:sqs:us-east-1:123456789012:{CONSUMER}"
        aws.events.put_targets(Rule="rule", EventBusName="ates-dev", Targets=[{"Id": "1", "Arn": arn}])
        yield aws


def test_only_the_stages_journals_are_counted_in_every_shard(emulator: Aws) -> None:
    for number in range(20):
        _unpublished(emulator, "tracking", number)
    _unpublished(OTHER, "auth", 1)
    tables = in_flight.journals(emulator)
    assert tables == ("ates-dev-auth-journal", "ates-dev-tracking-journal")
    assert in_flight.unpublished(emulator, tables) == {tables[0]: 0, tables[1]: 20}


def test_events_of_both_forms_are_counted_until_they_have_a_receipt_or_a_mark(emulator: Aws) -> None:
    work = context(FakeClock(system_clock()))
    created = TaskCreated(task_id="task-1", title="Feed", version=1)
    assigned = TaskAssigned(task_id="task-1", title="Feed", version=1, assignee_id="ann")
    (usual,) = [insert.row for insert in work.record(created, assigned, occurred_at=work.now())]
    tables_of.put(emulator, "tracking", [usual])
    first = _unpublished(emulator, "tracking", 5)

    def count() -> int:
        return in_flight.unpublished(emulator, ["ates-dev-tracking-journal"])["ates-dev-tracking-journal"]

    assert count() == 3
    event_ids = [event["event_id"] for event in events_in(usual)]
    for left, event_id in ((2, event_ids[0]), (1, event_ids[1])):
        tables_of.put(emulator, "tracking", [Receipt(usual.bucket, work.new_id(), [event_id], 2**32)])
        assert count() == left
    _published(emulator, "tracking", first)
    assert count() == 0


def test_events_that_a_sweep_has_looked_at_are_not_counted(emulator: Aws) -> None:
    """It publishes them, or its watermark stays; so only the time since is read."""
    _unpublished(emulator, "tracking", 1, USUAL_FORM)
    table = "ates-dev-tracking-journal"
    tables_of.put(emulator, "tracking", [watermark(system_clock() - timedelta(days=2))])
    assert in_flight.unpublished(emulator, [table]) == {table: 1}
    tables_of.put(emulator, "tracking", [watermark(system_clock() + timedelta(seconds=1))])
    assert in_flight.unpublished(emulator, [table]) == {table: 0}


def test_queues_are_the_stages_own_and_count_messages_in_flight(emulator: Aws) -> None:
    url = emulator.queues.get_queue_url(QueueName=CONSUMER)["QueueUrl"]
    for _ in range(3):
        emulator.queues.send_message(QueueUrl=url, MessageBody="x")
    emulator.queues.receive_message(QueueUrl=url)
    found = {queue.name: queue for queue in in_flight.queues(emulator)}
    assert set(found) == {CONSUMER, f"{CONSUMER}-dlq", "ates-dev-accounting-close-accounts"}
    assert (found[CONSUMER].visible, found[CONSUMER].in_flight, found[CONSUMER].total) == (2, 1, 3)
    assert [name for name in found if found[name].is_dead_letter] == [f"{CONSUMER}-dlq"]


def test_consumer_queues_are_the_targets_of_the_bus(emulator: Aws) -> None:
    (url,) = in_flight.consumer_queues(emulator)
    assert url.endswith(f"/{CONSUMER}")


def test_waiting_ends_after_several_looks_with_nothing_in_flight(emulator: Aws, fake_time: FakeTime) -> None:
    seen: list[InFlight] = []
    left = in_flight.wait_until_none(emulator, fake_time.timer, 60, seen.append)
    assert left.total == 0
    assert len(seen) == in_flight.EMPTY_LOOKS


@pytest.mark.parametrize("form", [USUAL_FORM, BY_EVENT], ids=["usual", "first"])
def test_an_event_that_appears_meanwhile_restarts_the_count(
    emulator: Aws, fake_time: FakeTime, form: JournalForm
) -> None:
    seen: list[InFlight] = []
    written: list[JournalRecord] = []

    def look(backlog: InFlight) -> None:
        seen.append(backlog)
        if len(seen) == 2:
            written.append(_unpublished(emulator, "auth", 1, form))
        if len(seen) == 4:
            _published(emulator, "auth", written[0])

    assert in_flight.wait_until_none(emulator, fake_time.timer, 60, look).total == 0
    assert [backlog.total for backlog in seen] == [0, 0, 1, 1, 0, 0, 0]


def test_waiting_times_out_and_names_what_is_left(emulator: Aws, fake_time: FakeTime) -> None:
    url = emulator.queues.get_queue_url(QueueName=CONSUMER)["QueueUrl"]
    emulator.queues.send_message(QueueUrl=url, MessageBody="x")
    _unpublished(emulator, "auth", 1)
    left = in_flight.wait_until_none(emulator, fake_time.timer, 6, lambda _: None)
    assert str(left) == f"1 unpublished in ates-dev-auth-journal, 1 in {CONSUMER}"
    assert 6 <= fake_time.seconds < 7


def _unpublished(aws: Aws, service: str, number: int, form: JournalForm = BY_EVENT) -> JournalRecord:
    """An unpublished record of a moment ago."""
    work = replace(context(FakeClock(system_clock()), seed=number), form=form)
    event = TaskCompleted(task_id=f"task-{number}", title="Feed", assignee_id="ann")
    (insert,) = work.record(event, occurred_at=work.now())
    tables_of.put(aws, service, [insert.row])
    record: JournalRecord = insert.row
    return record


def _published(aws: Aws, service: str, record: JournalRecord) -> None:
    tables_of.put(aws, service, [replace(record, unpublished_shard=None, published_at="now")])
