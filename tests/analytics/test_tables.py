"""The generation in every key; analytics on DynamoDB, by moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.analytics.figures import current_figures, current_generation
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.list_days.use_case import list_days
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.projection import MESSAGES_AT_ONCE
from functions.analytics.rows import TABLES, Generation, LatestEntry, TopTask
from shared.days import DayRange
from shared.dynamo_store import DynamoStore
from shared.records import ConsumedEvent
from shared.store import Insert
from tests.analytics.ledger import DAY, Message, day_closed, empty_store, entry, messages
from tests.support.fakes import FakeClock, context
from tests.support.moto_store import moto_store


@pytest.fixture
def store() -> Iterator[DynamoStore]:
    with mock_aws():
        yield moto_store(TABLES, "test-")


def test_every_key_carries_the_generation() -> None:
    memory = empty_store()
    on_ledger_event(some_messages(), memory, context(), "UTC")
    for table in TABLES:
        for row in memory.rows(table.row):
            assert str(getattr(row, table.partition_key)).split("#")[0] == "1"


def some_messages() -> list[Message]:
    return messages(
        entry("ann", 1, balance_after=-1500),
        entry("ann", 2, "completion_reward", 2500, 1000, task_id="task-2"),
        entry("bob", 1, balance_after=-1500),
        day_closed("bob", -1500),
    )


def test_dynamodb_gives_the_right_figures(store: DynamoStore) -> None:
    came = some_messages()
    on_ledger_event(came[1:2], store, context(), "UTC")
    on_ledger_event(came, store, context(), "UTC")
    on_ledger_event(came[::-1], store, context(), "UTC")
    figures = get_summary(DAY, "2026-11-23", store).figures
    assert (figures.management_earnings, figures.entry_count, figures.payouts) == (500, 3, 0)
    assert (figures.accounts_in_minus, figures.accounts_closed) == (1, 1)
    asked = DayRange("2026-11-20", "2026-11-24")
    assert [day for day in list_days(asked, "2026-12-01", store).days if day.entry_count] == [figures]
    assert current_figures(store, 1).accounts_in_minus == 1
    latest = store.get(LatestEntry, generation_account="1#ann")
    assert latest == LatestEntry("1#ann", 2, 1000, marked_through=2)
    expected = TopTask("1", DAY, "task-2", 2500, "2026-11-22T12:00:00.000Z", "Title of task-2", "POPUG-2")
    assert list_top_tasks(asked, store).tasks == [expected]
    mark = "1#analytics.on_ledger_event#posted-bob-1"
    assert store.get(ConsumedEvent, mark=mark) == ConsumedEvent(mark, "2026-11-22T12:00:00.000Z")


def test_dynamodb_accepts_the_largest_group(store: DynamoStore) -> None:
    facts = [
        entry(f"account-{n}", 1, "completion_reward", day=f"2026-10-{n + 1:02d}", at=at, task_id=f"task-{n}")
        for n in range(MESSAGES_AT_ONCE)
        for at in [FakeClock().instant.replace(day=n + 1)]
    ]
    on_ledger_event(messages(*facts), store, context(), "UTC")
    assert len(list_top_tasks(DayRange("2026-11-01", "2026-11-30"), store).tasks) == MESSAGES_AT_ONCE


def test_the_generation_is_1_until_the_pointer_is_written(store: DynamoStore) -> None:
    assert current_generation(store) == 1
    store.transact([Insert(Generation("current", 3))])
    assert current_generation(store) == 3
