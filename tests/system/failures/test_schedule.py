"""The schedule of the daily close is off for some nights; one run then closes all missed days."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from functions.accounting.closing import SETTLES_AFTER
from functions.accounting.ledger import KINDS
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.rows import TABLES
from shared.clock import business_day, system_clock
from shared.context import Context
from shared.dynamo_store import DynamoStore
from shared.store import Store
from tests.system.failures.conftest import Begin
from tests.system.failures.effects import journaled
from tests.system.failures.installation import Installation
from tests.system.failures.newcomers import Newcomer, newcomers, slots
from tests.system.failures.reports import Reports
from tests.system.product import Product

pytestmark = pytest.mark.night


NOON, ONE_HOUR, ONE_DAY = time(12, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
Close = tuple[str, int, int, int]


@pytest.fixture
def at_work(failing: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point this process's use cases and adapters at the installation, without the proxy."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", failing.product.local.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", failing.product.local.region)
    monkeypatch.setattr("functions.auth.cognito.client", lambda *_: failing.aws.cognito)


@pytest.fixture
def people(failing: Installation, at_work: None) -> Iterator[list[Newcomer]]:
    with newcomers(failing, 3, joined=noon(missed_days()[0]) - ONE_DAY) as invited:
        yield invited


@pytest.fixture
def tracking(failing: Installation, at_work: None) -> Store:
    """Tracking's real tables, for its use cases run at another time."""
    return DynamoStore(TABLES, failing.aws.target.name("tracking", ""))


@contextmanager
def unscheduled(failing: Installation, function: str) -> Iterator[None]:
    """Switch off a function's schedule."""
    rule = failing.name(function)
    failing.aws.events.disable_rule(Name=rule)
    try:
        yield
    finally:
        failing.aws.events.enable_rule(Name=rule)


class FixedSlot(random.Random):
    """Always draws this slot of the roster."""

    def __init__(self, slot: int) -> None:
        super().__init__()
        self._slot = slot

    def randrange(self, *_: int) -> int:  # type: ignore[override]
        return self._slot - 1


class PastDay:
    """Work on a past day: the use cases with noon of that day as the time."""

    def __init__(self, product: Product, store: Store, day: str) -> None:
        self._store = store
        self._slots = slots(product)
        self._now = noon(day)

    def assign(self, who: Newcomer) -> str:
        context = Context(lambda: self._now, FixedSlot(self._slots[who.account_id]), "nights")
        made = create_task(NewTask("Night work", None, None), who.account_id, self._store, context)
        assert made.task.assignee_id == who.account_id
        return made.task.task_id

    def complete(self, who: Newcomer, task_id: str) -> None:
        context = Context(lambda: self._now + ONE_HOUR, random.Random(), "nights")
        complete_task(task_id, who.account_id, self._store, context)


def noon(day: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(day), NOON)


def missed_days() -> list[str]:
    """The last three days that are due to be closed."""
    last = system_clock() - ONE_DAY - SETTLES_AFTER
    return [business_day(last - ago * ONE_DAY, "UTC") for ago in (2, 1, 0)]


def work(product: Product, tracking: Store, people: Sequence[Newcomer], days: Sequence[str]) -> None:
    """One earns every day, one pays first and earns later, one does nothing on the second day."""
    steady, late, idle = people
    first, second, third = (PastDay(product, tracking, day) for day in days)
    for day in (first, second, third):
        day.complete(steady, day.assign(steady))
    begun = [first.assign(late) for _ in range(2)]
    second.complete(late, begun[0])
    third.complete(late, begun[1])
    third.complete(idle, first.assign(idle))


def expected(product: Product, account_id: str, days: Sequence[str]) -> list[Close]:
    """The closes computed from the rules: what each day earns, pays out and carries over."""
    net: dict[str, int] = defaultdict(int)
    for entry in product.rows("accounting", "entries"):
        if entry["account_id"] == account_id:
            net[entry["business_day"]] += KINDS[entry["kind"]].sign * entry["amount"]
    closes, carried = list[Close](), 0
    for day in days:
        if day in net or carried:
            end = carried + net[day]
            carried = min(end, 0)
            closes.append((day, net[day], max(end, 0), carried))
    return closes


def closes(product: Product, account_id: str, days: Sequence[str]) -> list[Close]:
    """The published closes, in order."""
    events = [
        event for event in journaled(product, "accounting") if event["event_name"] == "Account.DayClosed"
    ]
    own = [event for event in events if event["data"]["account_id"] == account_id]
    published = [event["data"] for event in sorted(own, key=lambda event: str(event["event_id"]))]
    return [
        (data["business_day"], data["earned"], data["paid_out"], data["carried_over"])
        for data in published
        if data["business_day"] in days
    ]


def ledger(product: Product) -> dict[str, list[dict[str, Any]]]:
    """All rows that a close changes, sorted."""
    tables = ("entries", "balances", "account-days", "day-totals", "journal")
    found = {table: product.rows("accounting", table) for table in tables}
    return {table: sorted(rows, key=str) for table, rows in found.items()}


def test_the_scheduler_misses_three_nights(
    failing: Installation, scenario: Begin, people: list[Newcomer], tracking: Store
) -> None:
    product, days, reports = failing.product, missed_days(), Reports(failing)
    holds = "one run closes each day once, in order, with its own payout; another run changes nothing"
    injects = "the schedule of the close is off for three business days"
    with scenario("three-nights-missed", injects=injects, holds=holds) as run:
        with unscheduled(failing, "accounting/close_days"):
            run.inject(len(days))
            work(product, tracking, people, days)
            failing.settle()
        wanted = {each.account_id: expected(product, each.account_id, days) for each in people}
        assert all([day for day, *_ in each] == days for each in wanted.values())
        failing.product.tick("accounting", "close_days")
        failing.settle()
        assert {each: closes(product, each, days) for each in wanted} == wanted
        closed = ledger(product)
        reports.await_sent()
        failing.product.tick("accounting", "close_days")
        failing.settle()
        assert ledger(product) == closed
        with_entries = {f"{who}#{day}" for who, each in wanted.items() for day, earned, *_ in each if earned}
        mailed = {each: count for each, count in reports.mails().items() if each.split("#")[0] in wanted}
        assert mailed == dict.fromkeys(with_entries, 1)
