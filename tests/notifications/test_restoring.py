"""Notifications' tables from an older copy: no report is mailed twice."""

from typing import Any

from functions.notifications.domain import SENT, Job
from functions.notifications.restoring import restored
from functions.notifications.rows import TABLES, Report
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.store import Put
from tests.accounting.test_restoring import comparable, published
from tests.notifications.fakes import World, closed, entry
from tests.support.fakes import memory_store

KINDS = [kind for table in TABLES for kind in table.rows]


def copied(store: MemoryStore) -> dict[type[Any], list[Any]]:
    return {kind: store.rows(kind) for kind in KINDS}


def test_a_sent_report_is_not_sent_again() -> None:
    """Neither after a copy in which it waits, nor after one without it."""
    for copy_before_the_day in (True, False):
        world = World()
        copy = copied(world.store)
        world.hear(entry(1), closed(1))
        if not copy_before_the_day:
            copy = copied(world.store)
        world.run(2)
        assert len(world.mailer.sent) == 1
        rows = restored(copy, published(world.store))
        (report,) = rows[Report]
        assert report.state == SENT
        world.store = memory_store(TABLES)
        for of_kind in rows.values():
            for row in of_kind:
                world.store.transact([Put(row)])
        world.hear(entry(1), closed(1))
        world.run(3)
        world.send(Job(report.report_id, report.attempts))
        assert len(world.mailer.sent) == 1
        assert world.report().state == SENT


def test_the_row_of_a_sent_report_is_restored() -> None:
    world = World()
    copy = copied(world.store)
    world.hear(entry(1), closed(1))
    world.run(2)
    (was,) = world.store.rows(Report)
    (found,) = restored(copy, published(world.store))[Report]
    ignored = {"next_attempt_at"}
    names = [name for name in Report.__match_args__ if name not in ignored]
    assert {name: getattr(found, name) for name in names} == {name: getattr(was, name) for name in names}
    journal = comparable({JournalRecord: world.store.rows(JournalRecord)})
    assert comparable(restored(copy, published(world.store)))["JournalRecord"] == journal["JournalRecord"]


def test_email_failed_is_not_published_again_for_a_waiting_report() -> None:
    world = World()
    world.hear(entry(1), closed(1))
    copy = copied(world.store)
    world.addresses.down = True
    world.run(1)
    rows = restored(copy, published(world.store))
    assert [report.failure_told for report in rows[Report]] == [True]
