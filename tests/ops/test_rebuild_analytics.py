"""`ates rebuild analytics` builds the figures as a new generation, which is used only once it is complete."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws

from events.envelope import Envelope
from functions.accounting.rows import TABLES as ACCOUNTING_TABLES
from functions.accounting.rows import Balance
from functions.analytics import rows
from functions.analytics.fill_generation.use_case import fill_generation, read_fill
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.projection import project
from functions.analytics.rows import TABLES
from ops import __main__ as command_line
from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.recovery import rebuild_analytics, replay
from ops.recovery.rebuild_analytics import FILLED, figures, rebuild
from ops.stage import connection, consumers, event_sources, tables
from ops.stage.aws import Aws
from ops.stage.consumers import Consumer
from ops.stage.target import Target
from shared.dynamo_store import DynamoStore
from shared.guards import SENTINEL, RowsLost
from shared.journal import EventDocument, events_in
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord
from shared.restoring import documents
from shared.store import Add, Put, Remove, chunks
from tests.accounting import support
from tests.accounting.support import TODAY, assigned, completed
from tests.ops import tables_of
from tests.ops.conftest import FakeTime, create_operations_table
from tests.ops.test_rules import message_of
from tests.support.fakes import context, received
from tests.support.moto_store import moto_store


@dataclass
class Installed:
    """Accounting with a journal of seven events, all of which analytics has consumed."""

    aws: Aws
    store: DynamoStore
    records: list[JournalRecord]
    events: list[EventDocument]
    paused: list[str] = field(default_factory=list)

    @property
    def filled(self) -> Consumer:
        return consumers.named("dev", FILLED)

    def receive(self) -> Iterator[Any]:
        """The queued jobs, as the function receives them."""
        url = consumers.url(self.aws, self.filled.queue)
        while messages := self.aws.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                yield json.loads(message["Body"])["job"]

    def fill(self, *_: Any) -> None:
        """Run each job twice, because SQS may deliver it twice."""
        for job in [*self.receive()]:
            for _again in range(2):
                message = received(read_fill(json.loads(json.dumps(job))), event_id="m")
                fill_generation([message], self.store, context(), "UTC")


def journaled() -> MemoryStore:
    store = support.ledger()
    support.consume(store, assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3"))
    support.close(store, TODAY, "ann", "bob")
    return store


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    with mock_aws():
        aws = Aws(Target("dev", "us-east-1", None))
        create_operations_table(aws)
        journal = moto_store(ACCOUNTING_TABLES, "ates-dev-accounting-")
        store = moto_store(TABLES, "ates-dev-analytics-")
        for consumer in consumers.of("dev", "analytics").values():
            aws.queues.create_queue(QueueName=consumer.queue)
            aws.queues.create_queue(QueueName=consumer.dead_letters)
        ledger = journaled()
        records = ledger.rows(JournalRecord)
        for group in chunks([*records, *ledger.rows(Balance)], 50):
            journal.transact([Put(row) for row in group])
        events = [event for event in documents(records) if event["event_name"] != "Task.Priced"]
        found = Installed(aws, store, records, events)
        project([event_message(event) for event in events], 1, store, context(), "UTC")

        @contextmanager
        def paused(_aws: Aws, functions: list[str], *_: Any) -> Iterator[None]:
            found.paused.append(f"paused {functions[0]}")
            yield
            found.paused.append("resumed")

        monkeypatch.setattr(event_sources, "paused", paused)
        monkeypatch.setattr(replay, "await_consumed", found.fill)
        yield found


def event_message(event: EventDocument) -> Any:
    return message_of(Envelope.model_validate(event))


def current(installed: Installed) -> int:
    row = installed.store.get(rows.Generation, name=rows.CURRENT)
    return row.generation if row else rows.FIRST_GENERATION


def test_the_new_generation_is_equal_and_in_use(installed: Installed, fake_time: FakeTime) -> None:
    before = figures(installed.aws, 1)
    rebuilt = rebuild(installed.aws, Output(True), fake_time.timer)
    assert before
    assert (rebuilt.events, rebuilt.late, rebuilt.changed) == (len(installed.events), 0, ())
    assert figures(installed.aws, rebuilt.generation) == before
    assert current(installed) == rebuilt.generation == 2
    assert installed.paused == ["paused ates-dev-analytics-on-ledger-event", "resumed"]


def test_wrong_figures_are_corrected_and_listed(installed: Installed, fake_time: FakeTime) -> None:
    key = {"generation_shard": "1#0", "business_day": TODAY}
    installed.store.transact([Add(rows.DayTotal, key, {"fees": 7})])
    wrong = figures(installed.aws, 1)[f"fees on {TODAY}"]
    rebuilt = rebuild(installed.aws, Output(True), fake_time.timer)
    assert rebuilt.changed == (f"fees on {TODAY}: {wrong} → {wrong - 7}",)


def test_lost_marks_are_rewritten_and_only_wrong_figures_are_listed(
    installed: Installed, fake_time: FakeTime
) -> None:
    """Only the marks' table is emptied; events redelivered after the rebuild change nothing."""
    installed.store.transact([Remove(ConsumedEvent, {"mark": SENTINEL})])
    for row in list(tables.rows(installed.aws, "analytics", ConsumedEvent)):
        installed.store.transact([Remove(ConsumedEvent, {"mark": row.mark})])
    messages = [event_message(event) for event in installed.events]
    with pytest.raises(RowsLost):
        on_ledger_event(messages, installed.store, context(), "UTC")
    before = figures(installed.aws, 1)
    rebuilt = rebuild(installed.aws, Output(True), fake_time.timer)
    assert rebuilt.changed == ()
    assert on_ledger_event(messages, installed.store, context(), "UTC") == {}
    assert figures(installed.aws, rebuilt.generation) == before


def test_events_not_yet_consumed_are_included_and_not_listed_as_changes(
    installed: Installed, fake_time: FakeTime
) -> None:
    store = support.ledger()
    support.consume(store, assigned("e9", "cid", "task-9"), seed=9)
    late = [Put(record) for record in store.rows(JournalRecord)]
    DynamoStore(ACCOUNTING_TABLES, "ates-dev-accounting-").transact(late)
    rebuilt = rebuild(installed.aws, Output(True), fake_time.timer)
    assert (rebuilt.events, rebuilt.late, rebuilt.changed) == (len(installed.events) + 1, 1, ())
    assert figures(installed.aws, rebuilt.generation)["latest entry of cid"] == 1


def test_an_incomplete_generation_is_never_used(
    installed: Installed, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "await_consumed", lambda *_: [*installed.receive()])
    with pytest.raises(CommandFailed, match="the new generation counts 0 of 4"):
        rebuild(installed.aws, Output(True), fake_time.timer)
    assert current(installed) == 1
    monkeypatch.setattr(replay, "await_consumed", installed.fill)
    assert rebuild(installed.aws, Output(True), fake_time.timer).generation == 3


def test_dead_letters_during_the_rebuild_are_a_failure(
    installed: Installed, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(*_: Any) -> None:
        installed.fill()
        url = consumers.url(installed.aws, installed.filled.dead_letters)
        installed.aws.queues.send_message(QueueUrl=url, MessageBody="{}")

    monkeypatch.setattr(replay, "await_consumed", give_up)
    with pytest.raises(CommandFailed, match="some events could not be projected"):
        rebuild(installed.aws, Output(True), fake_time.timer)
    with pytest.raises(CommandFailed, match="has old dead letters"):
        rebuild(installed.aws, Output(True), fake_time.timer)
    assert current(installed) == 1


def test_the_previous_generation_is_kept_and_older_ones_are_deleted(
    installed: Installed, fake_time: FakeTime
) -> None:
    for _ in range(2):
        rebuild(installed.aws, Output(True), fake_time.timer)
    assert not figures(installed.aws, 1)
    assert figures(installed.aws, 2) == figures(installed.aws, 3) != {}
    marks = {row.mark.split("#")[0] for row in scan(installed, ConsumedEvent)}
    assert marks == {"2", "3"}


def test_old_rows_are_not_reused_when_the_generations_table_is_lost(
    installed: Installed, fake_time: FakeTime
) -> None:
    rebuild(installed.aws, Output(True), fake_time.timer)
    wanted = figures(installed.aws, 2)
    installed.store.transact([Add(rows.MinusCount, {"generation": "2", "shard": 0}, {"accounts": 5})])
    names = [row.name for row in scan(installed, rows.Generation)]
    installed.store.transact([Remove(rows.Generation, {"name": name}) for name in names])
    assert rebuild(installed.aws, Output(True), fake_time.timer).generation == 3
    assert figures(installed.aws, current(installed)) == wanted


def scan(installed: Installed, kind: type[Any]) -> list[Any]:
    from ops.stage import tables

    return list(tables.rows(installed.aws, "analytics", kind))


def test_an_unknown_event_version_is_found_before_the_consumer_is_paused(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "aws", lambda stage: installed.aws)
    (record, *_) = [each for each in installed.records if events_in(each)[0] in installed.events]
    tables_of.put(installed.aws, "accounting", [tables_of.of_later_version(record)])
    name = events_in(record)[0]["event_name"]
    assert command_line.main(["rebuild", "analytics"]) == 1
    assert f"nothing was changed: this code cannot read {name} v99 (1)" in capsys.readouterr().err
    assert (installed.paused, current(installed)) == ([], 1)


def test_a_rebuild_from_a_service_that_lost_rows_is_refused(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "aws", lambda stage: installed.aws)
    key = {"mark": {"S": SENTINEL}}
    installed.aws.dynamodb.delete_item(TableName="ates-dev-accounting-inbox", Key=key)
    assert command_line.main(["rebuild", "analytics"]) == 1
    assert "accounting has lost rows of inbox; restore it first" in capsys.readouterr().err
    assert (installed.paused, current(installed)) == ([], 1)


def test_a_rebuild_from_a_journal_that_lacks_entries_is_refused(
    installed: Installed, fake_time: FakeTime
) -> None:
    """The journal has no sentinel, so its loss shows only in missing entries."""
    for record in installed.records:
        key = {"bucket": {"S": record.bucket}, "event_id": {"S": record.event_id}}
        installed.aws.dynamodb.delete_item(TableName="ates-dev-accounting-journal", Key=key)
    with pytest.raises(
        CommandFailed, match=r"journal lacks 4 entries \(entry 1 of ann, .*restore accounting"
    ):
        rebuild(installed.aws, Output(True), fake_time.timer)
    assert current(installed) == 1


def test_a_rebuild_fails_if_accounting_loses_rows_meanwhile(
    installed: Installed, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows are lost between two reads, so they look like the ledger of a new company."""

    def emptied(_aws: Aws) -> Iterator[EventDocument]:
        key = {"mark": {"S": SENTINEL}}
        installed.aws.dynamodb.delete_item(TableName="ates-dev-accounting-inbox", Key=key)
        return iter(())

    for row in tables.rows(installed.aws, "accounting", Balance):
        key = {"account_id": {"S": row.account_id}}
        installed.aws.dynamodb.delete_item(TableName="ates-dev-accounting-balances", Key=key)
    monkeypatch.setattr(rebuild_analytics, "ledger_events", emptied)
    with pytest.raises(CommandFailed, match="accounting has lost rows of inbox"):
        rebuild(installed.aws, Output(True), fake_time.timer)
    assert current(installed) == 1


def test_messages_have_a_limited_size(monkeypatch: pytest.MonkeyPatch) -> None:
    events = documents(journaled().rows(JournalRecord))
    monkeypatch.setattr(rebuild_analytics, "MESSAGES_AT_ONCE", 3)
    assert [len(group) for group in rebuild_analytics._groups(events[:7])] == [3, 3, 1]
    monkeypatch.setattr(rebuild_analytics, "MAX_BODY_BYTES", 1)
    assert [len(group) for group in rebuild_analytics._groups(events[:3])] == [1, 1, 1]
