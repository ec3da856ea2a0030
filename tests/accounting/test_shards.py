"""The numbers of shards of balances and day totals change while the ledger is written, read and closed."""

from datetime import timedelta

import pytest

from functions.accounting.closing import open_accounts
from functions.accounting.list_accounts.use_case import Wanted, list_accounts
from functions.accounting.rows import BALANCES, DAY_TOTALS, Balance, DayTotal
from functions.accounting.views import closes, company_days, first_open_day
from shared.clock import next_day
from shared.days import DayRange
from shared.memory_store import MemoryStore
from shared.tables import Spread
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    assigned,
    close,
    completed,
    consume,
    entries,
    findings,
    joined,
    ledger,
    priced,
)
from tests.support.fakes import NOON
from tests.support.resharding import deployments

PEOPLE = [f"popug-{number:02}" for number in range(8)]
EVERYTHING = DayRange("2026-11-01", "2027-01-31")


@pytest.fixture
def store() -> MemoryStore:
    store = ledger()
    priced(store)
    for account_id in PEOPLE:
        joined(store, account_id)
    return store


def post_to_all(store: MemoryStore, number: int, day: int) -> None:
    at = NOON + timedelta(days=day)
    for account_id in PEOPLE:
        about = f"{account_id}-{number}"
        both = [assigned(f"a-{about}", account_id, at=at), completed(f"c-{about}", account_id, at=at)]
        assert consume(store, *both) == {}


def test_company_totals_are_right_during_every_deployment(store: MemoryStore) -> None:
    for number, (writers, readers) in enumerate(deployments(DAY_TOTALS), 1):
        store.sharding = writers
        post_to_all(store, number, day=number % 3)
        store.sharding = readers
        days = company_days(EVERYTHING, store)
        assert sum(day.fees for day in days) == number * len(PEOPLE) * FEE
        assert sum(day.rewards for day in days) == number * len(PEOPLE) * REWARD
        assert sum(day.entry_count for day in days) == number * len(PEOPLE) * 2
        assert findings(store) == []
    assert max(row.shard for row in store.rows(DayTotal)) > DAY_TOTALS.shards


def test_every_account_is_listed_and_closed_once_during_every_deployment(store: MemoryStore) -> None:
    day = TODAY
    for number, (writers, readers) in enumerate(deployments(BALANCES)):
        store.sharding = writers
        post_to_all(store, number, day=number)
        store.sharding = readers
        assert first_open_day(store) == day
        assert sorted(row.account_id for row in open_accounts(next_day(day), store)) == PEOPLE
        in_order = list_accounts(Wanted(order="balance"), 50, None, store).found
        assert sorted(each.account.account_id for each in in_order) == PEOPLE
        store.sharding = writers
        half = PEOPLE[::2] if number % 2 else PEOPLE
        assert close(store, day, *half, seed=number) == {}
        assert close(store, day, *PEOPLE, seed=100 + number) == {}
        store.sharding = readers
        assert open_accounts(day, store) == []
        (closed,) = closes(DayRange(day, day), store)
        assert (closed.total.accounts_closed, closed.is_running) == (len(PEOPLE), False)
        day = next_day(day)
    assert findings(store) == []
    assert {len(entries(store, account_id)) for account_id in PEOPLE} == {3 * (number + 1)}


def test_an_account_moves_to_its_new_shard_when_it_is_written(store: MemoryStore) -> None:
    shards = deployments(BALANCES)
    (more,) = {each[BALANCES.name] for _, each in shards if each[BALANCES.name].written == 16}
    store.sharding = {BALANCES.name: more}
    post_to_all(store, 1, day=0)
    assert {row.account_id: row.close_shard for row in store.rows(Balance)} == {
        account_id: more.of(account_id) for account_id in PEOPLE
    }


@pytest.mark.parametrize("spread", [BALANCES, DAY_TOTALS])
def test_a_stage_that_says_nothing_has_the_numbers_from_before_they_were_settings(spread: Spread) -> None:
    assert spread.default == {"balances": BALANCES, "day_totals": DAY_TOTALS}[spread.name].default
    assert (BALANCES.shards, DAY_TOTALS.shards) == (4, 8)
