"""Dangerous commands check the caller's row, in every service: first, and again in the transaction."""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from functions.accounting.ledger import listing_shard
from functions.accounting.rows import Account as AccountingReplica
from functions.accounting.rows import Entry
from infra.discovery import discover
from shared.http import REPEATED
from shared.memory_store import MemoryStore
from shared.records import StoredAnswer
from shared.settings import settings
from shared.spec import CHECK, GET, Http, Route, UseCase
from shared.store import Action, Insert, Put, Remove, changed
from tests.accounting.deployed import ENVIRONMENT
from tests.accounting.support import assigned, consume, ledger, priced
from tests.auth.fakes import FakeUserPool
from tests.auth.people import ADA, DARIA, EVE, account, pool_with, store_with
from tests.auth.stores import Interrupted
from tests.support.complete import check_complete
from tests.support.invocations import LambdaContext, http_request
from tests.tracking.world import World as TrackingWorld
from tests.tracking.world import company, hear, state

EVERYBODY = {"worker", "accountant", "manager", "admin"}
CALLER = "boss"
SPECS = [spec for service in discover() for spec in service.use_cases]
NOT_CONFIRMED = "urn:ates:problem:authority-not-confirmed"


def routes() -> list[tuple[UseCase, Route]]:
    return [(spec, spec.trigger) for spec in SPECS if isinstance(spec.trigger, Http)]


def test_every_command_not_open_to_all_roles_is_confirmed() -> None:
    restricted = {
        spec.name
        for spec, trigger in routes()
        if trigger.method != "GET" and (set(trigger.roles) != EVERYBODY or trigger.over_others)
    }
    confirmed = {spec.name for spec, trigger in routes() if trigger.confirmed_by is not None}
    check_complete(confirmed, restricted, "the specs with `confirmed_by`")
    tested = {name.partition(",")[0] for name in COMMANDS}
    check_complete(tested, confirmed, "COMMANDS in tests/contracts/test_authority.py")


def test_a_confirmed_command_has_the_rights_to_read_and_check() -> None:
    for spec, trigger in routes():
        if trigger.confirmed_by is not None:
            assert {CHECK, GET} <= set(spec.access["accounts"]), spec.name


class Counting(Interrupted):
    """Counts the transactions that are tried."""

    writes = 0

    def write(self, actions: Sequence[Action], token: str) -> None:
        self.writes += 1
        super().write(actions, token)


@dataclass
class Command:
    """A request that would succeed, on tables in memory."""

    use_case: str
    store: MemoryStore
    role: str
    path: str
    body: Any = None
    pool: FakeUserPool = field(default_factory=FakeUserPool)

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(f"functions.{self.use_case.replace('/', '.')}.handler")

    @property
    def trigger(self) -> Http:
        trigger: Route = self.module.SPEC.trigger
        return trigger

    @property
    def parameters(self) -> dict[str, str] | None:
        """For a path with a parameter in the second place."""
        _, _, name, *_ = [*self.trigger.path.split("/"), ""]
        return {name[1:-1]: self.path.split("/")[2]} if name else None

    def send(self, monkeypatch: pytest.MonkeyPatch, store: MemoryStore | None = None, key: str = "") -> Any:
        """Status, headers and document of the answer."""
        module = self.module
        monkeypatch.setattr(module, "store", lambda _tables: store or self.store)
        monkeypatch.setattr(module, "CognitoUserPool", lambda _pool_id: self.pool, raising=False)
        monkeypatch.setattr(module, "depth", lambda _url: 0, raising=False)
        asked = http_request(
            self.trigger.method,
            self.path,
            account_id=CALLER,
            groups=f"[{self.role}]",
            body=self.body,
            parameters=self.parameters,
            headers={"idempotency-key": key} if key else None,
        )
        answer = module.handler(asked, LambdaContext())
        return answer["statusCode"], answer["headers"], json.loads(answer["body"])

    def caller(self) -> Any:
        kind: Any = self.trigger.confirmed_by
        row = self.store.get(kind, account_id=CALLER)
        assert row is not None
        return row

    def become(self, **fields: Any) -> None:
        """Changes the caller's row."""
        row = self.caller()
        self.store.transact([Put(changed(row, version=row.version + 1, **fields))])

    def vanish(self) -> None:
        kind: Any = self.trigger.confirmed_by
        self.store.transact([Remove(kind, {"account_id": CALLER})])

    def rest(self) -> Mapping[str, Any]:
        """All rows except the caller's."""
        return {
            table: [row for row in self.store.items(table) if row.get("account_id") != CALLER]
            for table in self.store._tables
        }


def invite() -> Command:
    body = {"email": "new@ates.example", "name": "New", "role": "admin"}
    return Command("auth/invite_account", *_of_auth(), "/accounts", body)


def send_again() -> Command:
    store, role = _of_auth()
    store.transact([Put(account(DARIA, "daria", invited_at="2026-11-20T12:00:00.000Z"))])
    pool = _pool()
    pool.users["daria"].has_own_password = False
    return Command("auth/invite_again", store, role, "/accounts/daria/invitation", pool=pool)


def change_another() -> Command:
    return Command("auth/change_account", *_of_auth(), "/accounts/daria", {"role": "admin"}, _pool())


def change_oneself() -> Command:
    return Command("auth/change_account", *_of_auth(), f"/accounts/{CALLER}", {"name": "Boss"}, _pool())


def _people() -> tuple[Any, ...]:
    return account(ADA, CALLER), account(EVE, "eve"), account(DARIA, "daria")


def _of_auth() -> tuple[MemoryStore, str]:
    return store_with(*_people()), "admin"


def _pool() -> FakeUserPool:
    return pool_with(*_people())


def _of_accounting(role: str) -> MemoryStore:
    store = ledger()
    priced(store)
    consume(store, assigned("e1"))
    store.transact([Insert(AccountingReplica(CALLER, "Boss", role, "active", 1, listing_shard(CALLER)))])
    return store


def correct() -> Command:
    store = _of_accounting("admin")
    (entry,) = store.rows(Entry)
    body = {"entry_id": entry.entry_id, "reason": "a mistake"}
    path = f"/accounts/{entry.account_id}/corrections"
    return Command("accounting/correct_entry", store, "admin", path, body)


def shuffle() -> Command:
    store = company("ann")
    hear(store, state(CALLER, role="manager"))
    return Command("tracking/start_shuffle", store, "manager", "/shuffles")


def cancel_anothers() -> Command:
    store = company("ann")
    hear(store, state(CALLER, role="manager"))
    task_id = TrackingWorld(store).create(by="ann").task_id
    return Command("tracking/cancel_task", store, "manager", f"/tasks/{task_id}/cancel")


def close() -> Command:
    return Command("accounting/start_close", _of_accounting("accountant"), "accountant", "/closes")


COMMANDS: Mapping[str, Callable[[], Command]] = {
    "invite_account": invite,
    "invite_again": send_again,
    "change_account, another": change_another,
    "change_account, oneself": change_oneself,
    "correct_entry": correct,
    "start_close": close,
    "start_shuffle": shuffle,
    "cancel_task": cancel_anothers,
}
KEYED = [name for name in COMMANDS if not name.startswith(("change_account", "cancel_task"))]
"""cancel_task is left out: its stored answer shows a task, which every account may see."""

LOSSES: Mapping[str, Callable[[Command], None]] = {
    "deactivated": lambda command: command.become(status="deactivated"),
    "of another role": lambda command: command.become(role="worker"),
    "missing": Command.vanish,
}

each_command = pytest.mark.parametrize("name", COMMANDS)
each_loss = pytest.mark.parametrize("loss", LOSSES)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {**ENVIRONMENT, "USER_POOL_ID": "pool-1"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


def refused(answer: Any) -> bool:
    status, headers, problem = answer
    return (status, problem.get("type"), headers.get("retry-after")) == (403, NOT_CONFIRMED, "2")


@each_command
def test_a_confirmed_caller_is_allowed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = COMMANDS[name]()
    before = command.rest()
    assert command.send(monkeypatch)[0] == command.trigger.status
    assert command.rest() != before


@each_command
@each_loss
def test_an_unconfirmed_caller_is_refused_before_anything_is_done(
    name: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS[name]()
    LOSSES[loss](command)
    before = command.rest()
    assert refused(command.send(monkeypatch))
    assert command.rest() == before
    assert command.pool.calls == 0


@each_command
@each_loss
def test_losing_the_right_between_read_and_write_is_refused_by_the_write(
    name: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its first try; no later one would succeed."""
    command = COMMANDS[name]()
    before = command.rest()
    racing = Counting(command.store, before=lambda: LOSSES[loss](command))
    assert refused(command.send(monkeypatch, racing))
    assert command.rest() == before
    assert racing.writes == 1


@each_command
def test_a_harmless_change_of_the_caller_refuses_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = COMMANDS[name]()
    racing = Interrupted(command.store, before=lambda: command.become(name="Somebody Else"))
    assert command.send(monkeypatch, racing)[0] == command.trigger.status


@pytest.mark.parametrize("name", KEYED)
@each_loss
def test_a_stored_answer_is_refused_after_losing_the_right(
    name: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS[name]()
    status, headers, document = command.send(monkeypatch, key="key-1")
    again = (status, {**headers, REPEATED: "true"}, document)
    assert command.send(monkeypatch, key="key-1") == again
    LOSSES[loss](command)
    assert refused(command.send(monkeypatch, key="key-1"))


@pytest.mark.parametrize("name", KEYED)
def test_the_answer_of_a_concurrent_request_is_refused_after_losing_the_right(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The concurrent request is answered, then the right is lost, then this request writes."""
    command = COMMANDS[name]()

    def meanwhile() -> None:
        assert command.send(monkeypatch, key="key-1")[0] == command.trigger.status
        command.become(status="deactivated")

    racing = Interrupted(command.store, before=meanwhile)
    assert refused(command.send(monkeypatch, racing, key="key-1"))
    assert len(command.store.rows(StoredAnswer)) == 1


def test_an_admin_demoted_while_promoting_themselves_stays_demoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version may be read after the loss, so the role is compared, not the version."""
    command = change_oneself()
    command.body = {"role": "admin", "status": "active"}
    command.become(role="worker", status="deactivated")
    assert refused(command.send(monkeypatch))
    assert (command.caller().role, command.caller().status) == ("worker", "deactivated")


def test_another_role_that_is_allowed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    command = shuffle()
    command.become(role="admin")
    assert command.send(monkeypatch)[0] == 202


@pytest.mark.parametrize("make", [shuffle, close])
def test_a_change_to_another_allowed_role_meanwhile_asks_to_retry(
    make: Callable[[], Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check compares with the role that was read before."""
    command = make()
    before = command.rest()
    racing = Interrupted(command.store, before=lambda: command.become(role="admin"))
    status, headers, _ = command.send(monkeypatch, racing)
    assert (status, headers["retry-after"]) == (503, "1")
    assert command.rest() == before
    assert command.send(monkeypatch)[0] == 202
