"""`ates verify` compares running services several times: only differences that last are findings."""

from typing import Any

import pytest
from moto import mock_aws

from ops.audit import analytics_rules, ledger_rules, rules, services, snapshot, task_rules
from ops.audit.disagreement import Disagreement
from ops.audit.services import compare, words
from ops.audit.snapshot import Snapshot
from ops.console.output import Output
from ops.stage import in_flight, journal
from ops.stage.aws import Aws
from ops.stage.event_versions import UnknownVersion
from ops.stage.in_flight import InFlight
from shared.journal import events_in
from shared.records import JournalRecord
from tests.accounting import support
from tests.ops import tables_of
from tests.ops.conftest import FakeTime
from tests.ops.test_rules import whole_snapshot

WRONG = Disagreement("wrong entry", "Task.Assigned e1", "its entry 1 has amount 2, not 1")
MISSING = Disagreement("missing entry", "Task.Assigned e2", "has 0 entries", True, "e2")
QUIET, BUSY = InFlight({}, {}), InFlight({"journal": 1}, {"queue": 2})


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the findings of each comparison and the events in flight after it; the last one repeats."""
    seen: Snapshot = whole_snapshot()

    def script(*given: tuple[list[Disagreement], InFlight]) -> None:
        found, backlogs = [each for each, _ in given], [each for _, each in given]
        monkeypatch.setattr(snapshot, "collect", lambda *_: seen)
        monkeypatch.setattr(in_flight, "journals", lambda _: ())
        monkeypatch.setattr(in_flight, "consumer_queues", lambda _: ())
        monkeypatch.setattr(services, "disagreements", lambda _: found.pop(0) if len(found) > 1 else found[0])
        monkeypatch.setattr(
            in_flight, "now", lambda *_: backlogs.pop(0) if len(backlogs) > 1 else backlogs[0]
        )

    return script


def look(aws: Aws, time: FakeTime) -> tuple[tuple[Disagreement, ...], tuple[Disagreement, ...]]:
    found = compare(aws, Output(True), time.timer)
    return found.findings, found.waiting


def test_a_difference_gone_at_the_next_comparison_was_in_flight(
    aws: Aws, looks: Any, fake_time: FakeTime
) -> None:
    looks(([WRONG, MISSING], QUIET), ([WRONG], QUIET))
    assert look(aws, fake_time) == ((WRONG,), ())


def test_a_difference_found_only_once_is_not_reported(aws: Aws, looks: Any, fake_time: FakeTime) -> None:
    looks(([WRONG], BUSY), ([MISSING], QUIET))
    assert look(aws, fake_time) == ((), ())


def test_it_waits_while_events_are_in_flight_and_then_reports_waiting(
    aws: Aws, looks: Any, fake_time: FakeTime
) -> None:
    looks(([WRONG, MISSING], BUSY))
    assert look(aws, fake_time) == ((WRONG,), (MISSING,))
    assert fake_time.seconds >= services.WAIT_SECONDS


def test_with_nothing_in_flight_a_missing_entry_is_wrong_at_once(
    aws: Aws, looks: Any, fake_time: FakeTime
) -> None:
    looks(([MISSING], QUIET))
    assert look(aws, fake_time) == ((MISSING,), ())
    assert fake_time.seconds < 5


def test_it_reports_what_it_compared_and_what_differs(aws: Aws, looks: Any, fake_time: FakeTime) -> None:
    looks(([], QUIET))
    (line,) = map(str, words(compare(aws, Output(True), fake_time.timer)))
    assert line.startswith("the services agree (assignments and completions: 3, entries: 4, tasks: 2,")
    assert "reports waiting: 2" in line
    looks(([WRONG], QUIET))
    kind, first, repair, last = map(str, words(compare(aws, Output(True), fake_time.timer)))
    assert kind == f"{WRONG.kind}: 1"
    assert first == "  Task.Assigned e1: its entry 1 has amount 2, not 1"
    assert repair.startswith("  repair: ates restore accounting")
    assert last.startswith("the services do not agree")


def test_an_unreadable_row_is_reported(
    aws: Aws, looks: Any, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(([], QUIET))
    event = {"event_id": "e9", "producer": "tracking", "x": 1}
    monkeypatch.setattr(snapshot, "collect", lambda *_: journal.envelope_of(event))
    ((found,), waiting) = look(aws, fake_time)
    assert found.what == "event e9 in the journal of tracking is not an event: 5 errors"
    assert waiting == ()


def test_every_rule_is_used() -> None:
    """An unused rule would find nothing."""
    public = {
        name
        for module in (rules, ledger_rules, task_rules, analytics_rules)
        for name, each in vars(module).items()
        if callable(each) and getattr(each, "__module__", "") == module.__name__ and name[0].islower()
    }
    assert {rule.__name__ for rule in rules.RULES} == public - {"disagreements"}


def test_an_event_version_unknown_after_a_rollback_is_named(aws: Aws) -> None:
    """Its fields may have another meaning, so nothing is compared."""
    store = support.ledger()
    support.consume(store, support.assigned("e1"))
    later = tables_of.of_later_version(store.rows(JournalRecord)[0])
    name = events_in(later)[0]["event_name"]
    with mock_aws():
        tables_of.make(aws, "accounting")
        tables_of.put(aws, "accounting", [later])
        with pytest.raises(UnknownVersion, match=rf"cannot read {name} v99 \(1\)"):
            list(snapshot.journaled(aws, "accounting", (name,), lambda _: None))
