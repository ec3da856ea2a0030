"""GET /accounts"""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.auth.domain import NewAccount
from functions.auth.list_accounts import handler as handler_module
from functions.auth.list_accounts.use_case import EVERYBODY, Filter, list_accounts
from functions.auth.rows import Account
from shared.clock import rfc3339
from shared.memory_store import MemoryStore
from shared.store import Insert, Put, changed
from tests.auth.people import ADA, DARIA, account, empty_store
from tests.support.fakes import NOON
from tests.support.invocations import LambdaContext, http_request


def invited(number: int) -> Account:
    """Three accounts per millisecond."""
    new = NewAccount(f"popug{number}@ates.example", f"Popug {number}", "worker")
    return account(new, f"sub-{number:03}", NOON + timedelta(milliseconds=number // 3))


class Shuffling(MemoryStore):
    """Returns rows in another order, as DynamoDB may."""

    def __init__(self, sound: MemoryStore) -> None:
        self.__dict__.update(sound.__dict__)

    def get_many(self, kind: Any, keys: Any) -> Any:
        return sorted(super().get_many(kind, keys), key=lambda row: row.name)


def company(size: int, shard: int | None = None) -> tuple[MemoryStore, list[Account]]:
    """A store and its accounts, newest first; only those of `shard`, if given."""
    store = Shuffling(empty_store())
    accounts = [invited(number) for number in range(size)]
    if shard is not None:
        accounts = [each for each in accounts if each.listing_shard == shard]
    for each in accounts:
        store.transact([Insert(each)])
    return store, accounts[::-1]


def pages(store: MemoryStore, limit: int, wanted: Filter = EVERYBODY) -> list[Account]:
    found: list[Account] = []
    cursor = None
    for _ in range(100):
        page = list_accounts(wanted, limit, cursor, store)
        assert len(page.accounts) <= limit
        found += page.accounts
        if (cursor := page.next_position) is None:
            return found
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("size", [0, 1, 7, 40])
@pytest.mark.parametrize("limit", [1, 7, 40, 200])
def test_every_account_is_listed_once_and_newest_first(size: int, limit: int) -> None:
    store, accounts = company(size)
    assert pages(store, limit) == accounts


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_accounts_in_a_single_shard_are_listed(limit: int) -> None:
    store, accounts = company(40, shard=2)
    assert len(accounts) > 3
    assert pages(store, limit) == accounts


def test_a_last_page_that_is_full_has_no_cursor() -> None:
    store, _ = company(8)
    assert list_accounts(EVERYBODY, 8, None, store).next_position is None
    assert list_accounts(EVERYBODY, 7, None, store).next_position is not None


def test_pages_are_stable_while_accounts_are_added_and_changed() -> None:
    store, accounts = company(10)
    first = list_accounts(EVERYBODY, 5, None, store)
    store.transact([Insert(invited(99))])
    oldest = accounts[-1]
    store.transact([Put(changed(oldest, role="manager", version=2))])
    second = list_accounts(EVERYBODY, 5, first.next_position, store)
    assert [each.account_id for each in first.accounts + second.accounts] == [
        each.account_id for each in accounts
    ]
    assert second.accounts[-1].role == "manager"


@pytest.mark.parametrize("found", ["matches", "differs", "missing"])
def test_the_identity_of_each_account_is_shown(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    store, accounts = company(3)
    store.transact([Put(changed(accounts[1], identity=found))])
    _, page = get(store, monkeypatch)
    assert [item["identity"] for item in page["items"]] == ["matches", found, "matches"]


def get(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, groups: str = "[admin]", **query: str) -> Any:
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    event = http_request("GET", "/accounts", groups=groups, query=query or None)
    response = handler_module.handler(event, LambdaContext())
    return response["statusCode"], json.loads(response["body"])


def test_the_handler_returns_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = company(2)
    status, first = get(store, monkeypatch, limit="1")
    assert status == 200
    assert first["items"] == [
        {
            "account_id": "sub-001",
            "name": "Popug 1",
            "email": "popug1@ates.example",
            "role": "worker",
            "status": "active",
            "created_at": "2026-11-22T12:00:00.000Z",
            "identity": "matches",
            "invitation": "accepted",
            "invited_at": None,
        }
    ]
    _, second = get(store, monkeypatch, limit="1", cursor=first["next_cursor"])
    assert [item["account_id"] for item in second["items"]] == ["sub-000"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
        {"cursor": "%%%"},
        {"role": "boss"},
        {"status": "away"},
        {"accepted": "perhaps"},
        {"q": "x" * 201},
        {"name": "Ada"},
    ],
)
def test_the_handler_refuses_invalid_queries(monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> None:
    assert get(company(2)[0], monkeypatch, **query)[0] == 400


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]"])
def test_only_an_admin_may_call_it(monkeypatch: pytest.MonkeyPatch, groups: str) -> None:
    assert get(company(2)[0], monkeypatch, groups)[0] == 403


def people() -> MemoryStore:
    """Three, oldest first."""
    store = empty_store()
    ada = account(ADA, "sub-1", NOON, status="deactivated")
    daria = account(DARIA, "sub-2", NOON + timedelta(days=1), invited_at=rfc3339(NOON))
    zoe = NewAccount("z@ates.example", "Zoe\u0308 Sørensen", "worker")
    for each in (ada, daria, account(zoe, "sub-3", NOON + timedelta(days=2))):
        store.transact([Insert(each)])
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "SOKOL"}, ["sub-2"]),
        ({"q": " daria@ATES "}, ["sub-2"]),
        ({"q": "zoë"}, ["sub-3"]),
        ({"q": "ates.example"}, ["sub-3", "sub-2", "sub-1"]),
        ({"q": "nobody"}, []),
        ({"q": ""}, ["sub-3", "sub-2", "sub-1"]),
        ({"role": "admin"}, ["sub-1"]),
        ({"status": "active"}, ["sub-3", "sub-2"]),
        ({"accepted": "false"}, ["sub-2"]),
        ({"accepted": "true"}, ["sub-3", "sub-1"]),
        ({"q": "a", "role": "worker", "accepted": "true"}, ["sub-3"]),
    ],
)
def test_accounts_are_searched_and_filtered(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str], found: list[str]
) -> None:
    status, page = get(people(), monkeypatch, **query)
    assert (status, [item["account_id"] for item in page["items"]]) == (200, found)
    assert page["next_cursor"] is None


@pytest.mark.parametrize("limit", [3, 7, 200])
def test_every_matching_account_is_found_once(limit: int) -> None:
    store, accounts = company(700)
    wanted = Filter(q="Popug 6")
    assert pages(store, limit, wanted) == [each for each in accounts if "Popug 6" in each.name]


def test_a_page_examines_a_bounded_number_of_accounts() -> None:
    """A search with few matches gets short pages with a cursor."""
    store, accounts = company(1300)
    first = list_accounts(Filter(q="Popug 799"), 50, None, store)
    assert (first.accounts, first.next_position) == ([], accounts[499].listing_key)
    second = list_accounts(Filter(q="Popug 799"), 50, first.next_position, store)
    assert ([each.name for each in second.accounts], second.next_position) == (
        ["Popug 799"],
        accounts[999].listing_key,
    )


class Counting(MemoryStore):
    """Counts the full account rows read."""

    def __init__(self, sound: MemoryStore) -> None:
        self.__dict__.update(sound.__dict__)
        self.read = 0

    def get_many(self, kind: Any, keys: Any) -> Any:
        self.read += len(keys)
        return super().get_many(kind, keys)


@pytest.mark.parametrize(("q", "read"), [(None, 50), ("Popug", 100), ("nobody", 500)])
def test_no_more_accounts_are_read_than_a_page_needs(q: str | None, read: int) -> None:
    store = Counting(company(1300)[0])
    list_accounts(Filter(q=q), 50, None, store)
    assert store.read == read


def test_a_cursor_is_refused_under_other_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    store = people()
    _, first = get(store, monkeypatch, q="ates", limit="1")
    assert get(store, monkeypatch, q="ates", cursor=first["next_cursor"])[0] == 200
    for other in ({}, {"q": "at"}, {"q": "ates", "role": "worker"}, {"q": "ates", "accepted": "true"}):
        status, problem = get(store, monkeypatch, cursor=first["next_cursor"], **other)
        assert (status, [error["field"] for error in problem["errors"]]) == (400, ["cursor"])
