"""A service's journal is read whole, whatever form its records have, and whatever release wrote them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from ops.recovery import regenerate, salvage
from ops.stage import event_versions, in_flight, journal
from ops.stage.aws import Aws
from shared.clock import system_clock
from shared.journal import MAX_SHARDS, JournalForm, events_in
from shared.records import JournalRecord
from shared.restoring import documents, published_record, with_published
from tests.ops import tables_of
from tests.support import release_before
from tests.support.fakes import NOON, FakeClock, context

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
CREATED = TaskCreated(task_id="t", title="x", version=1)
ASSIGNED = TaskAssigned(task_id="t", title="x", version=1, assignee_id="ann")


@pytest.fixture(name="aws")
def tables(aws: Aws) -> Iterator[Aws]:
    with mock_aws():
        tables_of.make(aws, "tracking")
        yield aws


def of_all_releases(now: datetime) -> list[JournalRecord]:
    """Two events from each release: the one before, the one that reads both forms, and the one after."""
    before = [release_before.record(context(FakeClock(now), n), CREATED, now, "t").row for n in (1, 2)]
    forms = JournalForm(per_event=True), JournalForm()
    works = [replace(context(FakeClock(now), 3 + n), form=form) for n, form in enumerate(forms)]
    after = [work.record(CREATED, ASSIGNED, occurred_at=now, subject_id="t") for work in works]
    return [*before, *(insert.row for inserts in after for insert in inserts)]


def ids(records: list[JournalRecord]) -> list[str]:
    return sorted(event["event_id"] for record in records for event in events_in(record))


def test_every_reader_finds_the_events_of_all_releases(aws: Aws) -> None:
    now = system_clock()
    records = of_all_releases(now)
    tables_of.put(aws, "tracking", records)
    table = "ates-dev-tracking-journal"
    assert len(ids(records)) == 6
    assert sorted(event["event_id"] for event in journal.everything(aws, "tracking")) == ids(records)
    again = regenerate.within(aws, "tracking", now - timedelta(seconds=1), now + timedelta(seconds=1))
    assert sorted(event["event_id"] for event in again) == ids(records)
    left = salvage.read(aws, "tracking")
    assert (ids(list(left.rows[JournalRecord])), left.unreadable) == (ids(records), ())
    event_versions.check_journal(aws, "tracking")
    assert in_flight.unpublished(aws, [table]) == {table: len(ids(records))}


def test_a_range_includes_every_shard_that_a_journal_may_have(aws: Aws) -> None:
    form = JournalForm(MAX_SHARDS)
    works = [replace(context(FakeClock(NOON), seed), form=form) for seed in range(40)]
    records = [work.record(ASSIGNED, occurred_at=NOON)[0].row for work in works]
    tables_of.put(aws, "tracking", records)
    found = journal.within(aws, "tracking", NOON, NOON)
    assert sorted(event["event_id"] for event in found) == ids(records)


def test_a_range_includes_an_event_whose_id_was_drawn_after_midnight(aws: Aws) -> None:
    """Use cases take the time first and draw ids later; a rebuilt payout occurred days before its id."""
    event = TaskCompleted(task_id="t", title="x", assignee_id="ann")
    occurred_at = MIDNIGHT - timedelta(milliseconds=1)
    work = context(FakeClock(MIDNIGHT + timedelta(milliseconds=1)))
    (insert,) = work.record(event, occurred_at=occurred_at)
    tables_of.put(aws, "tracking", [insert.row])
    found = journal.within(aws, "tracking", MIDNIGHT - timedelta(hours=1), occurred_at)
    assert [each["event_id"] for each in found] == [insert.row.event_id]


def test_an_event_in_two_records_of_copy_and_present_journal_is_kept_once() -> None:
    """A restore without the record wrote one for each archived event; a later copy may have both."""
    (insert,) = context().record(CREATED, ASSIGNED, occurred_at=NOON, subject_id="t")
    apart = [published_record(event, "t") for event in events_in(insert.row)]
    whole = salvage.joined({JournalRecord: [insert.row]}, {JournalRecord: apart})
    found = documents(with_published(whole, [], "task_id"))
    assert [event["event_id"] for event in found] == ids([insert.row])


@pytest.mark.parametrize("text", ["", "no JSON", "eJwD", "!!!", "[1]", "7"])
def test_a_record_that_cannot_be_read_does_not_stop_what_repairs_it(aws: Aws, text: str) -> None:
    """A restore checks versions first; then it takes the archive's event instead of such a record."""
    tables_of.put(aws, "tracking", [JournalRecord("b", "e", text)])
    event_versions.check_journal(aws, "tracking")
    assert len(salvage.read(aws, "tracking").unreadable) == 1


def test_a_long_span_is_read_without_a_query_for_each_partition(aws: Aws) -> None:
    works = [context(FakeClock(NOON - timedelta(days=days)), days) for days in (0, 1, 31, 33)]
    records = [work.record(ASSIGNED, occurred_at=work.now())[0].row for work in works]
    tables_of.put(aws, "tracking", records)
    queries: list[object] = []
    aws.dynamodb.meta.events.register("before-call.dynamodb.Query", lambda **asked: queries.append(asked))
    found = journal.within(aws, "tracking", NOON - timedelta(days=32), NOON)
    assert sorted(event["event_id"] for event in found) == ids(records[:3])
    assert not queries
