"""Lines and reports from the ledger's events, in any order, with repetitions."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from functions.notifications.on_ledger_event import handler as handler_module
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.rows import TABLES, Report, ReportLine
from shared.clock import rfc3339
from shared.guards import SENTINEL, RowsLost
from shared.memory_store import MemoryStore
from shared.store import Remove, Unavailable
from tests.notifications.fakes import DAY, REPORT_ID, World, closed, entry
from tests.support.fakes import NOON, context, envelope_of, memory_store, received
from tests.support.faults import with_each_fault
from tests.support.invocations import batch, bus_message

EVENTS = (entry(1), entry(2, "payout", title=None, jira_id=None), closed(2))


def test_a_line_keeps_what_the_report_shows() -> None:
    world = World()
    world.hear(entry(7, "fee_correction", reason="wrong price", balance_after=-100))
    assert world.store.rows(ReportLine) == [
        ReportLine(
            account_day=REPORT_ID,
            entry_number=7,
            kind="fee_correction",
            amount=2500,
            balance_after=-100,
            source_occurred_at=rfc3339(NOON),
            title="Water the plants",
            jira_id="POPUG-42",
            reason="wrong price",
        )
    ]


def test_a_report_is_due_at_once() -> None:
    world = World()
    world.hear(closed(3, earned=-200, paid_out=0, carried_over=-200))
    report = world.report()
    assert (report.state, report.attempts, report.next_attempt_at) == ("waiting", 0, rfc3339(NOON))
    assert (report.earned, report.paid_out, report.carried_over, report.entry_count) == (-200, 0, -200, 3)
    assert (report.account_id, report.business_day) == ("daria", DAY)
    assert (report.correlation_id, report.event_id) == ("test-correlation", "event-0")
    assert report.due_shard is not None


def test_a_day_without_entries_has_no_report() -> None:
    world = World()
    world.hear(closed(0, earned=0, paid_out=0, carried_over=-200))
    assert world.store.rows(Report) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    world, batch = World(), World()
    for number in order:
        world.hear(EVENTS[number])
    batch.hear(*[EVENTS[number] for number in order])
    for one in (world, batch):
        assert [line.entry_number for line in sorted_lines(one.store)] == [1, 2]
        assert one.report().entry_count == 2


def sorted_lines(store: MemoryStore) -> list[ReportLine]:
    return sorted(store.rows(ReportLine), key=lambda line: line.entry_number)


def test_repeated_events_change_nothing() -> None:
    world = World()
    world.hear(*EVENTS, *EVENTS)
    world.run(1)
    sent, lines = world.report(), sorted_lines(world.store)
    assert sent.state == "sent"
    world.hear(*EVENTS)
    assert (world.report(), sorted_lines(world.store)) == (sent, lines)


def test_every_write_fault_leaves_the_same_result() -> None:
    messages = [received(event, event_id=f"event-{number}") for number, event in enumerate(EVENTS)]
    tried = 0
    for label, store in with_each_fault(
        lambda: memory_store(TABLES), lambda store: on_ledger_event(messages, store, context())
    ):
        tried += 1
        assert [line.entry_number for line in sorted_lines(store)] == [1, 2], label
        assert [report.entry_count for report in store.rows(Report)] == [2], label
    assert tried == 3


def test_lines_that_were_written_in_part_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [received(event, event_id=f"event-{number}") for number, event in enumerate(EVENTS)]
    store = memory_store(TABLES)
    put_all = store.put_all

    def only_the_first(rows: Sequence[Any]) -> None:
        put_all(rows[:1])
        raise Unavailable("injected")

    with monkeypatch.context() as patched:
        patched.setattr(store, "put_all", only_the_first)
        with pytest.raises(Unavailable):
            on_ledger_event(messages, store, context())
    assert store.rows(Report) == []
    on_ledger_event(messages, store, context())
    assert [line.entry_number for line in sorted_lines(store)] == [1, 2]
    assert [report.entry_count for report in store.rows(Report)] == [2]


def sqs_event(*documents: Any) -> dict[str, Any]:
    return batch(*(bus_message(document, number) for number, document in enumerate(documents)))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = memory_store(TABLES)
    monkeypatch.setenv("MAX_RECEIVES", "8")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    return store


def test_the_handler_consumes_events_from_the_bus(store: MemoryStore) -> None:
    documents = [envelope_of(event, event_id=f"event-{n}") for n, event in enumerate(EVENTS)]
    assert handler_module.handler(sqs_event(*documents), None) == {"batchItemFailures": []}
    assert len(store.rows(ReportLine)) == 2
    assert len(store.rows(Report)) == 1


def test_a_failed_write_is_not_acknowledged(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any) -> None:
        raise Unavailable("injected")

    monkeypatch.setattr(store, "transact", unreachable)
    monkeypatch.setattr(store, "put_all", unreachable)
    answer = handler_module.handler(sqs_event(envelope_of(EVENTS[0]), envelope_of(EVENTS[2])), None)
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [
        "message-0",
        "message-1",
    ]


def test_with_lost_reports_no_day_gets_a_second_one_and_lines_are_kept() -> None:
    """The lost report may have been mailed."""
    world = World()
    world.hear(*EVENTS)
    for report_id in (REPORT_ID, SENTINEL):
        world.store.transact([Remove(Report, {"report_id": report_id})])
    with pytest.raises(RowsLost):
        world.hear(*EVENTS)
    assert world.store.rows(Report) == []
    world.hear(entry(3))
    assert len(world.store.rows(ReportLine)) == 3
