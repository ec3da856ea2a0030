"""The journal's form changes in two releases; neither an update nor a rollback loses or repeats an event."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from events.tracking import TaskAssigned, TaskCreated
from shared.context import Context
from shared.journal import USUAL_FORM, JournalForm, events_in
from shared.outbox import journaled, publish, sweep
from shared.records import JOURNAL, RECEIPTS, JournalRecord
from shared.restoring import documents, watermark_of, with_published
from shared.store import Insert
from tests.support import release_before
from tests.support.fakes import NOON, FakeBus, FakeClock, context, memory_store

READS_BOTH = JournalForm(per_event=True)
"""The first of the two releases."""

CREATED = TaskCreated(task_id="task-1", title="Feed", version=1)
ASSIGNED = TaskAssigned(task_id="task-1", title="Feed", version=1, assignee_id="ann")
SINCE = NOON - timedelta(days=1)


class Service:
    """A journal and a bus through several releases; `release` is None for the one before both."""

    def __init__(self) -> None:
        self.store, self.bus = memory_store([JOURNAL, RECEIPTS]), FakeBus()
        self.release: JournalForm | None = None
        self.seed = 0

    def works(self, now: datetime) -> None:
        """Create three tasks; the stream brings the records of the first only."""
        inserts = [self._created(now) for _ in range(3)]
        for group in inserts:
            self.store.transact(group)
        relayed = [insert.row for insert in inserts[0]]
        if self.release is None:
            release_before.publish(relayed, self.bus, self.store, now)
        else:
            publish(journaled(relayed), self.bus, self.store, self._context(now))

    def sweeps(self, now: datetime) -> None:
        if self.release is None:
            release_before.sweep(self.store, self.bus, now)
        else:
            sweep(self.store, self.bus, self._context(now), lambda: True, SINCE)

    def _created(self, now: datetime) -> list[Insert]:
        work = self._context(now)
        if self.release is None:
            return [release_before.record(work, event, now, "task-1") for event in (CREATED, ASSIGNED)]
        return work.record(CREATED, ASSIGNED, occurred_at=now, subject_id="task-1")

    def _context(self, now: datetime) -> Context:
        self.seed += 1
        return replace(context(FakeClock(now), self.seed), form=self.release or USUAL_FORM)

    @property
    def records(self) -> list[JournalRecord]:
        return self.store.rows(JournalRecord)

    @property
    def journaled_ids(self) -> list[str]:
        return sorted(event["event_id"] for record in self.records for event in events_in(record))

    @property
    def published_ids(self) -> list[str]:
        return sorted(json.loads(entry.detail)["event_id"] for entry in self.bus.taken)


def test_the_first_release_writes_exactly_what_the_one_before_wrote() -> None:
    work = context(FakeClock(NOON))
    before = release_before.record(work, ASSIGNED, NOON, "task-1").row
    after = replace(context(FakeClock(NOON)), form=READS_BOTH)
    (insert,) = after.record(ASSIGNED, occurred_at=NOON, subject_id="task-1")
    assert insert.row == before
    assert insert.not_after is None


@pytest.mark.parametrize(
    "releases",
    [
        [None, READS_BOTH, USUAL_FORM],
        [None, READS_BOTH, None, READS_BOTH, USUAL_FORM],
        [READS_BOTH, USUAL_FORM, READS_BOTH, USUAL_FORM],
        [None, READS_BOTH, None],
        [None, READS_BOTH, USUAL_FORM, READS_BOTH],
    ],
    ids=["both updates", "first one rolled back", "second one rolled back", "ends before", "ends with first"],
)
def test_each_event_is_published_once_whatever_release_wrote_it(releases: list[JournalForm | None]) -> None:
    service, now = Service(), NOON
    for service.release in releases:
        service.works(now)
        now += timedelta(minutes=3)
        service.sweeps(now)
        service.works(now)
    for _ in range(2):
        now += timedelta(minutes=30)
        service.sweeps(now)
    assert len(service.journaled_ids) == len(releases) * 12
    assert service.published_ids == service.journaled_ids


def test_a_rollback_of_the_first_release_leaves_records_that_the_one_before_reads() -> None:
    service = Service()
    for service.release in (None, READS_BOTH):
        service.works(NOON)
    service.sweeps(NOON + timedelta(minutes=3))
    service.release = None
    assert release_before.documents(service.records) == documents(service.records)
    assert len(documents(service.records)) == 12


@pytest.mark.parametrize("is_journal_lost", [True, False])
def test_a_restore_of_records_of_all_releases_publishes_only_what_was_not_published(
    is_journal_lost: bool,
) -> None:
    """From the archive, with or without the journal itself."""
    service = Service()
    for service.release in (None, READS_BOTH, USUAL_FORM):
        service.works(NOON)
    archived = [json.loads(entry.detail) for entry in service.bus.taken]
    left = [] if is_journal_lost else service.records
    known = service.published_ids if is_journal_lost else service.journaled_ids
    journal = with_published({JournalRecord: left}, archived, "task_id")
    assert sorted(event["event_id"] for event in documents(journal)) == known
    restored = Service()
    restored.release, restored.bus = USUAL_FORM, service.bus
    mark = watermark_of({JournalRecord: journal}, NOON + timedelta(hours=1))
    restored.store.transact([Insert(row) for row in (*journal, mark)])
    restored.sweeps(NOON + timedelta(hours=1))
    assert service.published_ids == known
