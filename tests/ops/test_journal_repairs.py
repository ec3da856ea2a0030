"""Faults of the journal: each of these fails on the branch. Copy into tests/ops to run."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from ops.recovery import guard
from ops.stage import journal
from ops.stage.aws import Aws
from shared.clock import rfc3339, system_clock
from shared.ids import instant_of
from shared.journal import events_in
from shared.outbox import SETTLE_AFTER, watermark
from shared.records import JournalRecord
from shared.restoring import documents, published_record, with_published
from tests.ops import tables_of
from tests.ops.conftest import create_operations_table
from tests.support.fakes import NOON, FakeClock, context

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(name="aws")
def tables(aws: Aws) -> Iterator[Aws]:
    with mock_aws():
        tables_of.make(aws, "tracking", "notifications")
        yield aws


def test_within_finds_an_event_whose_id_was_drawn_after_midnight(aws: Aws) -> None:
    """Use cases take `now` first and draw ids later; a repaired payout occurred days before its id."""
    event = TaskCompleted(task_id="t", title="x", assignee_id="ann")
    occurred_at = MIDNIGHT - timedelta(milliseconds=1)
    (insert,) = context(FakeClock(MIDNIGHT + timedelta(milliseconds=1))).record(event, occurred_at=occurred_at)
    tables_of.put(aws, "tracking", [insert.row])
    found = journal.within(aws, "tracking", MIDNIGHT - timedelta(hours=1), occurred_at)
    assert [each["event_id"] for each in found] == [insert.row.event_id]


def test_guard_does_not_move_a_watermark_that_a_sweep_wrote(aws: Aws) -> None:
    """A refused event kept it back; with the receipts newly guarded, guard passes the event for good."""
    held_back = watermark(system_clock() - timedelta(days=1))
    create_operations_table(aws)
    tables_of.put(aws, "notifications", [held_back])
    guard.write_once(aws, ["notifications"], system_clock)
    assert journal.watermark(aws, "notifications") == held_back


def test_the_first_watermark_does_not_pass_records_that_no_sweep_has_settled(aws: Aws) -> None:
    """Functions may have journaled between the deployment and `ates guard`."""
    create_operations_table(aws)
    guard.write_once(aws, ["notifications"], system_clock)
    settled = journal.watermark(aws, "notifications").settled_through
    assert settled <= rfc3339(system_clock() - SETTLE_AFTER)


def test_an_event_in_two_records_of_the_copy_and_the_present_journal_is_kept_once() -> None:
    """A restore without the record wrote one record for each archived event; a later copy has the pair."""
    from ops.recovery.salvage import joined

    created = TaskCreated(task_id="t", title="x", version=1)
    assigned = TaskAssigned(task_id="t", title="x", version=1, assignee_id="ann")
    (insert,) = context().record(created, assigned, occurred_at=NOON, subject_id="t")
    apart = [published_record(event, "t") for event in events_in(insert.row)]
    whole = joined({JournalRecord: [insert.row]}, {JournalRecord: apart})
    found = documents(with_published(whole, [], "task_id"))
    assert [event["event_id"] for event in found] == [event["event_id"] for event in events_in(insert.row)]


@pytest.mark.parametrize("text", ["", "no JSON", "eJwD", "!!!", "[1]", "7"])
def test_a_record_that_cannot_be_read_does_not_stop_what_repairs_it(aws: Aws, text: str) -> None:
    """A restore checks versions first, and would salvage the record as unreadable and take the archive's."""
    from ops.stage import event_versions

    tables_of.put(aws, "tracking", [JournalRecord("b", "e", text)])
    event_versions.check_journal(aws, "tracking")


@pytest.mark.parametrize("refused", ["everything", "one event of each call"])
def test_a_batch_that_the_bus_refuses_ends_before_the_function_is_killed(
    monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Killed, it writes no receipts: the stream delivers the accepted events again, while the bus is busy."""
    from functions import publish_events
    from shared import outbox
    from shared.records import JOURNAL, RECEIPTS
    from tests.support.fakes import memory_store

    class Longest(random.SystemRandom):
        def uniform(self, a: float, b: float) -> float:
            return b

    class Busy:
        def put(self, entries: Any) -> list[bool]:
            return [refused != "everything" and number > 0 for number, _ in enumerate(entries)]

    monkeypatch.setattr(outbox.random, "SystemRandom", Longest)
    work, pauses = context(), [0.0]
    event = TaskCompleted(task_id="t", title="x", assignee_id="ann")
    records = [work.record(event, occurred_at=NOON)[0].row for _ in range(publish_events.SPEC.trigger.batch_size)]
    store = memory_store([JOURNAL, RECEIPTS])
    store.wait = pauses.append
    with pytest.raises(outbox.EventsLeft):
        outbox.publish(outbox.journaled(records), Busy(), store, work)
    assert sum(pauses) < publish_events.SPEC.timeout_seconds
