"""Tracking on DynamoDB, by moto."""

import random
from collections.abc import Iterator

import pytest
from moto import mock_aws

from events.auth import AccountState
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.count_tasks.use_case import Counted, count_tasks
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.get_shuffle.use_case import get_shuffle
from functions.tracking.get_task_history.use_case import get_task_history
from functions.tracking.jobs import count_shard_job, reassign_chunk_job
from functions.tracking.list_assignees.use_case import list_assignees
from functions.tracking.list_shuffles.use_case import list_shuffles
from functions.tracking.list_tasks.use_case import list_tasks
from functions.tracking.listing import Filter
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.rows import TABLES, AccountByName, OpenTask, RosterHead, RosterSlot
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.context import Context
from shared.dynamo_store import DynamoStore
from shared.store import ConditionFailed, Insert
from tests.support.fakes import FakeClock, FakeQueue, received
from tests.support.moto_store import moto_store
from tests.tracking.world import World, company, job_message, state


@pytest.fixture
def store() -> Iterator[DynamoStore]:
    with mock_aws():
        yield moto_store(TABLES, "test-")


def hear(store: DynamoStore, *states: AccountState) -> None:
    assert on_account_event([received(one, event_id="event") for one in states], store) == {}


def test_the_roster_on_dynamodb(store: DynamoStore) -> None:
    hear(store, state("ann"), state("bob"), state("cid"), state("max", role="manager"))
    hear(store, state("ann", 2, role="admin"), state("bob", 2, name="Robert"))
    hear(store, state("ann", 1), state("cid", 2, status="deactivated"))
    assert store.get(RosterHead, slot=0) == RosterHead(0, 1)
    slots = store.get_many(RosterSlot, [{"slot": slot} for slot in (1, 2, 3)])
    assert slots == [RosterSlot(1, "bob", "Robert")]
    listed = {row.account_id for shard in range(4) for row in store.query(AccountByName, shard, limit=9)}
    assert listed == {"ann", "bob", "cid"}
    assert [row.name for row in list_assignees("r", 9, None, store).found] == ["Robert"]


def shuffle(store: DynamoStore, context: Context) -> tuple[str, int, int, int]:
    pressed = start_shuffle("max", store, context)
    counts, chunks = FakeQueue(), FakeQueue()
    count_shuffle([World(company()).requested(pressed)], store, counts)
    for job in counts.jobs:
        count_shard([job_message(count_shard_job, job)], store, context, counts, chunks)
    for job in chunks.jobs * 2:
        reassign_chunk([job_message(reassign_chunk_job, job)], store, context)
    tally = get_shuffle(pressed.shuffle_id, store).tally
    return tally.status, tally.total, tally.reassigned, tally.skipped


def test_the_life_of_tasks_on_dynamodb(store: DynamoStore) -> None:
    hear(store, state("ann"), state("bob"), state("max", role="manager"))
    clock = FakeClock()
    context = Context(clock, random.Random(7), "test-correlation")
    contents = [NewTask(f"Task {n}", f"POPUG-{n}", "x" * n) for n in range(5)]
    tasks = [create_task(content, "max", store, context).task for content in contents]
    assert shuffle(store, context) == ("done", 5, 5, 0)

    first = list_tasks(Filter(q="popug-0"), 9, None, store).tasks[0]
    assert first.description is None or first.description == ""
    done = complete_task(first.task_id, first.assignee_id, store, context).task
    assert sum(len(store.query(OpenTask, shard, limit=9)) for shard in range(4)) == 4
    clock.advance(minutes=1)
    assert shuffle(store, context) == ("done", 4, 4, 0)

    assert list_tasks(Filter(status="completed"), 9, None, store).tasks == [done]
    assert len(list_tasks(Filter(status="open"), 9, None, store).tasks) == 4
    assert len(list_tasks(Filter(q="task"), 9, None, store).tasks) == 5
    page = list_tasks(Filter(), 3, None, store)
    rest = list_tasks(Filter(), 3, page.next_position, store)
    ids = [task.task_id for task in page.tasks + rest.tasks]
    assert ids == sorted((task.task_id for task in tasks), reverse=True)
    mine = list_tasks(Filter(assignee_id="ann"), 9, None, store).tasks
    his = list_tasks(Filter(assignee_id="bob"), 9, None, store).tasks
    assert len(mine) + len(his) == 5

    assert count_tasks(Filter(status="open"), store) == Counted(4, more=False)
    assert count_tasks(Filter(assignee_id="ann"), store) == Counted(len(mine), more=False)
    shuffles = list_shuffles(9, None, store)
    assert [(each.reassigned, each.total) for each in shuffles.shuffles] == [(4, 4), (5, 5)]
    assert all(each.finished_at for each in shuffles.shuffles)
    gone = cancel_task(mine[0].task_id, Canceller("max"), store, context).task
    assert list_tasks(Filter(status="cancelled"), 9, None, store).tasks == [gone]

    history = get_task_history(first.task_id, 9, None, store)
    whats = [item.what for item in history.items]
    assert sorted(whats) == ["assigned", "assigned", "completed", "created"]
    with pytest.raises(ConditionFailed):
        store.transact([Insert(done)])
