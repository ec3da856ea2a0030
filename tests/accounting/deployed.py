"""Accounting's functions as Lambda calls them, on tables in memory that record accesses."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

import pytest

from events.envelope import Event
from functions.accounting.book_payout.use_case import Place
from functions.accounting.ledger import listing_shard, new_balance
from functions.accounting.rows import TABLES, Account
from shared.memory_store import MemoryStore
from shared.names import name_key
from shared.settings import NEWEST, journal_form, settings
from shared.spec import BATCH_GET, CHECK, DELETE, GET, PUT, QUERY, UPDATE, UseCase
from shared.store import Action, Add, Check, Insert, Put
from shared.tables import places
from tests.accounting.support import acting, ledger
from tests.support.fakes import FakeQueue, envelope_of
from tests.support.invocations import (
    LambdaContext,
    answered,
    batch,
    bus_message,
    environment,
    http_request,
    job_message,
)

ENVIRONMENT = environment(
    "accounting",
    ATES_STAGE="dev",  # where a day can be closed by hand
    ROW_FORM=NEWEST,
    QUEUE_URL_CLOSE_ACCOUNTS="https://queue.test/close-accounts",
    WATCHED_QUEUE_URL_ON_TASK_EVENT="https://queue.test/on-task-event",
)

ACCOUNTANT: dict[str, Any] = {"caller": "olga", "role": "accountant"}
ADMIN: dict[str, Any] = {"caller": "boss", "role": "admin"}

_PLACES = places(TABLES)


class Noting(MemoryStore):
    """Records each call as a DynamoDB action on a table or index."""

    noted: set[tuple[str, str]]

    def get(self, kind: Any, **key: Any) -> Any:
        self.noted.add((_path(kind), GET))
        return super().get(kind, **key)

    def get_many(self, kind: Any, keys: Sequence[Mapping[str, str | int]]) -> Any:
        if keys:
            self.noted.add((_path(kind), BATCH_GET))
        return [row for key in keys if (row := MemoryStore.get(self, kind, **key)) is not None]

    def query(self, kind: Any, *args: Any, **bounds: Any) -> Any:
        self.noted.add((_path(kind), QUERY))
        return super().query(kind, *args, **bounds)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self.noted |= {_written(action) for action in actions}
        super().write(actions, token)


def _path(kind: type[Any]) -> str:
    table, index = _PLACES[kind]
    return f"{table.name}/{index.name}" if index else table.name


def _written(action: Action) -> tuple[str, str]:
    if isinstance(action, Insert | Put):
        return _path(type(action.row)), PUT
    if isinstance(action, Add):
        return _path(action.kind), UPDATE
    return _path(action.kind), CHECK if isinstance(action, Check) else DELETE


class Deployed:
    """The service: `store` has its tables, `queue` the close jobs, `touched` accesses by use case."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        journal_form.cache_clear()
        self._monkeypatch = monkeypatch
        self.store = ledger()
        self.queue = FakeQueue()
        self.waiting_events = 0
        self.touched: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def write_rows(self, form: str) -> None:
        """In this form from now on; "" is that of the release before."""
        self._monkeypatch.setenv("ROW_FORM", form)
        journal_form.cache_clear()

    def know(self, account_id: str, role: str, status: str = "active", version: int = 1) -> None:
        """Put an account into the replica; it has no balance yet."""
        shard = listing_shard(account_id)
        name = account_id.title()
        key = name_key(name, account_id)
        self.store.transact([Put(Account(account_id, name, role, status, version, shard, key))])

    def open_since(self, day: str, account_id: str = "ann") -> None:
        self.store.transact([Insert(new_balance(account_id, day))])

    def _module(self, use_case: str) -> ModuleType:
        module = importlib.import_module(f"functions.accounting.{use_case}.handler")
        own = acting(Noting, self.store)
        own.noted = self.touched[use_case]
        self._monkeypatch.setattr(module, "store", lambda tables: own)
        if hasattr(module, "SqsWorkQueue"):
            self._monkeypatch.setattr(module, "SqsWorkQueue", lambda url: self.queue)
        if hasattr(module, "depth"):
            self._monkeypatch.setattr(module, "depth", lambda url: self.waiting_events)
        return module

    def call(
        self,
        use_case: str,
        *,
        caller: str = "ann",
        role: str = "worker",
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> tuple[int, Any]:
        """Return the status and body of an answer."""
        event = http_request(
            path=f"/{use_case}/{'/'.join((path or {}).values())}",
            account_id=caller,
            groups=f"[{role}]",
            body=body,
            query=query,
            parameters=path,
            headers={"idempotency-key": key} if key else None,
        )
        return answered(self._module(use_case).handler(event, None))

    def hear(self, use_case: str, *events: tuple[str, Event]) -> None:
        """Deliver events with their ids, as rule and queue do; all must succeed."""
        self._consume(
            use_case, [envelope_of(event, event_id=event_id) for event_id, event in events], bus_message
        )

    def work(self, use_case: str, *jobs: dict[str, Any]) -> None:
        self._consume(use_case, jobs, job_message)

    def _consume(self, use_case: str, contents: Sequence[Any], sent: Callable[[Any, int], Any]) -> None:
        event = batch(*(sent(content, number) for number, content in enumerate(contents)))
        assert self._module(use_case).handler(event, None) == {"batchItemFailures": []}

    def tick(self, **payload: str) -> Any:
        return self._module("close_days").handler(payload, LambdaContext())

    def book_payout(self, place: Place) -> Any:
        return self._module("book_payout").handler(asdict(place), LambdaContext())

    def close_what_was_sent(self) -> None:
        jobs = list(self.queue.jobs)
        self.queue.jobs.clear()
        self.work("close_account", *jobs)


def usd(cents: int) -> dict[str, Any]:
    return {"amount": cents, "currency": "USD"}


def spec_of(use_case: str) -> UseCase:
    spec = importlib.import_module(f"functions.accounting.{use_case}.handler").SPEC
    assert isinstance(spec, UseCase)
    return spec
