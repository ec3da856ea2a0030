"""The relay's handlers and EventBridge itself, against moto."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from events.envelope import read_envelope
from events.tracking import TaskCompleted
from functions import publish_events, sweep_journal
from shared import relay
from shared.bus import BusDown, BusEntry, EventBridge
from shared.clients import client
from shared.dynamo_store import DynamoStore
from shared.outbox import EventsLeft
from shared.records import JournalRecord, UnpublishedEvent
from shared.settings import settings
from tests.support.fakes import FakeClock, context
from tests.support.moto_store import create_tables

ENVIRONMENT = {
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "tracking",
    "ATES_USE_CASE": "publish_events",
    "TABLE_PREFIX": "ates-dev-tracking-",
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "UTC",
}


class LambdaContext:
    aws_request_id = "request-1"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoStore]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for cached in (settings, client, relay.journal):
        cached.cache_clear()
    with mock_aws():
        store = relay.journal()
        create_tables(store)
        boto3.client("events").create_event_bus(Name="ates-dev")
        yield store
    for cached in (settings, client, relay.journal):
        cached.cache_clear()


@pytest.fixture
def rule(journal: DynamoStore) -> None:
    """Routes the event below to a queue, as a consumer's rule does."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName="all")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["ates.tracking"], "detail-type": ["Task.Completed"]}
    events.put_rule(Name="all", EventBusName="ates-dev", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="all", EventBusName="ates-dev", Targets=[{"Id": "1", "Arn": arn}])


def written(store: DynamoStore, count: int, *, age: timedelta = timedelta(0)) -> list[JournalRecord]:
    work = context(FakeClock(datetime.now(UTC) - age))
    event = TaskCompleted(task_id="task-1", title="Покорми", assignee_id="ann")
    actions = [work.record(event, occurred_at=work.now(), subject_id="task-1") for _ in range(count)]
    store.transact(actions)
    return [action.row for action in actions]


def images(records: list[JournalRecord], name: str = "INSERT") -> dict[str, Any]:
    """An event of a DynamoDB stream."""

    def typed(value: Any) -> dict[str, str]:
        return {"N": str(value)} if isinstance(value, int) else {"S": value}

    return {
        "Records": [
            {
                "eventName": name,
                "dynamodb": {
                    "NewImage": {field: typed(v) for field, v in asdict(record).items() if v is not None}
                },
            }
            for record in records
        ]
    }


def unpublished(store: DynamoStore) -> int:
    return sum(len(store.query(UnpublishedEvent, shard, limit=1000)) for shard in range(8))


def received() -> list[dict[str, Any]]:
    """What the rule delivered."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="all")["QueueUrl"]
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


@pytest.mark.usefixtures("rule")
def test_inserts_of_the_stream_reach_the_bus_and_are_marked(journal: DynamoStore) -> None:
    records = written(journal, 12)
    publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal) == 0
    messages = received()
    assert {(each["source"], each["detail-type"]) for each in messages} == {
        ("ates.tracking", "Task.Completed")
    }
    envelopes = [read_envelope(each["detail"])[0] for each in messages]
    assert {envelope.event_id for envelope in envelopes} == {record.event_id for record in records}


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_changes_other_than_inserts_are_not_published(journal: DynamoStore, name: str) -> None:
    records = written(journal, 1)
    publish_events.handler(images(records, name), LambdaContext())
    assert (unpublished(journal), received()) == (1, [])


@pytest.mark.usefixtures("rule")
def test_the_sweep_publishes_events_that_the_stream_missed(journal: DynamoStore) -> None:
    old = written(journal, 3, age=timedelta(minutes=3))
    written(journal, 2)
    sweep_journal.handler({}, LambdaContext())
    assert unpublished(journal) == 2
    assert {each["detail"]["event_id"] for each in received()} == {record.event_id for record in old}


def test_the_sweep_starts_nothing_without_enough_time(journal: DynamoStore) -> None:
    written(journal, 3, age=timedelta(minutes=3))
    sweep_journal.handler({}, LambdaContext(milliseconds=10_000))
    assert unpublished(journal) == 3


class FakeEvents:
    """PutEvents as EventBridge answers when it is busy: 200, and some entries failed."""

    def __init__(self, failed: int = 0, error: Exception | None = None) -> None:
        self.failed = failed
        self.error = error
        self.calls: list[list[dict[str, str]]] = []

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        if self.error:
            raise self.error
        bad = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        good = {"EventId": "1"}
        count = min(self.failed, len(Entries))
        return {"FailedEntryCount": count, "Entries": [bad] * count + [good] * (len(Entries) - count)}


def test_failed_entries_are_retried_and_then_raise(
    journal: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = FakeEvents(failed=1)
    monkeypatch.setattr("shared.bus.client", lambda _name: bus)
    records = written(journal, 3)
    with pytest.raises(EventsLeft, match="1 of 3"):
        publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal) == 1
    assert [len(call) for call in bus.calls] == [3, 1, 1]


def test_a_call_that_fails_as_a_whole_raises_bus_down(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ClientError({"Error": {"Code": "InternalException"}}, "PutEvents")
    monkeypatch.setattr("shared.bus.client", lambda _name: FakeEvents(error=error))
    with pytest.raises(BusDown):
        EventBridge("ates-dev").put([BusEntry("tracking", "Task.Completed", "{}")])


def test_an_entry_names_bus_source_and_event(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = FakeEvents()
    monkeypatch.setattr("shared.bus.client", lambda _name: bus)
    assert EventBridge("ates-dev").put([BusEntry("tracking", "Task.Completed", "{}")]) == [True]
    assert bus.calls == [
        [
            {
                "EventBusName": "ates-dev",
                "Source": "ates.tracking",
                "DetailType": "Task.Completed",
                "Detail": "{}",
            }
        ]
    ]


def test_characters_that_sqs_refuses_are_replaced_when_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the queue would not get the event, without any error."""
    bus = FakeEvents()
    monkeypatch.setattr("shared.bus.client", lambda _name: bus)
    EventBridge("ates-dev").put(
        [BusEntry("tracking", "Task.Completed", '{"title":"a\uffff\ufffe \U0001f99c"}')]
    )
    ((entry,),) = bus.calls
    assert entry["Detail"] == '{"title":"a\ufffd\ufffd \U0001f99c"}'
