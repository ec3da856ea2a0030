"""The week of `ates demo`, played by the real use cases on tables in memory."""

import json
import random
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.envelope import Envelope
from functions.accounting import audit
from functions.accounting.rows import Account as AccountingAccount
from functions.accounting.rows import AccountDay, Balance, Close, DayTotal, Entry, Price
from functions.analytics import rows as analytics
from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import Change, NewAccount
from functions.auth.rows import Account
from functions.notifications.domain import SENT
from functions.notifications.rows import Report
from functions.tracking.api import CreateTaskBody
from functions.tracking.rows import Account as TrackingAccount
from functions.tracking.rows import JiraIdClaim, OpenTask, Shuffle, Task
from ops.audit import rules, snapshot
from ops.audit.snapshot import LEDGER_EVENTS, TASK_EVENTS
from ops.local.demo.company import Company, Outside, UseCaseFailed
from ops.local.demo.people import INVITED, JOINING, LEAVING, Person
from ops.local.demo.tasks import TASKS
from ops.local.demo.week import CLOSES_AFTER, Week, open_since, past_days
from ops.local.demo_accounts import DEMO_ACCOUNTS
from ops.stage import tables
from ops.stage.stacks import SERVICES
from shared.authority import AuthorityNotConfirmed
from shared.clock import business_day, day_end, parse_rfc3339, previous_day
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.restoring import documents
from tests.auth.fakes import FakeUserPool
from tests.support.fakes import NOON, memory_store

JOURNALING = [service for service in SERVICES if service != "analytics"]
ZONE = "Asia/Yangon"


@dataclass
class Mailbox:
    mails: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, email: str, mail: bytes) -> str:
        self.mails.append((email, mail))
        return f"mail-{len(self.mails)}"


@dataclass
class PlayedWeek:
    """The state after a week."""

    week: Week
    stores: dict[str, MemoryStore]
    pool: FakeUserPool
    mailbox: Mailbox

    def rows(self, service: str, kind: type[Any]) -> list[Any]:
        return self.stores[service].rows(kind)

    def items(self, service: str) -> dict[str, list[Any]]:
        """All items of a service's tables."""
        store = self.stores[service]
        return {table: sorted(store.items(table), key=repr) for table in tables.names(service)}

    def events(self, service: str, names: tuple[str, ...]) -> tuple[Envelope, ...]:
        found = documents(self.rows(service, JournalRecord))
        return tuple(Envelope.model_validate(each) for each in found if each["event_name"] in names)


def new_company(now: datetime) -> PlayedWeek:
    """The company after `ates up`: only the demo accounts, created now."""
    stores = {service: memory_store(tables.of(service)) for service in SERVICES}
    pool, mailbox = FakeUserPool(), Mailbox()
    outside, begins = Outside(pool, mailbox, "reports@ates.example"), now - timedelta(minutes=1)
    company = Company(stores, outside, ZONE, random.Random(7), begins)
    people = []
    for demo in DEMO_ACCOUNTS:
        new = NewAccount(demo.email, demo.name, demo.role)
        account = bootstrap_account(new, company.stores["auth"], company.context(), pool)
        people.append(Person(account.account_id, account.role))
    company.settle()
    return PlayedWeek(Week(company, people, now, lambda _line: None), stores, pool, mailbox)


def play_week(now: datetime = NOON) -> PlayedWeek:
    found = new_company(now)
    company, account_ids = found.week.company, [person.account_id for person in found.week.people]
    first_day = past_days(business_day(now, ZONE))[0]
    open_since(company.stores["accounting"], account_ids, first_day)
    company.instant = day_end(previous_day(first_day), ZONE)
    found.week.play()
    return found


@pytest.fixture(scope="module")
def played() -> PlayedWeek:
    return play_week()


def ledger_findings(played: PlayedWeek) -> list[audit.Finding]:
    entries: dict[str, list[Entry]] = {row.account_id: [] for row in played.rows("accounting", Balance)}
    for entry in sorted(played.rows("accounting", Entry), key=lambda row: row.entry_number):
        entries[entry.account_id].append(entry)
    return audit.verify(
        entries,
        played.rows("accounting", Balance),
        played.rows("accounting", AccountDay),
        played.rows("accounting", DayTotal),
    )


def snapshot_of(played: PlayedWeek) -> snapshot.Snapshot:
    replicas = {"tracking": TrackingAccount, "accounting": AccountingAccount}
    return snapshot.Snapshot(
        lost_rows=(),
        zone=ZONE,
        generation=analytics.FIRST_GENERATION,
        totals=tuple(played.rows("analytics", analytics.DayTotal)),
        latest=tuple(played.rows("analytics", analytics.LatestEntry)),
        minus_counts=tuple(played.rows("analytics", analytics.MinusCount)),
        top_tasks=tuple(played.rows("analytics", analytics.TopTask)),
        reports=tuple(played.rows("notifications", Report)),
        entries=tuple(played.rows("accounting", Entry)),
        prices=tuple(played.rows("accounting", Price)),
        ledger_events=played.events("accounting", LEDGER_EVENTS),
        open_tasks=tuple(played.rows("tracking", OpenTask)),
        claims=tuple(played.rows("tracking", JiraIdClaim)),
        tasks=tuple(played.rows("tracking", Task)),
        task_events=played.events("tracking", TASK_EVENTS),
        roster=tuple(played.stores["tracking"].items("roster")),
        replicas={
            service: {row.account_id: asdict(row) for row in played.rows(service, kind)}
            for service, kind in replicas.items()
        },
        accounts=tuple(played.rows("auth", Account)),
    )


def test_everything_adds_up_and_agrees(played: PlayedWeek) -> None:
    assert ledger_findings(played) == []
    assert rules.disagreements(snapshot_of(played)) == []


def test_past_days_are_closed_and_today_is_open(played: PlayedWeek) -> None:
    today = business_day(NOON, ZONE)
    past = past_days(today)
    finished = {row.business_day for row in played.rows("accounting", Close) if row.finished_at}
    assert finished == set(past)
    assert {row.closed_through for row in played.rows("accounting", Balance)} == {previous_day(today)}
    entries = played.rows("accounting", Entry)
    assert {entry.business_day for entry in entries} == {*past, today}
    assert played.rows("tracking", OpenTask)


def test_every_entry_and_event_has_its_time_in_the_past(played: PlayedWeek) -> None:
    """An audit log shows when each entry was posted and each payout made."""
    entries, now = played.rows("accounting", Entry), NOON
    payouts = [entry for entry in entries if entry.kind == "payout"]
    assert payouts
    for entry in payouts:
        paid_after = parse_rfc3339(entry.posted_at) - day_end(entry.business_day, ZONE)
        assert timedelta(0) < paid_after < 2 * CLOSES_AFTER
    for entry in set(entries) - set(payouts):
        assert business_day(parse_rfc3339(entry.posted_at), ZONE) == entry.business_day
    for service in JOURNALING:
        events = documents(played.rows(service, JournalRecord))
        assert all(parse_rfc3339(event["occurred_at"]) < now for event in events)


def test_a_week_has_every_kind_of_entry_task_and_shuffle(played: PlayedWeek) -> None:
    kinds = {entry.kind for entry in played.rows("accounting", Entry)}
    assert kinds == {"assignment_fee", "completion_reward", "payout", "fee_correction"}
    assert len(played.rows("tracking", Shuffle)) == played.week.shuffles == 4
    assert {task.status for task in played.rows("tracking", Task)} == {"open", "completed", "cancelled"}
    in_minus = {row.account_id for row in played.rows("accounting", Balance) if row.balance < 0}
    assert played.week.idle in in_minus


def test_each_closed_day_with_entries_was_mailed(played: PlayedWeek) -> None:
    reports = played.rows("notifications", Report)
    entries = played.rows("accounting", Entry)
    today = business_day(NOON, ZONE)
    days = {(entry.account_id, entry.business_day) for entry in entries if entry.business_day < today}
    assert {(report.account_id, report.business_day) for report in reports} == days
    assert {report.state for report in reports} == {SENT}
    assert len(played.mailbox.mails) == len(reports)


def test_people_join_leave_and_are_invited(played: PlayedWeek) -> None:
    accounts = {row.email: row for row in played.rows("auth", Account)}
    emails = {demo.email for demo in (*DEMO_ACCOUNTS, *JOINING, LEAVING, INVITED)}
    assert set(accounts) == emails
    assert {email for email, row in accounts.items() if row.status != "active"} == {LEAVING.email}
    assert played.pool.invitations == [INVITED.email]
    (leaving,) = [row.account_id for row in accounts.values() if row.email == LEAVING.email]
    gone = min(event.occurred_at for event in played.events("auth", ("Account.Deactivated",)))
    tasks = played.rows("tracking", Task)
    assert all(parse_rfc3339(task.created_at) < gone for task in tasks if task.created_by == leaving)
    for email, account_id in played.week.joined.items():
        assert accounts[email].account_id == account_id
        assert (
            business_day(parse_rfc3339(accounts[email].created_at), ZONE)
            == past_days(business_day(NOON, ZONE))[0]
        )


def test_publishing_the_events_again_changes_nothing(played: PlayedWeek) -> None:
    before = {service: played.items(service) for service in SERVICES}
    company = played.week.company
    for service in JOURNALING:
        for record in played.rows(service, JournalRecord):
            company.route(record)
    company.settle()
    assert {service: played.items(service) for service in SERVICES} == before


def test_a_second_week_adds_up_too() -> None:
    found = play_week()
    gone = found.week.joined[LEAVING.email]
    created = {task.task_id for task in found.rows("tracking", Task) if task.created_by == gone}
    company = found.week.company
    company.instant = day_end(previous_day(past_days(business_day(NOON, ZONE))[0]), ZONE)
    people = [
        Person(row.account_id, row.role) for row in found.rows("auth", Account) if row.status == "active"
    ]
    Week(company, people, NOON, lambda _line: None).play()
    assert ledger_findings(found) == []
    assert rules.disagreements(snapshot_of(found)) == []
    assert {task.task_id for task in found.rows("tracking", Task) if task.created_by == gone} == created


@pytest.mark.parametrize("minutes", [1, 4, 8, 30])
def test_soon_after_midnight_nothing_happens_in_the_future(minutes: int) -> None:
    now = day_end(business_day(NOON, ZONE), ZONE) + timedelta(minutes=minutes)
    found = play_week(now)
    for service in JOURNALING:
        events = documents(found.rows(service, JournalRecord))
        assert all(parse_rfc3339(event["occurred_at"]) <= now for event in events)
    assert ledger_findings(found) == []
    assert rules.disagreements(snapshot_of(found)) == []
    assert found.rows("tracking", OpenTask)


def test_a_former_manager_cannot_start_the_shuffles() -> None:
    """As at the APIs, a former manager can't start a shuffle."""
    found = new_company(NOON)
    manager = found.week._one("manager").account_id
    store, pool = found.week.company.stores["auth"], found.pool
    change_account(manager, Change(role="worker"), store, found.week.company.context(), pool)
    found.week.company.settle()
    with pytest.raises(AuthorityNotConfirmed):
        found.week.play()
    assert found.rows("tracking", Shuffle) == []


def test_a_failing_consumer_ends_the_demo() -> None:
    found = new_company(NOON)
    company = found.week.company
    company.waiting["accounting.on_task_event"].append(json.dumps({"detail": {"event_version": 99}}))
    with pytest.raises(UseCaseFailed, match=r"accounting\.on_task_event failed"):
        company.settle()


def test_the_api_accepts_every_task_of_the_backlog() -> None:
    for task in TASKS:
        assert CreateTaskBody.model_validate(asdict(task)).title == task.title
    assert len({task.jira_id for task in TASKS}) == len({task.title for task in TASKS}) == len(TASKS)
