"""`ates regenerate` publishes the right events of the journal again, with their original ids."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from functions.accounting.rows import TABLES as ACCOUNTING_TABLES
from functions.tracking.rows import TABLES
from ops import __main__ as command_line
from ops.audit import services
from ops.audit.disagreement import Disagreement
from ops.audit.services import Agreement
from ops.recovery import rebuild_bus, regenerate
from ops.stage import connection, operation_log, tables
from ops.stage.aws import Aws
from ops.stage.target import Target
from shared.clock import system_clock
from shared.dynamo_store import DynamoStore
from shared.journal import USUAL_FORM, JournalForm, events_in, rewritten
from shared.records import JournalRecord
from shared.store import Insert, Put
from tests.accounting import support
from tests.accounting.support import assigned, completed
from tests.ops import tables_of
from tests.ops.conftest import create_operations_table
from tests.support.fakes import FakeClock, context
from tests.support.moto_store import create_tables

T0 = datetime(2026, 11, 20, 10, 59, 59, tzinfo=UTC)
"""One second before the hour, so that a range crosses the partitions of the first form."""


class Bus:
    """A fake EventBridge client that refuses the first `refusals` entries and keeps the others."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refusals = refusals

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        results: list[dict[str, str]] = []
        for entry in Entries:
            refused = self.refusals > 0
            self.refusals -= refused
            results.append({"ErrorCode": "ThrottlingException"} if refused else {"EventId": "x"})
            if not refused:
                self.taken.append(json.loads(entry["Detail"]))
        return {"Entries": results}

    @property
    def ids(self) -> list[str]:
        """The short names of the events."""
        return [NAMES[envelope["event_id"]] for envelope in self.taken]


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Tracking's journal of three tasks and two accounts; ann's last entry is of day 2."""
    with mock_aws():
        aws = Aws(Target("dev", "us-east-1", None))
        monkeypatch.setattr(connection, "aws", lambda stage: aws)
        monkeypatch.setattr(rebuild_bus, "missing", lambda _aws: [])
        create_operations_table(aws)
        tracking = DynamoStore(TABLES, "ates-dev-tracking-")
        accounting = DynamoStore(ACCOUNTING_TABLES, "ates-dev-accounting-")
        for store in (tracking, accounting):
            create_tables(store)
        tracking.transact(INSERTS)
        ledger = support.ledger()
        support.consume(ledger, assigned("a1", at=T0), completed("a2", at=T0 + timedelta(days=2)))
        support.close(ledger, "2026-11-25", "ann")
        accounting.transact([Put(entry) for entry in support.entries(ledger)])
        fake = Bus()
        aws.__dict__["events"] = fake
        yield fake


def task(kind: type[Any], task_id: str, assignee: str | None = None) -> Any:
    return kind(task_id=task_id, title="Fix it", **({"assignee_id": assignee} if assignee else {}))


BY_EVENT = JournalForm(per_event=True)
DAY_1, DAY_2 = T0 + timedelta(days=1, seconds=2), T0 + timedelta(days=2)
WRITTEN: list[tuple[JournalForm, datetime, dict[str, Any]]] = [
    (USUAL_FORM, T0, {"c1": task(TaskCreated, "t1"), "a1": task(TaskAssigned, "t1", "ann")}),
    (BY_EVENT, DAY_2, {"a2": task(TaskCompleted, "t1", "ann")}),
    (BY_EVENT, DAY_1, {"c3": task(TaskCreated, "t3"), "a3": task(TaskAssigned, "t3", "ann")}),
    (USUAL_FORM, T0, {"c2": task(TaskCreated, "t2"), "b1": task(TaskAssigned, "t2", "bob")}),
]
"""Transactions, as old and new writers journaled them, with a short name for each event."""


def journaled() -> tuple[list[Insert], dict[str, str]]:
    """The records, and the name of each event by its id."""
    inserts: list[Insert] = []
    names: dict[str, str] = {}
    for seed, (form, at, events) in enumerate(WRITTEN):
        work = replace(context(FakeClock(at), seed), form=form)
        some = work.record(*events.values(), occurred_at=at)
        ids = [event["event_id"] for insert in some for event in events_in(insert.row)]
        names |= dict(zip(ids, events, strict=True))
        inserts += some
    return inserts, names


INSERTS, NAMES = journaled()
IDS = {name: event_id for event_id, name in NAMES.items()}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert command_line.main(["regenerate", "--service", "tracking", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_time_range_is_published_in_order_with_its_original_ids(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, "--from", "2026-11-20", "--to", "2026-11-21T10:59:59Z")
    assert found == {"events": {"Task.Created": 2, "Task.Assigned": 2}}
    assert sorted(bus.ids[:2]) == ["c1", "c2"]
    assert sorted(bus.ids) == ["a1", "b1", "c1", "c2"]
    assert bus.taken[0]["occurred_at"] == "2026-11-20T10:59:59.000Z"
    (operation,) = operation_log.recent(connection.aws(None), system_clock)
    assert (operation.command, operation.state) == ("regenerate", "done")


def test_events_of_a_version_unknown_to_this_code_are_not_published(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    """The consumers could not read it."""
    aws = connection.aws(None)
    record = next(row for row in tables.rows(aws, "tracking", JournalRecord) if IDS["b1"] in row.event)
    created, assigned = events_in(record)
    tables_of.put(aws, "tracking", [rewritten(record, [created, {**assigned, "event_version": 99}])])
    for more in ([], ["--dry-run"]):
        assert command_line.main(["regenerate", "--service", "tracking", "--from", "2026-11-20", *more]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "nothing was changed: this code cannot read Task.Assigned v99 (1)" in line
    assert (bus.taken, operation_log.recent(aws, system_clock)) == ([], [])


def test_a_range_over_several_hours_includes_every_bucket(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "--from", "2026-11-21T10:00Z", "--to", "2026-11-21T11:30Z")
    assert sorted(bus.ids) == ["a3", "c3"]


def test_since_last_entry_starts_a_day_earlier_or_at_the_beginning(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ann's last entry except the payout is of day 2; day 1 plus a second is within the overlap."""
    run(capsys, "--since-last-entry")
    assert sorted(bus.ids) == ["a2", "a3", "b1", "c2", "c3"]


def test_missing_publishes_exactly_the_events_that_verify_misses(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = [Disagreement("missing entry", "x", "y", True, IDS[name]) for name in ("b1", "a3")]
    other = Disagreement("wrong entry", "x", "y", False, IDS["a1"])
    waiting = Disagreement("missing entry", "x", "y", True, IDS["a2"])
    found = Agreement((*missing, other), (waiting,), "nothing", {})
    monkeypatch.setattr(services, "compare", lambda *_: found)
    run(capsys, "--missing")
    assert sorted(bus.ids) == ["a3", "b1"]


def test_a_dry_run_counts_and_publishes_nothing(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--since-last-entry", "--dry-run")
    assert found == {
        "dry_run": True,
        "events": {"Task.Created": 2, "Task.Assigned": 2, "Task.Completed": 1},
    }
    assert bus.ids == []
    assert operation_log.recent(connection.aws(None), system_clock) == []


def test_refused_events_are_retried_and_otherwise_a_failure(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regenerate, "pause", lambda _seconds: None)
    bus.refusals = 3
    run(capsys, "--from", "2026-11-20")
    assert sorted(bus.ids) == sorted(IDS)
    bus.refusals = 1000
    assert command_line.main(["regenerate", "--service", "tracking", "--from", "2026-11-20"]) == 1
    assert "the bus refused 7 of 7 events; repeat the command" in capsys.readouterr().err
    (last, _) = operation_log.recent(connection.aws(None), system_clock)
    assert last.state == "failed"


def test_nothing_is_published_to_a_missing_bus(
    bus: Bus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would accept the events and drop them."""
    monkeypatch.setattr(rebuild_bus, "missing", lambda _aws: ["bus ates-dev", "archive ates-dev"])
    assert command_line.main(["regenerate", "--service", "tracking", "--from", "2026-11-20"]) == 1
    assert "2 parts of the bus are missing; run `ates rebuild bus` first" in capsys.readouterr().err
    assert bus.ids == []


@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--service", "analytics", "--from", "2026-11-20"], "--service takes one of accounting, auth,"),
        (["--service", "tracking"], "give exactly one of --from, --since-last-entry and --missing"),
        (["--service", "tracking", "--missing", "--from", "2026-11-20"], "give exactly one of --from,"),
        (["--service", "auth", "--missing"], "only tracking's events lead to entries"),
        (["--service", "auth", "--from", "soon"], "--from takes a time"),
        (["--service", "tracking", "--missing", "--to", "2026-11-20"], "--to needs --from"),
    ],
)
def test_invalid_arguments_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["regenerate", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"ates regenerate: {said}")


def test_every_service_with_a_journal_can_be_regenerated() -> None:
    assert regenerate.JOURNALS == ("accounting", "auth", "notifications", "tracking")
