"""The replica of the accounts and the roster of the eligible."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from functions.tracking.on_account_event.use_case import MAX_TRIES, on_account_event
from functions.tracking.rows import TABLES, Account, AccountByName
from shared.memory_store import MemoryStore
from shared.store import Unavailable
from tests.support.fakes import memory_store, received
from tests.support.faults import with_each_fault
from tests.tracking.world import Interrupted, Intrusion, company, hear, nothing, roster, state


def listed(store: MemoryStore) -> set[str]:
    return {row.account_id for shard in range(4) for row in store.query(AccountByName, shard, limit=99)}


@pytest.mark.parametrize(
    ("role", "status", "eligible"),
    [
        ("worker", "active", True),
        ("accountant", "active", True),
        ("manager", "active", False),
        ("admin", "active", False),
        ("worker", "deactivated", False),
    ],
)
def test_active_workers_and_accountants_are_eligible(role: str, status: str, eligible: bool) -> None:
    store = memory_store(TABLES)
    hear(store, state("ann", role=role, status=status))
    assert list(roster(store).values()) == (["ann"] if eligible else [])
    replica = store.get(Account, account_id="ann")
    assert replica is not None
    assert (replica.role, replica.status, replica.version) == (role, status, 1)


def test_the_last_account_takes_a_freed_slot() -> None:
    store = company("ann", "bob", "cid")
    assert roster(store) == {1: "ann", 2: "bob", 3: "cid"}
    hear(store, state("ann", 2, role="manager"))
    assert roster(store) == {1: "cid", 2: "bob"}
    hear(store, state("bob", 2, status="deactivated"))
    assert roster(store) == {1: "cid"}
    hear(store, state("cid", 2, role="admin"))
    assert roster(store) == {}
    hear(store, state("ann", 3, role="worker"))
    assert roster(store) == {1: "ann"}


def test_an_older_event_changes_nothing() -> None:
    store = company("ann")
    hear(store, state("ann", 5, role="manager"))
    hear(store, state("ann", 4, role="worker"))
    hear(store, state("ann", 5, role="worker"))
    assert roster(store) == {}


def test_the_highest_version_of_each_account_in_a_batch_wins() -> None:
    store = company()
    messages = [
        state("ann", 3, role="worker"),
        state("bob", 1),
        state("ann", 2, role="admin"),
        state("ann", 1, status="deactivated"),
    ]
    hear(store, *messages)
    assert set(roster(store).values()) == {"ann", "bob"}


def test_a_new_name_reaches_replica_and_roster() -> None:
    store = company("ann", "bob")
    hear(store, state("ann", 2, name="Anna"), state("max", 2, role="manager", name="Maxim"))
    roster(store)
    assert [store.get(Account, account_id=one) for one in ("ann", "max")] == [
        Account("ann", "Anna", "worker", "active", 2, slot=1, listing_shard=0, name_key="anna#ann"),
        Account("max", "Maxim", "manager", "active", 2),
    ]


def test_an_account_once_eligible_stays_in_the_list_of_assignees() -> None:
    store = company("ann", "bob")
    hear(store, state("ann", 2, role="manager"))
    hear(store, state("ann", 3, role="manager", name="Anna"))
    assert listed(store) == {"ann", "bob"}
    replica = store.get(Account, account_id="ann")
    assert replica is not None
    assert replica.name_key == "anna#ann"


def test_any_order_of_events_leaves_the_same_roster() -> None:
    randomness = random.Random(3)
    events = [
        state(
            name,
            version,
            role=randomness.choice(["worker", "accountant", "manager", "admin"]),
            status=randomness.choice(["active", "active", "deactivated"]),
        )
        for name in "abcdefgh"
        for version in range(1, 7)
    ]
    people = set()
    for _ in range(10):
        randomness.shuffle(events)
        store = memory_store(TABLES)
        for start in range(0, len(events), 5):
            hear(store, *events[start : start + 5])
            roster(store)
        people.add(frozenset(roster(store).values()))
    assert len(people) == 1


@pytest.mark.parametrize(
    "other",
    [
        state("eve"),
        state("cid", 2, status="deactivated"),
        state("bob", 2, status="deactivated"),
        state("bob", 2, name="Robert"),
        state("ann", 2, role="manager"),
        state("ann", 2, name="Anna"),
        state("ann", 4, role="worker", name="Later"),
    ],
    ids=["join", "last-leaves", "middle-leaves", "rename", "first-leaves", "same-renamed", "same-later"],
)
@pytest.mark.parametrize(
    "change",
    [
        state("ann", 3, status="deactivated"),
        state("ann", 3, name="Ann Lee"),
        state("dan"),
        state("cid", 3, role="admin"),
    ],
    ids=["leave", "rename", "join", "last-leaves"],
)
@pytest.mark.parametrize("when", ["write", "get"])
def test_two_changes_at_once_leave_a_consistent_roster(change: Any, other: Any, when: str) -> None:
    store = company("ann", "bob", "cid")
    after = company("ann", "bob", "cid")
    hear(after, other)
    hear(after, change)
    intrude: Sequence[Intrusion] = (lambda: hear(store, other),)
    between = {"write": Interrupted(store, write=intrude), "get": Interrupted(store, get=(nothing, *intrude))}
    hear(between[when], change)
    hear(store, other)  # a rename reads nothing in between
    assert set(roster(store).values()) == set(roster(after).values())


@pytest.mark.parametrize("left", [(), ("bob",)], ids=["emptied", "shrunk"])
def test_an_account_removed_meanwhile_is_not_removed_twice(left: Sequence[str]) -> None:
    """The roster then ends before the slot read; slot 0 is no account."""
    store = company("bob", "ann") if left else company("ann")
    gone = Interrupted(store, get=(nothing, lambda: hear(store, state("ann", 2, status="deactivated"))))
    hear(gone, state("ann", 3, role="manager"))
    assert tuple(roster(store).values()) == left


def test_a_change_fails_if_the_roster_keeps_changing() -> None:
    store = company("ann", "bob", "cid")

    versions = iter(range(2, 99))

    def rename() -> None:
        hear(store, state("ann", next(versions), name="Anna"))

    with pytest.raises(Unavailable):
        hear(Interrupted(store, write=[rename] * MAX_TRIES), state("ann", 100, status="deactivated"))


def test_each_write_fault_leaves_a_consistent_roster() -> None:
    messages = [
        received(one, event_id=str(number))
        for number, one in enumerate(
            [state("dan"), state("ann", 2, role="manager"), state("bob", 2, name="Robert")]
        )
    ]
    outcomes = with_each_fault(
        lambda: company("ann", "bob", "cid"), lambda store: on_account_event(messages, store)
    )
    for label, store in outcomes:
        assert roster(store) == {1: "dan", 2: "bob", 3: "cid"}, label
