"""GET /accounts"""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.auth.domain import Account, NewAccount
from functions.auth.list_accounts import handler as handler_module
from functions.auth.list_accounts.use_case import list_accounts
from shared.memory_store import MemoryStore
from shared.store import Insert, Put, changed
from tests.auth.events import Context, request
from tests.auth.people import account, empty_store
from tests.support.fakes import NOON


def invited(number: int) -> Account:
    """Several in one millisecond, too."""
    new = NewAccount(f"popug{number}@ates.example", f"Popug {number}", "worker")
    return account(new, f"sub-{number:03}", NOON + timedelta(milliseconds=number // 3))


class Shuffling(MemoryStore):
    """Gives several rows in an order of its own, as the real one may."""

    def __init__(self, sound: MemoryStore) -> None:
        self.__dict__.update(sound.__dict__)

    def get_many(self, kind: Any, keys: Any) -> Any:
        return sorted(super().get_many(kind, keys), key=lambda row: row.name)


def company(size: int, shard: int | None = None) -> tuple[MemoryStore, list[Account]]:
    """A store, and its accounts from the newest on; all of one shard, if it is given."""
    store = Shuffling(empty_store())
    accounts = [invited(number) for number in range(size)]
    if shard is not None:
        accounts = [each for each in accounts if each.listing_shard == shard]
    for each in accounts:
        store.transact([Insert(each)])
    return store, accounts[::-1]


def pages(store: MemoryStore, limit: int) -> list[Account]:
    found: list[Account] = []
    cursor = None
    for _ in range(100):
        page = list_accounts(limit, cursor, store)
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
def test_accounts_that_all_lie_in_one_shard_are_listed_too(limit: int) -> None:
    store, accounts = company(40, shard=2)
    assert len(accounts) > 3
    assert pages(store, limit) == accounts


def test_a_last_page_that_is_full_has_no_cursor() -> None:
    store, _ = company(8)
    assert list_accounts(8, None, store).next_position is None
    assert list_accounts(7, None, store).next_position is not None


def test_pages_stay_as_they_are_while_accounts_come_and_change() -> None:
    store, accounts = company(10)
    first = list_accounts(5, None, store)
    store.transact([Insert(invited(99))])
    oldest = accounts[-1]
    store.transact([Put(changed(oldest, role="manager", version=2))])
    second = list_accounts(5, first.next_position, store)
    assert [each.account_id for each in first.accounts + second.accounts] == [
        each.account_id for each in accounts
    ]
    assert second.accounts[-1].role == "manager"


@pytest.mark.parametrize("found", ["matches", "differs", "missing"])
def test_how_the_user_was_found_is_shown(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    store, accounts = company(3)
    store.transact([Put(changed(accounts[1], identity=found))])
    _, page = get(store, monkeypatch)
    assert [item["identity"] for item in page["items"]] == ["matches", found, "matches"]


def get(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, groups: str = "[admin]", **query: str) -> Any:
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    event = request("GET", "/accounts", groups=groups, query=query or None)
    response = handler_module.handler(event, Context())
    return response["statusCode"], json.loads(response["body"])


def test_the_handler_answers_pages(monkeypatch: pytest.MonkeyPatch) -> None:
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
        }
    ]
    _, second = get(store, monkeypatch, limit="1", cursor=first["next_cursor"])
    assert [item["account_id"] for item in second["items"]] == ["sub-000"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"cursor": "%%%"}, {"role": "admin"}]
)
def test_the_handler_refuses_other_queries(monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> None:
    assert get(company(2)[0], monkeypatch, **query)[0] == 400


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]"])
def test_only_an_admin_may(monkeypatch: pytest.MonkeyPatch, groups: str) -> None:
    assert get(company(2)[0], monkeypatch, groups)[0] == 403
