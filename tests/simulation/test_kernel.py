"""Simulated machines lose power or stand still, and transactions take effect late."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared.memory_store import MemoryStore
from shared.records import JOURNAL, RECEIPTS, JournalRecord
from shared.store import Insert, StoreError
from tests.simulation.acting import Stage
from tests.simulation.tables import SimulatedStore
from tests.simulation.weather import Weather

MINUTES = [timedelta(minutes=n) for n in range(60)]


class Journal:
    """A journal and its one writer; `committed` has who wrote each transaction, by the process's name."""

    def __init__(self, weather: Weather) -> None:
        self.stage = Stage(weather)
        self.committed: list[str] = []
        self.failures: list[StoreError] = []
        kernel, tables = self.stage.kernel, [JOURNAL, RECEIPTS]
        self.store = SimulatedStore("tracking", tables, kernel, self.stage.faults, self._commit, False)
        self.store.clock = self.stage.clock
        self.process = kernel.begin("writer", "tracking", self._write, MINUTES[1])

    def _commit(self, _service: str, _actions: Sequence[Any]) -> None:
        current = self.stage.kernel.current
        self.committed.append(current.name if current else "nobody")

    def _write(self) -> None:
        record = JournalRecord("2026-10-24#00", "event-1", "[]")
        try:
            self.store.transact([Insert(record, not_after=self.stage.clock() + MINUTES[10])])
        except StoreError as error:
            self.failures.append(error)

    def written_after_standing_still(self, by: timedelta) -> bool:
        self.stage.kernel.resume(self.process)
        self.stage.kernel.freeze(self.process, by)
        self.stage.clock.advance(by)
        self.stage.kernel.resume(self.process)
        return bool(self.rows.rows(JournalRecord))

    @property
    def rows(self) -> MemoryStore:
        return self.store.sound


def test_no_effect_follows_a_crash() -> None:
    kernel, done = Stage().kernel, []

    def work() -> None:
        try:
            kernel.effect("first")
            done.append("first")
        finally:
            kernel.effect("clean up")
            done.append("clean up")

    process = kernel.begin("test", "test", work, MINUTES[1])
    kernel.resume(process)
    kernel.crash(process)
    assert (done, kernel.processes) == ([], [])


def test_a_machine_that_stood_still_does_not_send_an_old_record() -> None:
    in_time, too_late = Journal(Weather()), Journal(Weather())
    assert in_time.written_after_standing_still(MINUTES[9])
    assert not too_late.written_after_standing_still(MINUTES[11])
    assert len(too_late.failures) == 1


def test_a_late_transaction_is_its_senders_who_has_crashed() -> None:
    journal = Journal(Weather(committed_late=1))
    for _ in range(2):
        journal.stage.kernel.resume(journal.process)
    assert (journal.process.crashed, journal.committed, journal.stage.kernel.processes) == (True, [], [])
    journal.stage.clock.advance(MINUTES[9])
    journal.store.commit_late()
    assert journal.committed == ["writer"]
    assert len(journal.rows.rows(JournalRecord)) == 1


def test_a_late_transaction_takes_no_effect_in_a_table_that_is_gone() -> None:
    journal = Journal(Weather(committed_late=1))
    for _ in range(2):
        journal.stage.kernel.resume(journal.process)
    journal.store.lose("journal")
    journal.stage.clock.advance(MINUTES[9])
    journal.store.commit_late()
    assert (journal.committed, journal.rows.rows(JournalRecord)) == ([], [])
