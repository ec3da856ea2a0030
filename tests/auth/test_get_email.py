"""The one synchronous call between services."""

from typing import Any

import pytest

from functions.auth.get_email import handler as handler_module
from functions.auth.rows import Account
from shared.guards import SENTINEL, RowsLost
from shared.memory_store import MemoryStore
from shared.store import Insert, Remove, Unavailable
from tests.auth.people import DARIA, account, empty_store
from tests.support.invocations import LambdaContext


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = empty_store()
    store.transact([Insert(account(DARIA, "sub-1", status="deactivated"))])
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    return store


def test_returns_the_address_of_a_deactivated_account(store: MemoryStore) -> None:
    answer = handler_module.handler({"account_id": "sub-1"}, LambdaContext())
    assert answer == {"email": "daria@ates.example", "name": "Daria Sokolova"}


@pytest.mark.parametrize("payload", [{"account_id": "sub-9"}, {"account_id": ""}, {}])
def test_an_unknown_account_returns_the_error_unknown(store: MemoryStore, payload: dict[str, Any]) -> None:
    assert handler_module.handler(payload, LambdaContext()) == {"error": "unknown"}


def test_a_lost_address_returns_the_error_unknown(store: MemoryStore) -> None:
    store.transact([Insert(account(DARIA, "sub-2", email=""))])
    assert handler_module.handler({"account_id": "sub-2"}, LambdaContext()) == {"error": "unknown"}


def test_the_address_is_not_logged(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = []
    monkeypatch.setattr(handler_module, "invocation_log", lambda *said, **more: lines.append((said, more)))
    handler_module.handler({"account_id": "sub-1", "correlation_id": "chain-7"}, LambdaContext())
    assert lines == [(("chain-7", "answered"), {"account_id": "sub-1"})]


def test_a_table_that_lost_its_rows_raises_instead_of_unknown(store: MemoryStore) -> None:
    """So the report waits for the restore instead of failing for good."""
    for account_id in ("sub-1", SENTINEL):
        store.transact([Remove(Account, {"account_id": account_id})])
    with pytest.raises(RowsLost):
        handler_module.handler({"account_id": "sub-1"}, LambdaContext())


def test_unreachable_tables_raise_instead_of_unknown(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise Unavailable("injected")

    monkeypatch.setattr(store, "get", unreachable)
    with pytest.raises(Unavailable):
        handler_module.handler({"account_id": "sub-1"}, LambdaContext())
