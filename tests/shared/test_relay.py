"""The relay's handlers and EventBridge itself, against moto."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
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
from shared.journal import USUAL_FORM, JournalForm
from shared.outbox import MAX_TRIES, watermark
from shared.records import JournalRecord, Receipt, UnpublishedEvent
from shared.settings import settings
from shared.spec import Stream
from shared.store import Insert
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


@pytest.fixture(params=[USUAL_FORM, JournalForm(per_event=True)], ids=["usual", "first"])
def form(request: pytest.FixtureRequest) -> JournalForm:
    found: JournalForm = request.param
    return found


def written(
    store: DynamoStore,
    count: int,
    *,
    age: timedelta = timedelta(0),
    form: JournalForm = USUAL_FORM,
    **more: str,
) -> list[JournalRecord]:
    work = replace(context(FakeClock(datetime.now(UTC) - age), seed=count), form=form)
    event = TaskCompleted.model_validate(
        {"task_id": "task-1", "title": "Покорми", "assignee_id": "ann", **more}
    )
    actions = [
        action
        for _ in range(count)
        for action in work.record(event, occurred_at=work.now(), subject_id="task-1")
    ]
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


def unpublished(store: DynamoStore, records: list[JournalRecord]) -> int:
    """How many of the records are in the index, or have no receipt."""
    waiting = {row.event_id for n in range(8) for row in store.query(UnpublishedEvent, n, limit=1000)}
    receipts = [row for each in records for row in store.query(Receipt, each.bucket, limit=1000)]
    accepted = {event_id for row in receipts for event_id in row.event_ids}
    return sum(
        each.event_id in waiting if each.event_name else each.event_id not in accepted for each in records
    )


def ids(records: list[JournalRecord]) -> list[str]:
    return sorted(record.event_id for record in records)


def received() -> list[dict[str, Any]]:
    """What the rule delivered."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="all")["QueueUrl"]
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


@pytest.mark.usefixtures("rule")
def test_inserts_of_the_stream_reach_the_bus_and_are_marked(journal: DynamoStore, form: JournalForm) -> None:
    records = written(journal, 12, form=form)
    publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal, records) == 0
    messages = received()
    assert {(each["source"], each["detail-type"]) for each in messages} == {
        ("ates.tracking", "Task.Completed")
    }
    envelopes = [read_envelope(each["detail"])[0] for each in messages]
    assert sorted(envelope.event_id for envelope in envelopes) == ids(records)


@pytest.mark.usefixtures("rule")
def test_a_batch_of_both_forms_and_of_compressed_records_is_published(journal: DynamoStore) -> None:
    """While new writers replace old ones."""
    records = [
        *written(journal, 3),
        *written(journal, 4, form=JournalForm(per_event=True)),
        *written(journal, 5, title="\U0001f99c" * 200),
    ]
    assert {record.event[0] in "[{" for record in records} == {True, False}
    publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal, records) == 0
    assert sorted(each["detail"]["event_id"] for each in received()) == ids(records)


@pytest.mark.usefixtures("rule")
def test_records_that_a_restore_wrote_as_published_are_not_published(
    journal: DynamoStore, form: JournalForm
) -> None:
    records = [
        replace(record, unpublished_shard=None, published_at="2026-11-22T12:00:00.000Z")
        for record in written(journal, 3, form=form)
    ]
    publish_events.handler(images(records), LambdaContext())
    assert received() == []


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_changes_other_than_inserts_are_not_published(
    journal: DynamoStore, name: str, form: JournalForm
) -> None:
    records = written(journal, 1, form=form)
    publish_events.handler(images(records, name), LambdaContext())
    assert (unpublished(journal, records), received()) == (1, [])


@pytest.mark.usefixtures("rule")
def test_the_sweep_publishes_events_that_the_stream_missed(journal: DynamoStore, form: JournalForm) -> None:
    journal.transact([Insert(watermark(datetime.now(UTC) - timedelta(days=1)))])
    old = written(journal, 3, age=timedelta(minutes=3), form=form)
    young = written(journal, 2, form=form)
    sweep_journal.handler({}, LambdaContext())
    assert (unpublished(journal, old), unpublished(journal, young)) == (0, 2)
    assert sorted(each["detail"]["event_id"] for each in received()) == ids(old)
    sweep_journal.handler({}, LambdaContext())
    assert received() == []


def test_the_sweep_starts_nothing_without_enough_time(journal: DynamoStore, form: JournalForm) -> None:
    records = written(journal, 3, age=timedelta(minutes=3), form=form)
    sweep_journal.handler({}, LambdaContext(milliseconds=10_000))
    assert unpublished(journal, records) == 3


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


def test_failed_entries_are_retried_and_then_left_to_the_sweep(
    journal: DynamoStore, monkeypatch: pytest.MonkeyPatch, form: JournalForm
) -> None:
    """If the batch failed, the stream would deliver the accepted events again and again."""
    monkeypatch.setattr(journal, "wait", lambda _seconds: None)
    bus = FakeEvents(failed=1)
    monkeypatch.setattr("shared.bus.client", lambda _name: bus)
    records = written(journal, 3, form=form)
    publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal, records) == 1
    assert [len(call) for call in bus.calls] == [3, *[1] * (MAX_TRIES - 1)]


@pytest.mark.parametrize("failed", [1, 10], ids=["one of each call", "all"])
def test_a_whole_batch_that_the_bus_refuses_ends_before_the_function_is_killed(
    journal: DynamoStore, monkeypatch: pytest.MonkeyPatch, form: JournalForm, failed: int
) -> None:
    """Killed, it would write no receipts, and the stream would deliver the accepted events again."""
    pauses: list[float] = []
    monkeypatch.setattr(journal, "wait", pauses.append)
    monkeypatch.setattr("shared.outbox.random.SystemRandom.uniform", lambda _self, _least, most: most)
    monkeypatch.setattr("shared.bus.client", lambda _name: FakeEvents(failed=failed))
    trigger = publish_events.SPEC.trigger
    assert isinstance(trigger, Stream)
    publish_events.handler(images(written(journal, trigger.batch_size, form=form)), LambdaContext())
    assert 0 < sum(pauses) < publish_events.SPEC.timeout_seconds / 2


def test_while_the_bus_is_down_the_stream_delivers_the_batch_again(
    journal: DynamoStore, monkeypatch: pytest.MonkeyPatch, form: JournalForm
) -> None:
    error = ClientError({"Error": {"Code": "InternalException"}}, "PutEvents")
    monkeypatch.setattr("shared.bus.client", lambda _name: FakeEvents(error=error))
    records = written(journal, 3, form=form)
    with pytest.raises(BusDown):
        publish_events.handler(images(records), LambdaContext())
    assert unpublished(journal, records) == 3


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
