"""Draws: uniform among the eligible, nobody else, by the system's randomness."""

import random
from collections import Counter
from collections.abc import Hashable
from itertools import pairwise, product
from typing import Any

import pytest

from functions.tracking.create_task import handler, use_case
from functions.tracking.domain import NobodyEligible
from functions.tracking.roster import draw
from functions.tracking.rows import RosterHead
from shared.context import Context
from shared.memory_store import MemoryStore
from tests.support.uniform import assert_uniform
from tests.tracking.requests import call, use
from tests.tracking.world import World, company, event_data, hear, state

DRAWS, AT_ONCE = 200_000, 100
TASKS = 1_000
ELIGIBLE = [f"worker-{number:02d}" for number in range(20)]
LEAVERS = ["first", "middle", "last"]


def after_changes() -> World:
    """Twenty eligible accounts, after the first, a middle and the last one left."""
    world = World(company("first", *ELIGIBLE[:10], "middle", *ELIGIBLE[10:], "last"))
    hear(world.store, *(state(leaver, 2, role="manager") for leaver in LEAVERS))
    return world


def test_200_000_draws_are_uniform_and_independent() -> None:
    store, randomness = after_changes().store, random.Random(2026)
    drawn: list[str] = []
    for _ in range(DRAWS // AT_ONCE):
        drawn += [slot.account_id for slot in draw(store, randomness, AT_ONCE)]
    assert len(drawn) == DRAWS
    assert_uniform(Counter[Hashable](drawn), ELIGIBLE)
    assert_uniform(Counter[Hashable](pairwise(drawn)), list(product(ELIGIBLE, ELIGIBLE)))


def test_a_shuffle_of_1_000_tasks_is_uniform() -> None:
    world = after_changes()
    for number in range(TASKS):
        world.create(f"Task {number}")
    before = {task["task_id"]: task["assignee_id"] for task in event_data(world.store, "Task.Assigned")}
    shuffle = world.shuffle()
    facts = [fact for fact in event_data(world.store, "Task.Assigned") if fact.get("shuffle_id")]
    assert world.tally(shuffle) == ("done", TASKS, TASKS, 0)
    assert_uniform(Counter[Hashable](fact["assignee_id"] for fact in facts), ELIGIBLE)
    stayed = sum(before[fact["task_id"]] == fact["assignee_id"] for fact in facts)
    assert 20 < stayed < 80, "about one in twenty keeps its assignee by chance"


def test_the_only_eligible_account_is_always_drawn() -> None:
    store = company("ann")
    assert {slot.account_id for slot in draw(store, random.Random(1), AT_ONCE)} == {"ann"}


class Behind(MemoryStore):
    """A glance shows the roster's size from before."""

    def __init__(self, sound: MemoryStore, size: int | None) -> None:
        self.__dict__.update(sound.__dict__)
        self._size = size
        self.heads_read = 0

    def glance(self, kind: Any, **key: Any) -> Any:
        return None if self._size is None else RosterHead(0, self._size)

    def get(self, kind: Any, **key: Any) -> Any:
        self.heads_read += kind is RosterHead
        return super().get(kind, **key)


@pytest.mark.parametrize("size", [None, 0, 1, 20, 40])
def test_a_size_from_a_moment_ago_draws_only_those_who_are_eligible_now(size: int | None) -> None:
    """Who has just joined may be left out; nobody is drawn who has left, and nobody is refused."""
    store = Behind(after_changes().store, size)
    drawn = Counter(slot.account_id for slot in draw(store, random.Random(1), AT_ONCE))
    assert drawn.keys() <= set(ELIGIBLE)
    assert drawn.total() == AT_ONCE
    assert len(drawn) == 1 if size == 1 else len(drawn) > 15


def test_a_draw_reads_the_busy_head_at_half_its_price() -> None:
    store = Behind(after_changes().store, len(ELIGIBLE))
    draw(store, random.Random(1), 1)
    assert store.heads_read == 0


def test_a_draw_without_eligible_accounts_fails() -> None:
    with pytest.raises(NobodyEligible):
        draw(company(), random.Random(1), 1)


def test_a_new_tasks_assignee_is_drawn_by_the_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    """As deployed; test_wiring tests reassignments."""
    handed: list[type[random.Random]] = []
    real = use_case.create_task

    def noting(content: Any, caller: str, store: Any, context: Context, remember: Any) -> Any:
        handed.append(type(context.randomness))
        return real(content, caller, store, context, remember)

    use(monkeypatch, handler, company("ann"))
    monkeypatch.setattr(handler, "create_task", noting)
    assert call(handler, body={"title": "Fly"})[0] == 201
    assert handed == [random.SystemRandom]
