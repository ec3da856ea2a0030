"""The ledger is the same on DynamoDB as in memory."""

import random
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob, start_closing
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import NotFound, verify_chain
from functions.accounting.list_accounts.use_case import Wanted, list_accounts
from functions.accounting.list_payouts.use_case import list_payouts
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import TABLES, AccountDay, Balance, Close, DayTotal, Entry, OpenAccount
from functions.accounting.views import Order, balance_of, closes, company_days, days_of, entries_of
from shared.context import Context
from shared.days import DayRange
from shared.dynamo_store import DynamoStore
from shared.store import ConditionFailed, Insert, Put, Store
from tests.accounting import support
from tests.accounting.support import TODAY, ZONE, assigned, completed, ledger, priced
from tests.support.fakes import NOON, FakeClock, FakeQueue, context, received
from tests.support.moto_store import moto_store

ORDERS: tuple[Order, ...] = ("account_id", "name", "balance")


@pytest.fixture
def dynamo() -> Iterator[DynamoStore]:
    with mock_aws():
        yield moto_store(TABLES, "ates-test-accounting-")


def story(store: Any) -> None:
    """Postings, a late one, a close of two days, a correction."""
    priced(store)
    for account_id in ("ann", "bob"):
        support.joined(store, account_id, name=account_id.title())
    messages = [assigned("e1"), completed("e2"), assigned("e3", "bob"), assigned("e1")]
    assert on_tasks(store, *messages, completed("e4", "bob", at=NOON + timedelta(days=2))) == {}
    assert start_closing(TODAY, store, context(FakeClock(NOON)), FakeQueue()).accounts == 2
    assert close(store, "2026-11-23", "ann", "bob") == {}
    assert on_tasks(store, assigned("e5")) == {}
    assert close(store, "2026-11-23", "ann", "bob") == {}
    assert start_closing(TODAY, store, context(FakeClock(NOON)), FakeQueue()).accounts == 0
    wrong = entries_of("ann", None, 50, None, store).entries[-1]
    correct_entry(Correction("ann", wrong.entry_id, "boss", "a mistake"), store, context(seed=9), ZONE)


def on_tasks(store: Any, *messages: support.Message) -> Any:
    return on_task_event(messages, store, Context(FakeClock(), random.Random(messages[0].event_id), ""), ZONE)


def close(store: Any, through: str, *account_ids: str) -> Any:
    job = received(CloseJob(list(account_ids), through), event_id="job")
    return close_account([job], store, Context(FakeClock(), random.Random(through), ""), FakeQueue())


def api_results(store: Store) -> dict[str, Any]:
    """All that the API returns."""
    page = list_accounts(Wanted(), 1, None, store)
    return {
        "balances": [balance_of(account_id, TODAY, store) for account_id in ("ann", "bob", "nobody")],
        "entries": [entries_of(account_id, None, 50, None, store) for account_id in ("ann", "bob")],
        "of_day": [entry.entry_number for entry in entries_of("ann", TODAY, 2, None, store).entries],
        "accounts": [page, list_accounts(Wanted(), 5, page.next_position, store)],
        "orders": [list_accounts(Wanted(order), 5, None, store) for order in ORDERS],
        "in_minus": list_accounts(Wanted("balance", in_minus=True), 5, None, store),
        "payouts": list_payouts(TODAY, 5, None, store),
        "days": company_days(DayRange("2026-11-20", "2026-11-25"), store),
        "days_of": days_of("ann", DayRange("2026-11-20", "2026-11-25"), store),
        "closes": closes(DayRange("2026-11-20", "2026-11-25"), store),
        "account_days": store.query(AccountDay, "bob", limit=9),
    }


def test_dynamodb_and_memory_give_the_same_results(dynamo: DynamoStore) -> None:
    memory = ledger()
    story(memory)
    story(dynamo)
    assert api_results(dynamo) == api_results(memory)
    assert support.findings(memory) == []


def test_the_ledger_on_dynamodb_verifies(dynamo: DynamoStore) -> None:
    story(dynamo)
    entries = entries_of("ann", None, 50, None, dynamo).entries[::-1]
    assert verify_chain("ann", entries) == []
    assert [entry.kind for entry in entries] == [
        "assignment_fee",
        "completion_reward",
        "payout",
        "assignment_fee",
        "fee_correction",
    ]
    row = dynamo.get(Close, business_day=TODAY)
    assert row is not None
    assert row.finished_at is not None


def test_the_ledgers_conditions_hold_on_dynamodb(dynamo: DynamoStore) -> None:
    story(dynamo)
    balance = dynamo.get(Balance, account_id="ann")
    entry = dynamo.get(Entry, account_id="ann", entry_number=1)
    assert balance is not None
    assert entry is not None
    with pytest.raises(ConditionFailed):
        dynamo.transact([Insert(entry)])
    for name, stale in (("last_entry_number", 1), ("balance", 1), ("closed_through", "2026-11-21")):
        with pytest.raises(ConditionFailed):
            dynamo.transact([Put(balance, expected={name: stale})])
    with pytest.raises(NotFound):
        correct_entry(Correction("bob", entry.entry_id, "boss", "x"), dynamo, context(), ZONE)


def test_the_open_accounts_are_found_by_their_day(dynamo: DynamoStore) -> None:
    story(dynamo)
    shards = range(4)
    below = [row for shard in shards for row in dynamo.query(OpenAccount, shard, below="2026-11-23", limit=9)]
    assert below == []
    below = [row for shard in shards for row in dynamo.query(OpenAccount, shard, below="2026-11-24", limit=9)]
    assert sorted(row.account_id for row in below) == ["ann", "bob"]


def test_a_day_total_always_has_every_column(dynamo: DynamoStore) -> None:
    story(dynamo)
    for shard in range(8):
        for total in dynamo.query(DayTotal, shard, limit=9):
            assert all(isinstance(getattr(total, field.name), int | str) for field in fields(DayTotal))


def test_an_entry_of_an_earlier_release_is_read_and_its_chain_is_whole(dynamo: DynamoStore) -> None:
    """It was also written under its account and day, outside of its hash."""
    priced(dynamo)
    assert on_tasks(dynamo, assigned("e1"), completed("e2")) == {}
    for entry in entries_of("ann", None, 50, None, dynamo).entries:
        client: Any = dynamo._connection.client
        client.update_item(
            TableName="ates-test-accounting-entries",
            Key={"account_id": {"S": "ann"}, "entry_number": {"N": str(entry.entry_number)}},
            UpdateExpression="SET account_day = :day",
            ExpressionAttributeValues={":day": {"S": f"ann#{TODAY}"}},
        )
    assert on_tasks(dynamo, assigned("e3")) == {}
    entries = entries_of("ann", None, 50, None, dynamo).entries[::-1]
    assert [entry.entry_number for entry in entries] == [1, 2, 3]
    assert verify_chain("ann", entries) == []
