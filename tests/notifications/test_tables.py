"""Notifications on DynamoDB, by moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.notifications.domain import Job
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import TABLES, Report, ReportLine
from functions.notifications.send_report.use_case import send_report
from shared.dynamo_store import DynamoStore
from shared.journal import SHARDS, buckets
from shared.records import JournalRecord
from tests.notifications.fakes import REPORT_ID, World, closed, entry
from tests.support.fakes import received
from tests.support.moto_store import moto_store


@pytest.fixture
def store() -> Iterator[DynamoStore]:
    with mock_aws():
        yield moto_store(TABLES, "test-")


def test_a_report_is_retried_and_sent_on_dynamodb(store: DynamoStore) -> None:
    world = World()
    events = (entry(1), entry(2, "payout", title=None, jira_id=None), closed(2))
    messages = [received(event, event_id=f"event-{number}") for number, event in enumerate(events)]
    for _ in range(2):
        on_ledger_event(messages, store, world.context())
    assert [line.entry_number for line in store.query(ReportLine, REPORT_ID, limit=9)] == [1, 2]

    assert queue_due_reports(store, world.context(), world.queue, 9, lambda: True) == 1
    assert queue_due_reports(store, world.context(), world.queue, 9, lambda: True) == 0
    (job,) = (Job(**job) for job in world.queue.jobs)
    world.addresses.down = True
    send_report(job, store, world.context(), world.post)
    hour = buckets(world.clock(), SHARDS)
    assert len([row for bucket in hour for row in store.query(JournalRecord, bucket, limit=9)]) == 1

    world.addresses.down = False
    world.clock.advance(minutes=1)
    assert queue_due_reports(store, world.context(), world.queue, 9, lambda: True) == 1
    for job in [Job(**job) for job in world.queue.jobs]:
        send_report(job, store, world.context(), world.post)
    report = store.get(Report, report_id=REPORT_ID)
    assert report is not None
    assert (report.state, report.message_id, report.due_shard, report.failure_told) == (
        "sent",
        "message-1",
        None,
        True,
    )
    world.clock.advance(days=1)
    assert queue_due_reports(store, world.context(), world.queue, 9, lambda: True) == 0
    assert len(world.mailer.sent) == 1
