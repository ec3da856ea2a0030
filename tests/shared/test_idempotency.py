"""Idempotency-Key repeats the first answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.idempotency import KEPT_SECONDS, Answer, IdempotencyKey, KeyReused, Once, Remember, key_for
from shared.memory_store import MemoryStore
from shared.records import IDEMPOTENCY, INBOX, ConsumedEvent, StoredAnswer
from shared.store import Action, ConditionFailed, Insert, Store
from tests.support.fakes import NOON, memory_store
from tests.support.faults import with_each_fault

BODY = {"title": "Feed the parrot", "jira_id": "POPUG-42"}
KEY = key_for("ann", "POST /tasks", "key-1", BODY)


def empty_store() -> MemoryStore:
    return memory_store([IDEMPOTENCY, INBOX])


@dataclass
class Command:
    """Writes a row and remembers its answer in the same transaction; counts how often it ran."""

    store: Store
    runs: int = 0
    effect: list[Action] = field(default_factory=list)

    def __call__(self, remember: Remember[str]) -> str:
        self.runs += 1
        result = f"task-{self.runs}"
        self.store.transact([Insert(ConsumedEvent(result, "now")), *self.effect, *remember(result)])
        return result


def as_answer(result: str) -> Answer:
    return Answer(201, f'{{"task_id":"{result}"}}')


def ask(command: Command, key: IdempotencyKey | None = KEY, now: datetime = NOON) -> Answer:
    return Once(201, now, key)(command.store, command, as_answer)


def test_a_repeated_request_gets_the_first_answer_and_has_no_effect() -> None:
    command = Command(empty_store())
    first, *others = [ask(command) for _ in range(3)]
    assert first == Answer(201, '{"task_id":"task-1"}')
    assert others == [Answer(201, first.body, repeated=True)] * 2
    assert command.runs == 1


def test_without_a_key_every_request_is_done() -> None:
    store = empty_store()
    command = Command(store)
    assert ask(command, None) != ask(command, None)
    assert store.rows(StoredAnswer) == []


def test_the_answer_is_kept_in_the_commands_own_transaction() -> None:
    store = empty_store()
    command = Command(store)
    store.transact([Insert(ConsumedEvent("task-1", "taken"))])
    with pytest.raises(ConditionFailed):
        ask(command)
    assert store.rows(StoredAnswer) == []


def test_the_same_key_with_another_body_is_refused() -> None:
    command = Command(empty_store())
    ask(command)
    with pytest.raises(KeyReused):
        ask(command, key_for("ann", "POST /tasks", "key-1", {**BODY, "title": "Feed the cat"}))
    assert command.runs == 1


@pytest.mark.parametrize(
    "other",
    [
        key_for("bob", "POST /tasks", "key-1", BODY),
        key_for("ann", "POST /shuffles", "key-1", BODY),
        key_for("ann", "POST /tasks", "key-2", BODY),
    ],
    ids=["caller", "route", "key"],
)
def test_a_key_is_per_caller_and_route(other: IdempotencyKey) -> None:
    command = Command(empty_store())
    assert ask(command) != ask(command, other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": {"c": 1, "b": [1, 2]}}, {"a": {"b": [1, 2], "c": 1}}, True),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": None}, {}, False),
        ({"a": "é"}, {"a": "e"}, False),
    ],
)
def test_bodies_are_equal_except_for_the_order_of_fields(one: Any, other: Any, alike: bool) -> None:
    assert (key_for("ann", "POST /x", "k", one) == key_for("ann", "POST /x", "k", other)) is alike


def test_an_answer_is_kept_for_thirty_days() -> None:
    store = empty_store()
    command = Command(store)
    ask(command)
    (row,) = store.rows(StoredAnswer)
    assert KEPT_SECONDS == 30 * 24 * 3600
    assert row.expires_at == int(NOON.timestamp()) + KEPT_SECONDS
    assert ask(command, now=NOON + timedelta(days=30)).repeated


def test_an_expired_answer_is_ignored_and_replaced() -> None:
    store = empty_store()
    command = Command(store)
    ask(command)
    late = NOON + timedelta(days=30, seconds=1)
    other = key_for("ann", "POST /tasks", "key-1", {"title": "Another"})
    assert ask(command, other, late).body == '{"task_id":"task-2"}'
    assert ask(command, other, late).body == '{"task_id":"task-2"}'
    (row,) = store.rows(StoredAnswer)
    assert row.expires_at == int(late.timestamp()) + KEPT_SECONDS


class Raced(MemoryStore):
    """The same request is answered by another process just before the first write."""

    def __init__(self, sound: MemoryStore, key: IdempotencyKey) -> None:
        self.__dict__.update(sound.__dict__)
        self._raced = False
        self._key = key
        self._sound = sound

    def write(self, actions: Sequence[Action], token: str) -> None:
        if not self._raced:
            self._raced = True
            ask(Command(self._sound, runs=10), self._key)
        super().write(actions, token)


def test_of_two_equal_requests_at_once_one_is_done_and_both_get_its_answer() -> None:
    store = empty_store()
    assert ask(Command(Raced(store, KEY))).body == '{"task_id":"task-11"}'
    assert [row.mark for row in store.rows(ConsumedEvent)] == ["task-11"]


def test_of_two_bodies_under_one_key_at_once_one_is_refused() -> None:
    store = empty_store()
    other = key_for("ann", "POST /tasks", "key-1", {"title": "Another"})
    with pytest.raises(KeyReused):
        ask(Command(Raced(store, other)))
    assert [row.mark for row in store.rows(ConsumedEvent)] == ["task-11"]


class AlreadyDone(Exception):
    pass


def test_a_command_refused_because_its_repetition_won_gets_that_answer() -> None:
    store = empty_store()

    def command(_: Remember[str]) -> str:
        ask(Command(store))
        raise AlreadyDone

    assert Once(201, NOON, KEY)(store, command, as_answer).body == '{"task_id":"task-1"}'


def test_a_refusal_is_not_stored() -> None:
    store = empty_store()

    def command(_: Remember[str]) -> str:
        raise AlreadyDone

    for _ in range(2):
        with pytest.raises(AlreadyDone):
            Once(201, NOON, KEY)(store, command, as_answer)
    assert ask(Command(store)).status == 201


def test_each_write_fault_leaves_one_effect_and_one_answer() -> None:
    seen = 0
    for _label, store in with_each_fault(empty_store, lambda store: ask(Command(store))):
        assert ask(Command(store, runs=5)).body == '{"task_id":"task-1"}'
        assert [row.mark for row in store.rows(ConsumedEvent)] == ["task-1"]
        seen += 1
    assert seen == 3
