"""Events in flight are counted in journals and queues, and waited for up to a limit."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from ops.stage import in_flight
from ops.stage.aws import Aws
from ops.stage.in_flight import InFlight
from shared.context import JOURNAL_SHARDS
from tests.ops.conftest import FakeTime

CONSUMER = "ates-dev-accounting-on-task-event"


@pytest.fixture
def emulator(aws: Aws) -> Iterator[Aws]:
    """Two journals, a consumer behind the bus, a work queue, and resources of another stage."""
    with mock_aws():
        for table in ("ates-dev-auth-journal", "ates-dev-tracking-journal", "ates-test-auth-journal"):
            _journal(aws, table)
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
        _unpublished(emulator, "ates-dev-tracking-journal", number)
    _unpublished(emulator, "ates-test-auth-journal", 1)
    tables = in_flight.journals(emulator)
    assert tables == ("ates-dev-auth-journal", "ates-dev-tracking-journal")
    assert in_flight.unpublished(emulator, tables) == {tables[0]: 0, tables[1]: 20}


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


def test_an_event_that_appears_meanwhile_restarts_the_count(emulator: Aws, fake_time: FakeTime) -> None:
    seen: list[InFlight] = []

    def look(backlog: InFlight) -> None:
        seen.append(backlog)
        if len(seen) == 2:
            _unpublished(emulator, "ates-dev-auth-journal", 1)
        if len(seen) == 4:
            _published(emulator, "ates-dev-auth-journal", 1)

    assert in_flight.wait_until_none(emulator, fake_time.timer, 60, look).total == 0
    assert [backlog.total for backlog in seen] == [0, 0, 1, 1, 0, 0, 0]


def test_waiting_times_out_and_names_what_is_left(emulator: Aws, fake_time: FakeTime) -> None:
    url = emulator.queues.get_queue_url(QueueName=CONSUMER)["QueueUrl"]
    emulator.queues.send_message(QueueUrl=url, MessageBody="x")
    _unpublished(emulator, "ates-dev-auth-journal", 1)
    left = in_flight.wait_until_none(emulator, fake_time.timer, 6, lambda _: None)
    assert str(left) == f"1 unpublished in ates-dev-auth-journal, 1 in {CONSUMER}"
    assert 6 <= fake_time.seconds < 7


def _journal(aws: Aws, name: str) -> None:
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "bucket", "KeyType": "HASH"},
            {"AttributeName": "event_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "bucket", "AttributeType": "S"},
            {"AttributeName": "event_id", "AttributeType": "S"},
            {"AttributeName": "unpublished_shard", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "unpublished",
                "KeySchema": [
                    {"AttributeName": "unpublished_shard", "KeyType": "HASH"},
                    {"AttributeName": "event_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


def _unpublished(aws: Aws, table: str, number: int) -> None:
    shard = {"N": str(number % JOURNAL_SHARDS)}
    aws.dynamodb.put_item(TableName=table, Item=_key(number) | {"unpublished_shard": shard})


def _published(aws: Aws, table: str, number: int) -> None:
    aws.dynamodb.put_item(TableName=table, Item=_key(number))


def _key(number: int) -> dict[str, dict[str, str]]:
    return {"bucket": {"S": "2026-11-22T15#00"}, "event_id": {"S": str(number)}}
