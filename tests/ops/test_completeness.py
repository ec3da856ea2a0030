"""A restore reads until it has every event known to others; else it writes nothing and names the missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from moto import mock_aws

from events.tracking import TaskCreated
from functions.accounting import rows as accounting
from functions.analytics.domain import account_key
from functions.analytics.rows import LatestEntry
from functions.auth.rows import Account
from functions.notifications.rows import Report, ReportLine
from functions.tracking import rows as tracking
from ops.console.errors import CommandFailed
from ops.recovery import archive, completeness
from ops.recovery.own_events import PATIENCE_SECONDS, PAUSE_SECONDS, ArchiveReader, own_events
from ops.stage.aws import Aws
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.restoring import documents, published_record
from tests.accounting import support
from tests.accounting.support import TODAY, assigned, completed
from tests.ops import tables_of
from tests.ops.conftest import ENDPOINT, FakeTime
from tests.support.fakes import NOON, envelope_of, received

Document = dict[str, Any]
NOTHING: dict[type[Any], list[Any]] = {}


def ledger_with_entries() -> MemoryStore:
    store = support.ledger()
    support.consume(store, assigned("e1"), completed("e2"), assigned("e3", "bob", "task-2"))
    support.close(store, TODAY, "ann", "bob")
    return store


def events() -> list[Document]:
    return [dict(event) for event in documents(ledger_with_entries().rows(JournalRecord))]


def facts_of(documents: list[Document]) -> frozenset[completeness.Fact]:
    return completeness.recorded(NOTHING, documents)


ALL = facts_of(events())
JOURNAL = ledger_with_entries().rows(JournalRecord)
KNOWN = frozenset(fact for fact in ALL if fact[0] == "account")


@dataclass
class Archive:
    """Each reading finds `arrived`; after it, one more event of `late` has arrived."""

    arrived: list[Document]
    late: list[Document] = field(default_factory=list)
    readings: int = 0

    def read(self, *_: Any) -> Iterator[Document]:
        self.readings += 1
        yield from [*self.arrived, {"event_id": "x", "producer": "auth"}]
        if self.late:
            self.arrived.append(self.late.pop(0))


@pytest.fixture
def reading(aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> ArchiveReader:
    monkeypatch.setattr(archive, "counted", lambda _aws: 99)
    monkeypatch.setattr(completeness, "known_elsewhere", lambda _aws, _service: KNOWN)
    return ArchiveReader(aws, "accounting", NOON, fake_time.clock, fake_time.timer, lambda _text: None)


def held(monkeypatch: pytest.MonkeyPatch, found: Archive) -> Archive:
    monkeypatch.setattr(archive, "read", found.read)
    return found


def ids(documents: Any) -> set[str]:
    return {each["event_id"] for each in documents}


def test_a_complete_archive_is_read_once(
    reading: ArchiveReader, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = held(monkeypatch, Archive(events()))
    assert ids(own_events(reading, NOTHING, JOURNAL, False)) == ids(events())
    assert (found.readings, fake_time.slept) == (1, [])


def test_late_events_are_waited_for(
    reading: ArchiveReader, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = events()
    found = held(monkeypatch, Archive([first], others))
    assert ids(own_events(reading, NOTHING, JOURNAL, False)) >= {
        each["event_id"] for each in events() if facts_of([each]) & KNOWN
    }
    assert found.readings > 2
    assert set(fake_time.slept) == {PAUSE_SECONDS}


def test_after_half_an_hour_without_new_events_the_missing_are_named(
    reading: ArchiveReader, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two accounts' fees; no close contains them, so they can't be rebuilt."""
    fees = [each for each in events() if each["data"].get("kind") == "assignment_fee"]
    held(monkeypatch, Archive([each for each in events() if each not in fees]))
    with pytest.raises(CommandFailed) as stopped:
        own_events(reading, NOTHING, JOURNAL, False)
    said = "nothing was written: neither archive nor journal has account ann entry 1; account bob entry 1"
    assert str(stopped.value) == said
    assert fake_time.seconds == PATIENCE_SECONDS
    accepted = own_events(reading, NOTHING, JOURNAL, True)
    assert ids(accepted) == ids(events()) - ids(fees)


@pytest.mark.parametrize(("endpoint", "seconds"), [(ENDPOINT, 0), (None, PATIENCE_SECONDS)])
def test_accepted_losses_are_waited_for_only_if_the_archive_may_be_late(
    reading: ArchiveReader,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str | None,
    seconds: int,
) -> None:
    monkeypatch.setattr(reading.aws, "target", replace(reading.aws.target, endpoint=endpoint))
    first, *lost = events()
    found = held(monkeypatch, Archive([first]))
    assert ids(own_events(reading, NOTHING, JOURNAL, True)) == ids(events()) - ids(lost)
    assert (fake_time.seconds, found.readings) == (seconds, 1 + seconds // PAUSE_SECONDS)


@pytest.mark.parametrize("journal", [[], JOURNAL[:1]])
@pytest.mark.parametrize(("endpoint", "seconds"), [(ENDPOINT, 0), (None, PATIENCE_SECONDS)])
def test_without_a_complete_journal_it_waits_if_the_archive_may_be_late(
    reading: ArchiveReader,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str | None,
    seconds: int,
    journal: list[JournalRecord],
) -> None:
    monkeypatch.setattr(reading.aws, "target", replace(reading.aws.target, endpoint=endpoint))
    monkeypatch.setattr(completeness, "known_elsewhere", lambda _aws, _service: frozenset())
    *first, late = events()
    held(monkeypatch, Archive(first, [late]))
    found = own_events(reading, NOTHING, journal, False)
    assert late in found if seconds else late not in found
    assert fake_time.seconds == (seconds + PAUSE_SECONDS if seconds else 0)


def test_an_empty_journal_is_never_complete() -> None:
    assert not completeness.is_whole([], [])
    assert not completeness.is_whole(JOURNAL[:1], ids(events()))
    assert completeness.is_whole(JOURNAL, ids(events()))


def test_each_new_event_extends_the_wait_by_half_an_hour(
    reading: ArchiveReader, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, first, *late = sorted(events(), key=lambda each: each["data"].get("kind") != "assignment_fee")
    held(monkeypatch, Archive([first], late))
    with pytest.raises(CommandFailed, match="neither archive nor journal has account"):
        own_events(reading, NOTHING, JOURNAL, False)
    assert lost["data"]["kind"] == "assignment_fee"
    assert fake_time.seconds >= PATIENCE_SECONDS + PAUSE_SECONDS


@pytest.mark.parametrize("lost", ["payout", "close"])
def test_missing_events_that_can_be_rebuilt_do_not_stop_a_restore(
    reading: ArchiveReader, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    def is_lost(event: Document) -> bool:
        data = event["data"]
        is_close = event["event_name"] == "Account.DayClosed" and data["account_id"] == "ann"
        return is_close if lost == "close" else bool(data.get("kind") == "payout")

    held(monkeypatch, Archive([each for each in events() if not is_lost(each)]))
    found = own_events(reading, NOTHING, JOURNAL, False)
    assert len(found) == len(events()) - 1
    assert fake_time.seconds == PATIENCE_SECONDS


def test_events_in_copy_and_journal_are_not_missing(
    reading: ArchiveReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ledger_with_entries()
    found = held(monkeypatch, Archive([]))
    for kind in ({JournalRecord: store.rows(JournalRecord)},):
        assert own_events(reading, kind, JOURNAL, False) == []
    assert found.readings == 1
    entries = {accounting.Entry: store.rows(accounting.Entry)}
    closes = frozenset(fact for fact in KNOWN if "the close of" in fact)
    assert KNOWN - completeness.recorded(entries, []) == closes


@pytest.fixture
def stage(aws: Aws) -> Iterator[Aws]:
    with mock_aws():
        yield aws


CREATED = received(TaskCreated(task_id="task-1", title="Fix it"), event_id="e0")
OF_A_TASK = [envelope_of(each.payload, event_id=each.event_id) for each in (completed("e2"), CREATED)]


@pytest.mark.parametrize(
    ("service", "known", "lost"),
    [("accounting", events(), "Task.Priced"), ("tracking", OF_A_TASK, "Task.Created")],
)
def test_events_implied_by_others_are_waited_for(
    reading: ArchiveReader,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    known: list[Document],
    lost: str,
) -> None:
    """No other service stores these: a booked task's prices, an assigned task's creation."""
    monkeypatch.setattr(completeness, "known_elsewhere", lambda _aws, _service: frozenset())
    late = [each for each in known if each["event_name"] == lost]
    held(monkeypatch, Archive([each for each in known if each not in late], list(late)))
    journal = [published_record(each, None) for each in known]
    found = own_events(replace(reading, service=service), NOTHING, journal, False)
    assert ids(found) == ids(known)
    assert len(fake_time.slept) == len(late) > 0


def test_ledger_facts_are_entries_and_closes_per_account() -> None:
    facts = [("account", "ann", "entry", "2"), ("account", "bob", "the close of", TODAY)]
    assert completeness.ledger_facts(facts) == {("ann", 2), ("bob", TODAY)}


def test_missing_tables_mean_that_nothing_is_known(stage: Aws) -> None:
    for service in ("accounting", "tracking", "auth", "notifications"):
        assert completeness.known_elsewhere(stage, service) == frozenset()


def test_accountings_events_are_known_to_analytics_and_notifications(stage: Aws) -> None:
    tables_of.make(stage, "analytics", "notifications")
    tables_of.put(stage, "analytics", [LatestEntry(account_key(1, "ann"), 2, 0)])
    line = ReportLine(f"ann#{TODAY}", 3, "payout", 1, 0, "now")
    tables_of.put(stage, "notifications", [line])
    assert completeness.known_elsewhere(stage, "accounting") == {
        ("account", "ann", "entry", "1"),
        ("account", "ann", "entry", "2"),
        ("account", "ann", "entry", "3"),
    }
    tables_of.put(stage, "notifications", [tables_of.sample(Report, 1)])
    assert ("account", "account_id 1", "the close of", "business_day 1") in completeness.known_elsewhere(
        stage, "accounting"
    )


def test_trackings_events_are_known_to_accounting_and_auths_to_both(stage: Aws) -> None:
    tables_of.make(stage, "accounting", "tracking")
    store = ledger_with_entries()
    rows = [row for kind in (accounting.Entry, accounting.Price) for row in store.rows(kind)]
    replica = accounting.Account("ann", "Ann", "worker", "active", 1, 0)
    tables_of.put(stage, "accounting", [*rows, replica])
    tables_of.put(stage, "tracking", [tracking.Account("ann", "Ann", "worker", "active", 2)])
    sources = {("event", each) for each in ("e1", "e2", "e3")}
    assert completeness.known_elsewhere(stage, "tracking") == sources | {
        ("task", "task-1"),
        ("task", "task-2"),
    }
    versions = {("account", "ann", "version", each) for each in ("1", "2")}
    assert completeness.known_elsewhere(stage, "auth") == versions
    (known,) = [tables_of.sample(Account, 2)]
    assert completeness.recorded({Account: [known]}, []) == {
        ("account", known.account_id, "version", "1"),
        ("account", known.account_id, "version", "2"),
    }


def test_every_event_of_tracking_names_its_task() -> None:
    document = {**events()[0], "event_id": "e9", "data": {"task_id": "task-9"}, "event_version": 99}
    assert completeness.recorded(NOTHING, [document]) == {("event", "e9"), ("task", "task-9")}
