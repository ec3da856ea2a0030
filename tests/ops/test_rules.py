"""The comparison of services finds nothing in correct tables, and names each single difference."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.envelope import Envelope, read_envelope
from functions.accounting.rows import Entry, Price
from functions.analytics import rows as analytics
from functions.analytics.projection import project
from functions.analytics.rows import TABLES as ANALYTICS_TABLES
from functions.auth.rows import Account
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.rows import TABLES as NOTIFICATIONS_TABLES
from functions.notifications.rows import Report
from functions.tracking.domain import NewTask, open_task, opened
from functions.tracking.domain import completed as completed_task
from functions.tracking.rows import JiraIdClaim, Task
from ops.audit.disagreement import Disagreement
from ops.audit.rules import disagreements
from ops.audit.snapshot import Snapshot
from shared.memory_store import MemoryStore
from shared.messages import Received
from tests.accounting import support
from tests.accounting.support import TODAY, assigned, completed
from tests.support.fakes import NOON, context, envelope_of, journal, memory_store

LATER = NOON + timedelta(minutes=5)
PEOPLE = {"ann": "worker", "bob": "worker", "eve": "admin"}


def whole_snapshot() -> Snapshot:
    """Two tasks, one of them completed, and a closed day; every service has consumed all events."""
    ledger, published = books()
    events = [Envelope.model_validate(event) for event in journal(ledger)]
    messages = [message_of(each) for each in events if each.event_name != "Task.Priced"]
    figures, mail = memory_store(ANALYTICS_TABLES), memory_store(NOTIFICATIONS_TABLES)
    project(messages, 1, figures, context(), "UTC")
    on_ledger_event(messages, mail, context())
    done, left = tasks()
    replica = {
        name: {"account_id": name, "name": name.title(), "role": role, "status": "active", "version": 1}
        for name, role in PEOPLE.items()
    }
    return Snapshot(
        zone="UTC",
        task_events=published,
        tasks=(done, left),
        open_tasks=(open_task(left),),
        claims=(JiraIdClaim("POPUG-1", "task-2"),),
        ledger_events=tuple(events),
        entries=tuple(ledger.rows(Entry)),
        prices=tuple(ledger.rows(Price)),
        reports=tuple(mail.rows(Report)),
        accounts=tuple(account(name, role) for name, role in PEOPLE.items()),
        replicas={"tracking": replica, "accounting": replica},
        roster=({"slot": 0, "size": 2}, {"slot": 1, "account_id": "bob"}, {"slot": 2, "account_id": "ann"}),
        generation=1,
        lost_rows=(),
        totals=tuple(figures.rows(analytics.DayTotal)),
        latest=tuple(figures.rows(analytics.LatestEntry)),
        minus_counts=tuple(figures.rows(analytics.MinusCount)),
        top_tasks=tuple(figures.rows(analytics.TopTask)),
    )


def books() -> tuple[MemoryStore, tuple[Envelope, ...]]:
    """Accounting's tables, and the events of tracking that caused them."""
    store = support.ledger()
    sources = [assigned("e1"), assigned("e2", "bob", "task-2"), completed("e3", at=LATER)]
    support.consume(store, *sources)
    support.close(store, TODAY, "ann", "bob")
    published = [
        envelope_of(each.payload, event_id=each.event_id, occurred_at=each.occurred_at) for each in sources
    ]
    return store, tuple(Envelope.model_validate(each) for each in published)


def tasks() -> tuple[Task, Task]:
    content = NewTask("Fix it", "POPUG-1")
    done = opened("task-1", content, created_by="eve", assignee_id="ann", at=NOON, shard=0)
    left = opened("task-2", content, created_by="eve", assignee_id="bob", at=NOON, shard=0)
    return completed_task(done, "ann", LATER), left


def message_of(envelope: Envelope) -> Received[Any]:
    document = json.loads(envelope.model_dump_json())
    _, event = read_envelope(document)
    return Received(envelope.event_id, envelope.event_id, envelope.occurred_at, "correlation", event)


def account(name: str, role: str) -> Account:
    at = "2026-11-01T00:00:00.000Z"
    return Account(name, name.title(), f"{name}@ates.example", role, "active", 1, at, at, 0, f"{at}#{name}")


def without(rows: tuple[Any, ...], **fields: Any) -> tuple[Any, ...]:
    left = tuple(row for row in rows if any(getattr(row, name) != value for name, value in fields.items()))
    assert len(left) < len(rows)
    return left


def altered(rows: tuple[Any, ...], changes: dict[str, Any], **fields: Any) -> tuple[Any, ...]:
    """All rows, with changes in those that have these fields."""
    return tuple(
        replace(row, **changes) if all(getattr(row, name) == value for name, value in fields.items()) else row
        for row in rows
    )


def with_data(events: tuple[Envelope, ...], name: str, **changes: Any) -> tuple[Envelope, ...]:
    """The events, with changed data in the first one of this name."""
    first = next(each for each in events if each.event_name == name)
    other = first.model_copy(update={"data": {**first.data, **changes}})
    return tuple(other if each is first else each for each in events)


def replicas(found: Snapshot, service: str, account_id: str, **changes: Any) -> dict[str, Any]:
    rows = {**found.replicas[service], account_id: {**found.replicas[service][account_id], **changes}}
    return {**found.replicas, service: rows}


def with_late_clock(f: Snapshot) -> tuple[Envelope, ...]:
    """Add an assignment of an open task from a host whose clock was behind."""
    first = next(each for each in f.task_events if each.data["task_id"] == "task-2")
    at = first.occurred_at - timedelta(milliseconds=20)
    data = {**first.data, "assignee_id": "ann", "version": 2}
    earlier = first.model_copy(update={"data": {**first.data, "version": 1}})
    later = first.model_copy(update={"event_id": "e9", "occurred_at": at, "data": data})
    return (*(earlier if each is first else each for each in f.task_events), later)


def with_cancellation(f: Snapshot) -> tuple[Envelope, ...]:
    """The events, and a cancellation of the open task."""
    first = next(each for each in f.task_events if each.data["task_id"] == "task-2")
    return (*f.task_events, first.model_copy(update={"event_id": "e9", "event_name": "Task.Cancelled"}))


Alter = Callable[[Snapshot], dict[str, Any]]

DIFFERENCES: dict[str, tuple[Alter, set[str]]] = {
    "a table without its sentinel": (
        lambda f: {"lost_rows": (("accounting", "inbox"),)},
        {"lost rows"},
    ),
    "an assignment without its fee": (
        lambda f: {"entries": without(f.entries, source_event_id="e2")},
        {"missing entry", "event without ledger entry", "close and entries differ", "analytics"},
    ),
    "a payout that only its close has": (
        lambda f: {
            "entries": without(f.entries, kind="payout"),
            "ledger_events": tuple(each for each in f.ledger_events if each.data.get("kind") != "payout"),
        },
        {"missing payout", "close and entries differ", "analytics"},
    ),
    "a close with a wrong entry count": (
        lambda f: {"ledger_events": with_data(f.ledger_events, "Account.DayClosed", entry_count=9)},
        {"close and entries differ", "wrong report"},
    ),
    "an entry without its event": (
        lambda f: {"task_events": without(f.task_events, event_id="e3"), "tasks": f.tasks[1:]},
        {"entry without event", "missing task"},
    ),
    "a fee booked to another account": (
        lambda f: {"task_events": with_data(f.task_events, "Task.Assigned", assignee_id="bob")},
        {"wrong entry", "wrong task"},
    ),
    "a reward that differs from the task's price": (
        lambda f: {"prices": altered(f.prices, {"reward": 3900, "fee": 1100}, task_id="task-1")},
        {"wrong entry", "price and event differ"},
    ),
    "a fee out of its range": (
        lambda f: {"prices": altered(f.prices, {"fee": 2100}, task_id="task-2")},
        {"price out of range", "wrong entry", "price and event differ"},
    ),
    "a fee that is not in whole dollars": (
        lambda f: {"prices": altered(f.prices, {"fee": 1050}, task_id="task-2")},
        {"price out of range", "wrong entry", "price and event differ"},
    ),
    "a published price that is deleted": (
        lambda f: {"prices": without(f.prices, task_id="task-2")},
        {"event without price", "wrong entry"},
    ),
    "an entry whose event has another hash": (
        lambda f: {"ledger_events": with_data(f.ledger_events, "Ledger.EntryPosted", hash="f" * 64)},
        {"entry and event differ"},
    ),
    "an entry that was never published": (
        lambda f: {
            "ledger_events": tuple(
                each for each in f.ledger_events if each.data.get("source_event_id") != "e1"
            )
        },
        {"entry and event differ"},
    ),
    "an entry published twice": (
        lambda f: {
            "ledger_events": (
                *f.ledger_events,
                next(each for each in f.ledger_events if each.event_name == "Ledger.EntryPosted"),
            )
        },
        {"entry and event differ"},
    ),
    "a missing report": (
        lambda f: {"reports": without(f.reports, account_id="ann")},
        {"missing report"},
    ),
    "a report with wrong figures": (
        lambda f: {"reports": altered(f.reports, {"paid_out": 1}, account_id="ann")},
        {"wrong report"},
    ),
    "a report of a day that was not closed": (
        lambda f: {"reports": (*f.reports, replace(f.reports[0], report_id="ann#2026-01-01"))},
        {"report without close"},
    ),
    "a wrong role in a replica": (
        lambda f: {"replicas": replicas(f, "accounting", "ann", role="accountant", version=2)},
        {"old replica"},
    ),
    "an account that auth does not know": (
        lambda f: {"accounts": without(f.accounts, account_id="eve")},
        {"unknown account"},
    ),
    "an eligible account without a slot": (
        lambda f: {"roster": ({"slot": 0, "size": 1}, {"slot": 1, "account_id": "bob"})},
        {"roster"},
    ),
    "an account with two slots": (
        lambda f: {"roster": (*({"slot": 0, "size": 3}, *f.roster[1:]), {"slot": 3, "account_id": "ann"})},
        {"roster"},
    ),
    "a manager with a slot": (
        lambda f: {
            "replicas": {**f.replicas, "tracking": replicas(f, "tracking", "ann", role="manager")["tracking"]}
        },
        {"roster", "old replica"},
    ),
    "a claim of a task that is gone": (
        lambda f: {"claims": (*f.claims, JiraIdClaim("POPUG-2", "task-9"))},
        {"wrong claim"},
    ),
    "a claim of a task with another jira_id": (
        lambda f: {"claims": (*f.claims, JiraIdClaim("POPUG-2", "task-2"))},
        {"wrong claim"},
    ),
    "a claim of a task without a jira_id": (
        lambda f: {"tasks": altered(f.tasks, {"jira_id": None}, task_id="task-2")},
        {"wrong claim"},
    ),
    "a claim that is left of a cancelled task": (
        lambda f: {
            "tasks": altered(f.tasks, {"status": "cancelled"}, task_id="task-2"),
            "open_tasks": (),
            "task_events": with_cancellation(f),
        },
        {"wrong claim"},
    ),
    "a gap in the roster": (
        lambda f: {"roster": ({"slot": 0, "size": 2}, f.roster[1], {"slot": 3, "account_id": "ann"})},
        {"roster"},
    ),
    "a task with another assignee": (
        lambda f: {"tasks": altered(f.tasks, {"assignee_id": "ann"}, task_id="task-2")},
        {"wrong task"},
    ),
    "an open task that no shuffle would find": (lambda f: {"open_tasks": ()}, {"wrong task"}),
    "a completed task among the open": (
        lambda f: {"open_tasks": (*f.open_tasks, open_task(f.tasks[0]))},
        {"wrong task"},
    ),
    "a cancelled task that its events say is completed": (
        lambda f: {"tasks": altered(f.tasks, {"status": "cancelled"}, task_id="task-1")},
        {"wrong task"},
    ),
    "a deleted task": (
        lambda f: {"tasks": without(f.tasks, task_id="task-2")},
        {"missing task", "wrong claim"},
    ),
    "analytics' sum of a day": (
        lambda f: {"totals": altered(f.totals, {"fees": 1}, business_day=TODAY)},
        {"analytics"},
    ),
    "analytics' count of the accounts in the minus": (
        lambda f: {"minus_counts": (*f.minus_counts, analytics.MinusCount("1", 7, 1))},
        {"analytics"},
    ),
    "analytics' latest entry": (lambda f: {"latest": f.latest[1:]}, {"analytics"}),
    "analytics' most expensive task": (
        lambda f: {"top_tasks": altered(f.top_tasks, {"task_id": "task-2"}, day=TODAY)},
        {"analytics"},
    ),
}


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return whole_snapshot()


def test_nothing_is_found_in_correct_tables(whole: Snapshot) -> None:
    assert whole.entries
    assert whole.top_tasks
    assert len(whole.reports) == 2
    assert disagreements(whole) == []


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_difference_is_found(name: str, whole: Snapshot) -> None:
    alter, kinds = DIFFERENCES[name]
    found = disagreements(replace(whole, **alter(whole)))
    assert {each.kind for each in found} == kinds, "\n".join(f"{each.where}: {each.what}" for each in found)


def test_a_missing_entry_names_its_event_and_may_be_in_flight(whole: Snapshot) -> None:
    found = disagreements(replace(whole, entries=without(whole.entries, source_event_id="e2")))
    (missing,) = [each for each in found if each.kind == "missing entry"]
    what = "fee not booked: expected 1 entry, found 0 (account bob)"
    assert missing == Disagreement("missing entry", "Task.Assigned e2", what, True, "e2", "bob")


def test_a_tasks_version_decides_not_the_clocks_of_hosts(whole: Snapshot) -> None:
    moved = altered(whole.tasks, {"assignee_id": "ann"}, task_id="task-2")
    found = disagreements(replace(whole, task_events=with_late_clock(whole), tasks=moved))
    assert "wrong task" not in {each.kind for each in found}


def test_no_finding_contains_an_email_address(whole: Snapshot) -> None:
    everything = replace(whole, replicas={"tracking": {}, "accounting": {}}, roster=(), tasks=(), prices=())
    assert "@" not in json.dumps([each.json() for each in disagreements(everything)])
