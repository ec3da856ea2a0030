"""`ates restore` brings back the rows from before the loss, up to every hash, and keeps surviving ones."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import PAID_MARK
from functions.accounting.rows import AccountDay, Balance, Close, DayTotal, Entry, Price
from functions.tracking.rows import Shuffle, UncountedPress
from ops import __main__ as command_line
from ops.audit import verify
from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.recovery import (
    archive,
    backup,
    own_events,
    pause_service,
    point_in_time,
    replay,
    restore_report,
    table_io,
)
from ops.recovery.starting_point import StartingPoint, others_begin
from ops.stage import connection, consumers, journal, operation_log, tables
from ops.stage.aws import Aws
from ops.stage.event_sources import Pause
from ops.stage.target import Target
from shared.clock import rfc3339, system_clock
from shared.ids import instant_of
from shared.journal import EventDocument, events_in, rewritten
from shared.memory_store import MemoryStore
from shared.outbox import SETTLE_AFTER, watermark
from shared.records import ConsumedEvent, JournalRecord, Receipt, StoredAnswer, Watermark
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP, Tables, documents
from tests.accounting import support
from tests.accounting.support import TODAY, ZONE, assigned, completed, created
from tests.ops import tables_of
from tests.ops.conftest import Answer, FakeTime, create_operations_table
from tests.support.fakes import NOON, FakeClock, context

Document = dict[str, Any]
SERVICE = "accounting"


@dataclass
class Lost:
    """Accounting with a backup made halfway; `archived` are its events in the archive."""

    aws: Aws
    store: MemoryStore
    archived: list[Document] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)
    during_pause: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    verified: bool = True

    def write(self) -> None:
        """Write the store's rows to the tables."""
        self.put(*(row for kind in tables_of.kinds(SERVICE) for row in self.store.rows(kind)))

    def delete(self, *names: str) -> None:
        for name in names or tables.names(SERVICE):
            self.aws.dynamodb.delete_table(TableName=self.aws.target.name(SERVICE, name))

    def put(self, *rows: Any) -> None:
        tables_of.put(self.aws, SERVICE, list(rows))

    def rows(self, kind: type[Any]) -> list[Any]:
        return sorted(tables.rows(self.aws, SERVICE, kind), key=repr)


def work_before_backup(store: MemoryStore) -> None:
    for account_id in ("ann", "bob"):
        support.joined(store, account_id)
    support.consume(store, assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3"))


def work_after_backup(store: MemoryStore) -> None:
    """A close, a correction, and a task that are not in the backup."""
    support.close(store, TODAY, "ann", "bob")
    entry = support.entries(store, "bob")[0]
    clock = FakeClock(NOON.replace(day=23))
    correct_entry(Correction("bob", entry.entry_id, "eve", "by mistake"), store, context(clock, seed=7), ZONE)
    support.consume(store, created("e5", "task-3", at=clock.instant))
    support.consume(store, assigned("e4", "bob", "task-3", at=clock.instant))


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> Iterator[Lost]:
    with mock_aws():
        create_operations_table(aws)
        aws.objects.create_bucket(Bucket="ates-dev-backups-123456789012")
        found = Lost(aws, support.ledger())
        tables_of.make(aws, SERVICE)
        work_before_backup(found.store)
        found.write()
        backup.backup(aws, SERVICE, system_clock, Output(True))
        work_after_backup(found.store)
        found.write()
        found.archived = [dict(event) for event in documents(found.store.rows(JournalRecord))]
        _fake_the_rest(found, monkeypatch)
        yield found


def _fake_the_rest(found: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the archive, the pause, replays and `verify` by fakes."""

    @contextmanager
    def paused(*_: Any) -> Iterator[Pause]:
        found.steps.append("paused")
        pause = Pause()
        try:
            yield pause
        finally:
            found.steps.append("stays paused" if pause.stays_paused else "resumed")

    def read(_aws: Aws, begin: Any, *_: Any) -> Iterator[Document]:
        found.steps.append("own events")
        found.spans.append(begin)
        found.during_pause()
        foreign = {"event_id": "x", "producer": "tracking"}
        yield from [foreign, *found.archived, *found.archived]

    def replayed(_aws: Aws, consumer: Any, begin: Any, *_: Any) -> str:
        found.steps.append(f"others' events to {consumer.name}")
        found.spans.append(begin)
        found.after()
        return "replay"

    def everything(_aws: Aws, _account: Any, _only: Any, out: Output, _timer: Any, also: Document) -> bool:
        found.steps.append("verify")
        out.result(also)
        return found.verified

    monkeypatch.setattr(connection, "aws", lambda stage: found.aws)
    monkeypatch.setattr(pause_service, "paused", paused)
    monkeypatch.setattr(archive, "await_whole", lambda *_: found.steps.append("archive complete"))
    monkeypatch.setattr(archive, "read", read)
    monkeypatch.setattr(archive, "counted", lambda _aws: 0)
    monkeypatch.setattr(own_events, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(replay, "replay", replayed)
    monkeypatch.setattr(verify, "everything", everything)


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Document:
    asked = ["restore", SERVICE, "--to", "now", "--yes", "--json", *arguments]
    assert command_line.main(asked) == code, capsys.readouterr().err
    document: Document = json.loads(capsys.readouterr().out)
    return document.get("restored", document)  # type: ignore[no-any-return]


def failed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1) -> str:
    """The command's only line of output on standard error."""
    assert command_line.main(["restore", *arguments]) == code
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


def ledger(lost: Lost) -> dict[type[Any], list[Any]]:
    return {kind: comparable(lost, kind) for kind in (Entry, Price)}


def posted(lost: Lost) -> JournalRecord:
    """The event of an entry posted after the backup."""
    records: list[JournalRecord] = lost.rows(JournalRecord)
    return next(record for record in records if is_of_task_3(events_in(record)[0]))


def is_of_task_3(event: EventDocument) -> bool:
    return (event["event_name"], event["data"].get("task_id")) == ("Ledger.EntryPosted", "task-3")


def mark(lost: Lost) -> Watermark:
    return journal.watermark(lost.aws, SERVICE)


def waiting(lost: Lost) -> set[str]:
    """The events that are still to be published."""
    records = [row for row in lost.rows(JournalRecord) if row.published_at is None]
    return {event["event_id"] for event in documents(records)}


def with_events(lost: Lost, count: int) -> JournalRecord:
    """A record of so many events."""
    records: list[JournalRecord] = lost.rows(JournalRecord)
    return next(record for record in records if len(events_in(record)) == count)


def without_payouts(rows: list[Any]) -> list[Any]:
    """A restore marks payouts, a close does not."""
    return [row for row in rows if not getattr(row, "mark", "").startswith(PAID_MARK)]


def comparable(lost: Lost, kind: type[Any]) -> list[Any]:
    """The company's and accounts' sums by day: in which shards or rows they are doesn't matter.

    A restore marks the events that prices named before.
    """
    found = without_payouts(lost.rows(kind))
    if kind is Balance:
        return [replace(balance, open_days=None) for balance in found]
    if kind is AccountDay:
        return support.sums_of_accounts(found, lost.rows(Balance))
    if kind is ConsumedEvent:
        return sorted({*found, *support.marks_of_named(lost.rows(Price), lost.rows(Entry))}, key=repr)
    if kind is Price:
        return [replace(row, booked_event_id=None) for row in found]
    return support.sums_of_days(found) if kind is DayTotal else found


def all_rows(lost: Lost) -> dict[str, list[Any]]:
    return tables_of.raw(lost.aws, SERVICE)


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]], ids=["", "dry-run"])
def test_an_unknown_event_version_stops_it_before_the_pause(
    lost: Lost, capsys: pytest.CaptureFixture[str], dry_run: list[str]
) -> None:
    lost.put(tables_of.of_later_version(posted(lost)))
    was = all_rows(lost)
    said = failed(capsys, SERVICE, "--to", "now", "--yes", *dry_run)
    assert said.startswith(
        "ates restore: nothing was changed: this code cannot read Ledger.EntryPosted v99 (1)"
    )
    assert all_rows(lost) == was
    assert (lost.steps, operation_log.recent(lost.aws, system_clock)) == ([], [])


def test_an_unknown_version_of_others_events_stops_it_too(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    """A replay would deliver it to this service's consumers."""
    tables_of.make(lost.aws, "tracking")
    at = backup.manifests(lost.aws, SERVICE)[0].began_at
    posted_record = posted(lost)
    (found,) = events_in(posted_record)

    def record(event_id: str, **more: Any) -> JournalRecord:
        event = {**found, "event_name": "Task.Assigned", "producer": "tracking", "occurred_at": at, **more}
        return replace(rewritten(posted_record, [event]), event_id=event_id)

    others: dict[str, Document] = {
        "not consumed here": {"event_name": "Task.Praised"},
        "older": {"occurred_at": "2026-01-01T00:00:00Z"},
    }
    for name, more in others.items():
        tables_of.put(lost.aws, "tracking", [record(name, event_version=99, **more)])
    run(capsys)
    lost.steps.clear()
    tables_of.put(lost.aws, "tracking", [record("later", event_version=99)])
    assert "cannot read Task.Assigned v99 (1)" in failed(capsys, SERVICE, "--to", "now", "--yes")
    assert lost.steps == []


@pytest.mark.parametrize("where", ["archive", "copy"])
def test_an_unknown_event_version_is_found_before_anything_is_written(
    lost: Lost, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    """Without a journal the version is found during the pause; the service then resumes unchanged."""
    newer = tables_of.of_later_version(posted(lost))
    if where == "archive":
        lost.archived += [dict(event) for event in events_in(newer)]
    else:
        lost.put(newer)
        backup.backup(lost.aws, SERVICE, system_clock, Output(True))
    lost.delete("journal")
    was = tables_of.raw_of(lost.aws, SERVICE, "entries")
    assert "Ledger.EntryPosted v99" in failed(capsys, SERVICE, "--to", "now", "--yes")
    assert tables_of.raw_of(lost.aws, SERVICE, "entries") == was
    assert lost.steps[-1] == "resumed"


def test_lost_tables_are_restored_row_for_row(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    others = (JournalRecord, Receipt, Watermark)
    was = {kind: comparable(lost, kind) for kind in tables_of.kinds(SERVICE) if kind not in others}
    lost.delete()
    restored = run(capsys)
    assert {kind: comparable(lost, kind) for kind in was} == was
    assert len(restored["made_tables"]) == len(tables.names(SERVICE))
    assert restored["compared"] == {"events": len(lost.archived), "prices": 3, "entries": 6}
    assert (restored["differences"], restored["put_right"], restored["unreadable"]) == ([], [], [])
    assert waiting(lost) == set()


@pytest.mark.parametrize("arguments", [[], ["--from", "archive"]])
def test_without_a_backup_it_starts_from_the_archive_alone(
    lost: Lost, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    was = {kind: comparable(lost, kind) for kind in (Entry, Price, Balance, AccountDay, DayTotal)}
    if not arguments:
        for manifest in lost.aws.objects.list_objects_v2(Bucket=backup.bucket(lost.aws))["Contents"]:
            lost.aws.objects.delete_object(Bucket=backup.bucket(lost.aws), Key=manifest["Key"])
    lost.delete()
    assert run(capsys, *arguments, "--dry-run")["start"] == "the archive alone"
    restored = run(capsys, *arguments)
    assert {kind: comparable(lost, kind) for kind in was} == was
    assert (restored["start"], restored["differences"]) == ("the archive alone", [])
    (done,) = operation_log.recent(lost.aws, system_clock)
    assert json.loads(done.parameters)["from"] == "archive"


def test_own_events_come_first_then_others_events_then_verify(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys)
    fed = [each.name for each in consumers.of("dev", SERVICE).values() if each.trigger]
    replays = sorted(f"others' events to {name}" for name in fed)
    assert lost.steps[:4] == ["paused", "archive complete", "own events", "resumed"]
    assert sorted(lost.steps[4:-1]) == replays
    assert lost.steps[-1] == "verify"
    began = backup.manifests(lost.aws, SERVICE)[0].began_at
    own, *others = lost.spans
    assert rfc3339(own + OWN_OVERLAP) == began
    assert {own - each for each in others} == {OTHERS_OVERLAP - OWN_OVERLAP}


@pytest.mark.parametrize(
    ("pressed_before", "replayed_before"),
    [(timedelta(hours=1), OTHERS_OVERLAP), (timedelta(days=20), timedelta(days=20) + OWN_OVERLAP)],
)
def test_a_shuffle_that_starts_again_is_given_its_event(
    pressed_before: timedelta, replayed_before: timedelta
) -> None:
    done = Shuffle("done", "eve", rfc3339(NOON - timedelta(days=90)), 4)
    again = Shuffle("again", "eve", rfc3339(NOON - pressed_before), 4)
    rows: Tables = {Shuffle: [done, again], UncountedPress: [UncountedPress(0, "again")]}
    assert others_begin("tracking", NOON, rows) == NOON - replayed_before
    assert others_begin("tracking", NOON, {**rows, UncountedPress: []}) == NOON - OTHERS_OVERLAP
    assert others_begin("accounting", NOON, {}) == NOON - OTHERS_OVERLAP


def test_corrupt_rows_are_corrected_and_listed(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    was = ledger(lost)
    entry, price = was[Entry][-1], was[Price][0]
    lost.put(replace(entry, amount=1), replace(price, fee=1))
    lost.aws.dynamodb.put_item(TableName="ates-dev-accounting-inbox", Item={"mark": {"S": "foreign"}})
    restored = run(capsys)
    assert ledger(lost) == was
    assert restored["differences"] == []
    assert restored["put_right"] == [
        f"the prices of task {price.task_id}: were {(1, price.reward)}, are {(price.fee, price.reward)}",
        f"account {entry.account_id}, entry {entry.entry_number}: amount was 1, is {entry.amount}",
    ]
    (unreadable,) = restored["unreadable"]
    assert unreadable.startswith("ConsumedEvent: a row of ConsumedEvent has no consumed_at")


def test_an_entry_without_an_event_is_removed_and_listed(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    was = ledger(lost)
    lost.put(replace(was[Entry][0], account_id="mallory", entry_number=9))
    assert run(capsys)["put_right"] == ["account mallory, entry 9: is missing"]
    assert ledger(lost) == was


def test_a_surviving_journal_adds_events_missing_in_backup_and_archive(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    """Events of the day of the loss that are not archived yet or were never published."""
    was, written = ledger(lost), lost.rows(JournalRecord)
    lost.archived = []
    lost.delete("entries", "prices", "balances")
    restored = run(capsys)
    assert restored["own_events"] == 0
    assert ledger(lost) == was
    assert waiting(lost) == {event["event_id"] for event in documents(written)}
    first = min(instant_of(record.event_id) for record in written)
    assert mark(lost) == watermark(first - timedelta(milliseconds=1))


@pytest.mark.parametrize("by", ["receipt", "mark", "watermark"])
def test_events_published_since_the_backup_are_not_published_again(
    lost: Lost, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    lost.archived = []
    last = max(instant_of(record.event_id) for record in lost.rows(JournalRecord))
    for record in lost.rows(JournalRecord):
        event_ids = [event["event_id"] for event in events_in(record)]
        known = {
            "receipt": Receipt(record.bucket, record.event_id, event_ids, 2**32),
            "mark": replace(record, published_at="2026-11-23T00:00:00.000Z"),
            "watermark": watermark(last),
        }
        lost.put(known[by])
    run(capsys)
    assert waiting(lost) == set()
    assert mark(lost).settled_through <= rfc3339(system_clock() - SETTLE_AFTER)


def test_a_partly_published_record_is_published_again(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    """Only its events without a receipt are, by the sweep: receipts are kept."""
    lost.archived = []
    lost.put(watermark(NOON - timedelta(seconds=1)))
    record = with_events(lost, 2)
    first, second = events_in(record)
    receipt = Receipt(record.bucket, record.event_id, [first["event_id"]], 2**32)
    lost.put(receipt)
    run(capsys)
    assert {first["event_id"], second["event_id"]} <= waiting(lost)
    kept = journal.partition(lost.aws, "ates-dev-accounting-receipts", record.bucket, " ")
    assert [row["event_ids"] for row in kept] == [receipt.event_ids]


def test_without_journal_and_archive_only_the_backup_is_restored(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    lost.archived = []
    lost.delete()
    assert run(capsys)["compared"] == {"events": 5, "prices": 2, "entries": 3}


def test_corrupt_journal_records_are_replaced_from_the_archive(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    was = ledger(lost)
    first, second = with_events(lost, 1), with_events(lost, 2)
    sound, event = events_in(second)
    strange = replace(first, event_id="e", event=second.event)
    broken = rewritten(second, [sound, {**event, "correlation_id": "another"}])
    lost.put(replace(first, event='{"x": 1}'), broken, strange)
    restored = run(capsys)
    assert ledger(lost) == was
    assert restored["differences"] == []
    assert restored["put_right"] == [
        f"event {event['event_id']}: correlation_id was 'another', is '{event['correlation_id']}'"
    ]
    assert sorted(restored["unreadable"]) == [
        "JournalRecord: no envelope: event_id: Field required",
        f"JournalRecord: the record of event e holds event {second.event_id}",
    ]
    written = documents(lost.rows(JournalRecord))
    assert sorted(map(str, written)) == sorted(map(str, lost.archived))


def spoil_an_event(lost: Lost) -> None:
    """The event of an entry, missing in the archive, has an amount that contradicts its hash."""
    record = posted(lost)
    (event,) = events_in(record)
    lost.archived = [each for each in lost.archived if each["event_id"] != record.event_id]
    lost.put(rewritten(record, [{**event, "data": event["data"] | {"amount": 1}}]))
    lost.delete("entries")


def test_contradicting_events_stop_it_and_nothing_is_written(
    lost: Lost, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil_an_event(lost)
    prices = lost.rows(Price)
    said = failed(capsys, SERVICE, "--to", "now", "--yes")
    assert said.startswith("ates restore: nothing was written: account bob: entry")
    assert lost.rows(Price) == prices
    assert lost.steps[-1] == "resumed"
    (done,) = operation_log.recent(lost.aws, system_clock)
    assert done.state == "failed"


@pytest.mark.parametrize("error", [CommandFailed("no more capacity"), KeyboardInterrupt("no more capacity")])
def test_a_service_with_partly_written_tables_stays_paused(
    lost: Lost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fill(aws: Aws, service: str, rows: Any, done: Any) -> None:
        """Write some tables, then fail."""
        sound(aws, service, dict(list(rows.items())[:4]), done)
        raise error

    was, sound, written = ledger(lost), table_io.fill, lost.rows(JournalRecord)
    lost.archived = []
    with monkeypatch.context() as patch:
        patch.setattr(table_io, "fill", fill)
        said = failed(capsys, SERVICE, "--to", "now", "--yes")
    assert (
        "stays paused, because its tables are written in part; repeat the restore (no more capacity)" in said
    )
    assert lost.steps[-1] == "stays paused"
    run(capsys)
    assert ledger(lost) == was
    assert {record.event_id for record in lost.rows(JournalRecord)} == {each.event_id for each in written}
    assert lost.steps[lost.steps.index("stays paused") :].count("resumed") == 1


def test_a_corrupt_journal_can_be_ignored(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    spoil_an_event(lost)
    assert run(capsys, "--ignore-present")["differences"] == []
    assert len(lost.rows(Entry)) == 5


def test_rows_without_events_are_kept(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    answer = StoredAnswer("ann#POST /x#key", "hash", 201, "{}", 1)
    close = Close(TODAY, "2026-11-23T00:05:00.000Z", "2026-11-23T00:06:00.000Z")
    lost.put(answer, close)
    run(capsys)
    assert (lost.rows(StoredAnswer), lost.rows(Close)) == ([answer], [close])


@pytest.mark.parametrize("kind", [Price, Entry, JournalRecord])
def test_a_changed_row_is_a_failure(lost: Lost, capsys: pytest.CaptureFixture[str], kind: type[Any]) -> None:
    """A row is changed during the replay of others' events."""
    row: Any = with_events(lost, 1) if kind is JournalRecord else lost.rows(kind)[0]
    changed: Any = {
        Price: lambda: replace(row, reward=row.reward + 100),
        Entry: lambda: replace(row, hash="0" * 64),
        JournalRecord: lambda: rewritten(
            row, [{**each, "data": each["data"] | {"more": 1}} for each in events_in(row)]
        ),
    }
    lost.after = lambda: lost.put(changed[kind]())
    (difference,) = run(capsys, code=1)["differences"]
    assert {Price: "the prices of", Entry: "hash was", JournalRecord: "data was"}[kind] in difference


def test_a_missing_entry_is_a_failure(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    entry = lost.rows(Entry)[0]
    key: Any = {"account_id": {"S": entry.account_id}, "entry_number": {"N": str(entry.entry_number)}}

    def after() -> None:
        lost.aws.dynamodb.delete_item(TableName="ates-dev-accounting-entries", Key=key)

    lost.after = after
    assert run(capsys, code=1)["differences"] == [
        f"account {entry.account_id}, entry {entry.entry_number}: is missing"
    ]


def test_a_finding_of_verify_is_a_failure(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    lost.verified = False
    assert run(capsys, code=1)["differences"] == []


def test_a_restore_is_recorded_with_its_figures(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    (done,) = operation_log.recent(lost.aws, system_clock)
    assert (done.command, done.state) == ("restore", "done")
    assert json.loads(done.parameters) == {"service": SERVICE, "to": "now", "from": "backup"}
    assert json.loads(done.result or "")["compared"]["entries"] == 6


def test_the_record_keeps_only_the_beginning_of_a_long_list() -> None:
    found = restore_report.Restored(
        SERVICE, "x", put_right=[str(n) for n in range(restore_report.MAX_LISTED + 1)]
    )
    assert len(found.record()["put_right"]) == restore_report.MAX_LISTED
    assert len(found.put_right) == restore_report.MAX_LISTED + 1


def test_a_dry_run_names_the_starting_point(lost: Lost, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "--dry-run")
    (manifest,) = backup.manifests(lost.aws, SERVICE)
    assert said["start"].startswith(f"backup {manifest.backup_id} ({manifest.rows} rows")
    assert lost.steps == []
    assert operation_log.recent(lost.aws, system_clock) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["billing", "--to", "now"], 2, "there is no service 'billing'"),
        (["analytics", "--to", "now"], 2, "use `ates rebuild analytics`"),
        ([SERVICE, "--to", "yesterday"], 2, "--to takes a time such as"),
        (
            [SERVICE, "--to", "2020-01-01", "--from", "backup"],
            1,
            "no backup of accounting that ended by 2020-01-01",
        ),
        (["tracking", "--to", "now", "--from", "backup"], 1, "there is no backup of tracking"),
        ([SERVICE, "--to", "now", "--from", "pitr", "--yes"], 1, "no point-in-time recovery"),
        ([SERVICE, "--to", "now", "--from", "tape"], 2, "tape"),
    ],
)
def test_invalid_requests_are_one_line(
    lost: Lost, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert said in failed(capsys, *arguments, code=code)
    assert lost.steps == []


def test_a_restore_asks_for_confirmation(
    lost: Lost, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    assert "nothing was done" in failed(capsys, SERVICE, "--to", "now", code=1)
    (question,) = answer.questions
    assert question.startswith(f"This stops {SERVICE} on stage dev and rewrites its tables from backup ")
    assert lost.steps == []


def test_a_durable_stage_restores_from_a_point_in_time(
    lost: Lost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = point_in_time.PointInTime(NOON, NOON, {})
    asked: list[Any] = []

    def plan(*given: Any) -> point_in_time.PointInTime:
        asked.append(given[1:])
        return planned

    monkeypatch.setattr(point_in_time, "plan", plan)
    lost.aws.target = Target("prod", None, None)
    said = run(capsys, "--dry-run")
    assert said == {
        "dry_run": True,
        "service": SERVICE,
        "from": "pitr",
        "start": "point in time 2026-11-22T12:00:00.000Z",
    }
    assert asked == [(SERVICE, None)]


def test_a_restore_from_a_point_in_time_has_the_same_result(
    lost: Lost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    was = ledger(lost)
    (manifest,) = backup.manifests(lost.aws, SERVICE)
    planned = point_in_time.PointInTime(NOON, NOON, {})

    @contextmanager
    def start(*_: Any) -> Iterator[StartingPoint]:
        lost.steps.append("temporary tables")
        yield StartingPoint("point in time", NOON, lambda table: backup.items(lost.aws, manifest, table))
        lost.steps.append("dropped")

    monkeypatch.setattr(point_in_time, "plan", lambda *_: planned)
    monkeypatch.setattr(point_in_time, "starting_point", start)
    lost.delete()
    restored = run(capsys, "--from", "pitr")
    assert ledger(lost) == was
    assert restored["start"] == "point in time"
    assert lost.steps[:2] == ["temporary tables", "paused"]
    assert lost.steps[-2:] == ["dropped", "verify"]


def test_on_aws_it_waits_until_the_archive_is_complete(fake_time: FakeTime) -> None:
    seen: list[str] = []
    archive.await_whole(Aws(Target("prod", None, None)), fake_time.timer, seen.append)
    assert archive.DELAY_SECONDS <= fake_time.seconds < archive.DELAY_SECONDS + 1
    assert seen[0] == "the archive is complete in 600 s"
    local = FakeTime()
    archive.await_whole(Aws(Target("dev", "us-east-1", "http://127.0.0.1:1")), local.timer, seen.append)
    assert local.seconds == 0


def test_an_account_without_a_user_is_named_in_the_report() -> None:
    found = restore_report.Restored(
        "auth", "a backup", without_user=["account sub-1: its e-mail address is lost"]
    )
    assert "check by hand: account sub-1: its e-mail address is lost" in list(found.lines())
    assert found.record()["without_user"] == found.without_user
