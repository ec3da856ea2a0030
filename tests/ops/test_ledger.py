"""`ates verify` finds and names every single alteration, and only that, also while entries are posted."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from moto import mock_aws

from functions.accounting.audit import Finding
from functions.accounting.ledger import hash_of
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import TABLES, AccountDay, Balance, DayTotal, Entry
from ops import __main__ as command_line
from ops.audit import ledger
from ops.audit.ledger import LedgerTables, Verified
from ops.console.errors import BadInput, TimedOut
from ops.console.output import Output
from ops.stage import connection
from ops.stage.aws import Aws
from ops.stage.target import Target
from shared.context import Context
from shared.dynamo_models import physical_name
from shared.dynamo_store import DynamoStore
from shared.guards import SENTINEL
from shared.memory_store import MemoryStore
from shared.money import in_words
from shared.store import Put, Remove, chunks
from shared.tables import Table, key_names
from tests.accounting import support
from tests.accounting.support import FEE, REWARD, TODAY, TOMORROW, ZONE, assigned, completed
from tests.ops.conftest import FakeTime
from tests.support.fakes import NOON, FakeClock
from tests.support.moto_store import moto_store

PREFIX = "ates-dev-accounting-"
KINDS: tuple[type[Any], ...] = (Entry, Balance, AccountDay, DayTotal)
WELL = "everything adds up (entries: 5, accounts: 3, days: 2)\n"

T = TypeVar("T")
Row = TypeVar("Row", Entry, Balance, AccountDay, DayTotal)


def books() -> MemoryStore:
    """Two accounts with a closed day and one without entries; ann has an entry on the next day."""
    store = support.ledger()
    support.priced(store)
    support.joined(store, "idle")
    support.consume(store, assigned("e1"), completed("e2"))
    support.consume(store, assigned("e3", "bob"))
    support.close(store, TODAY, "ann", "bob", "idle")
    support.consume(store, completed("e4", at=NOON + timedelta(days=1)))
    return store


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """One for all tests, because clients are slow to create."""
    with mock_aws():
        yield Aws(Target("dev", "us-east-1", None))


@pytest.fixture(scope="module")
def tables(aws: Aws) -> DynamoStore:
    return moto_store(TABLES, PREFIX)


def empty(aws: Aws, table: Table) -> None:
    physical = physical_name(table, PREFIX)
    for item in aws.dynamodb.scan(TableName=physical)["Items"]:
        if item[table.partition_key] != {"S": SENTINEL}:
            key = {name: item[name] for name in key_names(table)}
            aws.dynamodb.delete_item(TableName=physical, Key=key)


@pytest.fixture
def store(aws: Aws, tables: DynamoStore) -> DynamoStore:
    """The same rows on DynamoDB, and no others."""
    for table in TABLES:
        empty(aws, table)
    memory = books()
    for group in chunks([row for kind in KINDS for row in memory.rows(kind)], 100):
        tables.transact([Put(row) for row in group])
    support.priced(tables)
    return tables


@pytest.fixture
def run(
    store: DynamoStore, aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Exit code and output of the command."""
    monkeypatch.setattr(connection, "aws", lambda stage: aws)

    def call(*arguments: str) -> tuple[int, str]:
        code = command_line.main(["verify", "--only", "ledger", *arguments])
        return code, capsys.readouterr().out

    return call


def row(store: DynamoStore, kind: type[Row], **key: Any) -> Row:
    found = store.get(kind, **key)
    assert found is not None
    return found


def alter(store: DynamoStore, kind: type[Any], key: dict[str, Any], **changes: Any) -> None:
    store.transact([Put(replace(row(store, kind, **key), **changes))])


def rehash_entry(store: DynamoStore) -> None:
    """Change an entry's amount with a new hash; the rows that depend on it no longer match."""
    key = {"account_id": "bob", "entry_number": 1}
    alter(store, Entry, key, amount=FEE + 1, balance_after=-FEE - 1)
    alter(store, Entry, key, hash=hash_of(row(store, Entry, **key)))


ANN_2: dict[str, str | int] = {"account_id": "ann", "entry_number": 2}
BOBS_TOTAL: dict[str, str | int] = {"shard": 2, "business_day": TODAY}
LEDGER_SUM = REWARD - FEE
PAID = REWARD - FEE

ALTERATIONS: dict[str, tuple[Callable[[DynamoStore], Any], list[str]]] = {
    "an entry's title": (
        lambda store: alter(store, Entry, ANN_2, title="Another task"),
        ["account ann: entry 2: its content is not what was hashed"],
    ),
    "an entry's amount, rehashed": (
        rehash_entry,
        [
            f"ledger: balances come to {in_words(LEDGER_SUM)}, entries to {in_words(LEDGER_SUM - 1)}",
            f"ledger: day totals come to {in_words(LEDGER_SUM)}, entries to {in_words(LEDGER_SUM - 1)}",
            f"account bob: the balance is {in_words(-FEE)}, its entries come to {in_words(-FEE - 1)}",
            "account bob: the balance does not have the hash of the last entry",
            f"account bob on {TODAY}: fees is {in_words(FEE)}, its entries come to {in_words(FEE + 1)}",
            f"the company's {TODAY}: fees is {in_words(2 * FEE)},"
            f" its entries come to {in_words(2 * FEE + 1)}",
        ],
    ),
    "a deleted entry": (
        lambda store: store.transact([Remove(Entry, ANN_2)]),
        [
            f"ledger: balances come to {in_words(LEDGER_SUM)}, entries to {in_words(-FEE)}",
            f"ledger: day totals come to {in_words(LEDGER_SUM)}, entries to {in_words(-FEE)}",
            "account ann: entry 3: follows 1",
            "account ann: entry 3: its balance does not follow from the one before",
            "account ann: entry 3: it is not chained to the one before",
            f"account ann: the balance is {in_words(REWARD)}, its entries come to 0.00 USD",
            f"account ann on {TODAY}: entry_count is 3, its entries come to 2",
            f"account ann on {TODAY}: rewards is {in_words(REWARD)}, its entries come to 0.00 USD",
            f"the company's {TODAY}: entry_count is 4, its entries come to 3",
            f"the company's {TODAY}: rewards is {in_words(REWARD)}, its entries come to 0.00 USD",
        ],
    ),
    "a balance": (
        lambda store: alter(store, Balance, {"account_id": "idle"}, balance=500),
        [
            f"ledger: balances come to {in_words(LEDGER_SUM + 500)}, entries to {in_words(LEDGER_SUM)}",
            "account idle: the balance is 5.00 USD, its entries come to 0.00 USD",
        ],
    ),
    "an account's closed day": (
        lambda store: alter(
            store, AccountDay, {"account_id": "ann", "business_day": TODAY}, rewards=REWARD + 7
        ),
        [
            f"account ann on {TODAY}: rewards is {in_words(REWARD + 7)},"
            f" its entries come to {in_words(REWARD)}"
        ],
    ),
    "a balance's sums of an open day": (
        lambda store: alter(
            store, Balance, {"account_id": "ann"}, open_days=f'{{"{TOMORROW}":[0,{REWARD + 7},0,0,0,1,4]}}'
        ),
        [
            f"account ann on {TOMORROW}: rewards is {in_words(REWARD + 7)},"
            f" its entries come to {in_words(REWARD)}"
        ],
    ),
    "a balance's sums of open days, beyond reading": (
        lambda store: alter(store, Balance, {"account_id": "ann"}, open_days="{"),
        ["account ann: the sums of its open days cannot be read"],
    ),
    "a row of an open day": (
        lambda store: store.transact([Put(AccountDay("ann", TOMORROW, fees=7))]),
        [
            f"account ann, in a row that nothing reads, on {TOMORROW}:"
            f" fees is {in_words(7)}, its entries come to {in_words(0)}"
        ],
    ),
    "a day total": (
        lambda store: alter(store, DayTotal, BOBS_TOTAL, payouts=9),
        [
            f"ledger: day totals come to {in_words(LEDGER_SUM - 9)}, entries to {in_words(LEDGER_SUM)}",
            f"the company's {TODAY}: payouts is {in_words(PAID + 9)}, its entries come to {in_words(PAID)}",
        ],
    ),
    "a source event posted twice": (
        lambda store: alter(store, Entry, {"account_id": "bob", "entry_number": 1}, source_event_id="e1"),
        [
            "account bob: entry 1: its content is not what was hashed",
            "ledger: 2 entries have the source_event_id e1",
        ],
    ),
    "a deleted balance": (
        lambda store: store.transact([Remove(Balance, {"account_id": "bob"})]),
        [
            f"ledger: balances come to {in_words(REWARD)}, entries to {in_words(LEDGER_SUM)}",
            "account bob: it has entries and no balance",
        ],
    ),
    "a deleted day total": (
        lambda store: store.transact([Remove(DayTotal, BOBS_TOTAL)]),
        [
            f"ledger: day totals come to {in_words(REWARD)}, entries to {in_words(LEDGER_SUM)}",
            f"the company's {TODAY}: entry_count is 3, its entries come to 4",
            f"the company's {TODAY}: fees is {in_words(FEE)}, its entries come to {in_words(2 * FEE)}",
        ],
    ),
}


def test_a_correct_ledger_is_exit_code_0_and_one_line(run: Callable[..., tuple[int, str]]) -> None:
    assert run() == (0, WELL)
    assert run("--account", "ann") == (0, "everything adds up (entries: 4, accounts: 1, days: 2)\n")
    code, said = run("--json")
    assert (code, json.loads(said)) == (0, {"entries": 5, "accounts": 3, "days": 2, "findings": []})


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_each_single_alteration_is_named(
    store: DynamoStore, run: Callable[..., tuple[int, str]], alteration: str
) -> None:
    change, expected = ALTERATIONS[alteration]
    change(store)
    code, said = run()
    count, *lines, repair, verdict = said.splitlines()
    assert lines == [f"  {each}" for each in expected]
    assert count == f"ledger: {len(expected)}"
    assert repair.startswith("  repair: ates restore accounting --to TIME")
    assert code == 1
    assert verdict.startswith("not everything adds up (entries: ")


def test_findings_are_in_the_json_report(store: DynamoStore, run: Callable[..., tuple[int, str]]) -> None:
    alter(store, Entry, ANN_2, title="Another task")
    code, said = run("--json", "--account", "ann")
    assert code == 1
    assert json.loads(said)["findings"] == [
        {"where": "account ann", "what": "entry 2: its content is not what was hashed"}
    ]


def test_one_account_can_be_verified_alone(store: DynamoStore, run: Callable[..., tuple[int, str]]) -> None:
    alter(store, Balance, {"account_id": "ann"}, last_hash="f" * 64)
    assert run("--account", "bob")[0] == 0
    code, said = run("--account", "ann")
    assert code == 1
    assert said.splitlines()[1] == "  account ann: the balance does not have the hash of the last entry"


def test_an_event_posted_twice_to_one_account_is_named(
    store: DynamoStore, run: Callable[..., tuple[int, str]]
) -> None:
    alter(store, Entry, {"account_id": "ann", "entry_number": 4}, source_event_id="e1")
    assert "ledger: 2 entries have the source_event_id e1" in run("--account", "ann")[1]


def test_an_unknown_account_is_bad_input(
    store: DynamoStore, aws: Aws, fake_time: FakeTime, run: Callable[..., tuple[int, str]]
) -> None:
    with pytest.raises(BadInput, match="the ledger has no account nobody"):
        ledger.recompute(LedgerTables(aws), "nobody", Output(True), fake_time.timer)
    assert run("--account", "nobody") == (2, "")
    assert run("--account", "idle")[0] == 0


NUMBER_1 = {"account_id": {"S": "bob"}, "entry_number": {"N": "1"}}


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("kind", {"S": "bonus"}, "its kind is 'bonus'"),
        ("amount", {"N": "15.5"}, "its amount is '15.5'"),
        ("amount", {"S": "1500"}, "its amount is '1500'"),
        ("hash", {"NULL": True}, "its hash is missing"),
        ("title", {"BOOL": True}, "its title is true"),
    ],
)
def test_an_unreadable_entry_is_named(
    store: DynamoStore, aws: Aws, run: Callable[..., tuple[int, str]], attribute: str, value: Any, said: str
) -> None:
    aws.dynamodb.update_item(
        TableName=f"{PREFIX}entries",
        Key=NUMBER_1,
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": attribute},
        ExpressionAttributeValues={":value": value},
    )
    code, lines = run()
    assert code == 1
    assert f"  account bob: entry 1 cannot be read: {said}" in lines.splitlines()


def test_an_unreadable_day_total_is_named(
    aws: Aws, capsys: pytest.CaptureFixture[str], run: Callable[..., tuple[int, str]]
) -> None:
    key = {"shard": {"N": "2"}, "business_day": {"S": TODAY}}
    total = key | {"fees": {"S": "x"}}
    aws.dynamodb.put_item(TableName=f"{PREFIX}day_totals".replace("_", "-"), Item=total)
    assert command_line.main(["verify", "--only", "ledger"]) == 1
    said = f"the day total of shard 2 on {TODAY} cannot be read: its fees is 'x'"
    assert capsys.readouterr().err.splitlines()[-1] == f"ates verify: {said}"


class Busy(LedgerTables):
    """Posts a fee after each call of `method`, up to `times`."""

    def __init__(self, aws: Aws, store: DynamoStore, method: str, times: int, account_id: str) -> None:
        super().__init__(aws)
        self._store, self._method, self._times, self._account_id = store, method, times, account_id
        self._posted = 0

    def account_ids(self) -> list[str]:
        return self._and_then("account_ids", super().account_ids())

    def balance(self, account_id: str) -> Balance | None:
        return self._and_then("balance", super().balance(account_id))

    def entries(self, account_id: str, after: int | None = None) -> list[Entry]:
        return self._and_then("entries", super().entries(account_id, after))

    def days(self, account_id: str) -> list[AccountDay]:
        return self._and_then("days", super().days(account_id))

    def totals(self) -> list[DayTotal]:
        self._and_then("before the totals", None)
        return self._and_then("totals", super().totals())

    def _and_then(self, method: str, answer: T) -> T:
        if method == self._method and self._posted < self._times:
            self._posted += 1
            event = assigned(f"busy-{self._posted}", self._account_id, at=NOON + timedelta(days=2))
            randomness = random.Random(event.event_id)
            assert on_task_event([event], self._store, Context(FakeClock(), randomness, ""), ZONE) == {}
        return answer


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the order of reads predictable."""
    monkeypatch.setattr(ledger, "THREADS", 1)


def recomputed(tables: LedgerTables, fake_time: FakeTime, account_id: str | None = None) -> Verified:
    return ledger.recompute(tables, account_id, Output(True), fake_time.timer)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("account_id", ["ann", "new"])
@pytest.mark.parametrize(
    ("method", "times"),
    [
        ("account_ids", 99),
        ("balance", 12),
        ("entries", 12),
        ("days", 12),
        ("totals", 99),
        ("before the totals", 99),
    ],
)
def test_entries_posted_meanwhile_are_not_findings(
    aws: Aws, store: DynamoStore, fake_time: FakeTime, method: str, times: int, account_id: str
) -> None:
    found = recomputed(Busy(aws, store, method, times, account_id), fake_time)
    assert found.findings == ()
    assert found.entries >= 5


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("method", "times"), [("days", 12), ("before the totals", 99)])
def test_an_alteration_is_found_while_entries_are_posted(
    aws: Aws, store: DynamoStore, fake_time: FakeTime, method: str, times: int
) -> None:
    alter(store, Entry, ANN_2, title="Another task")
    alter(store, DayTotal, BOBS_TOTAL, payouts=9)
    found = recomputed(Busy(aws, store, method, times, "ann"), fake_time)
    assert Finding("account ann", "entry 2: its content is not what was hashed") in found.findings
    assert (
        Finding(
            f"the company's {TODAY}",
            f"payouts is {in_words(PAID + 9)}, its entries come to {in_words(PAID)}",
        )
        in found.findings
    )


def test_an_account_that_keeps_changing_is_given_up(
    aws: Aws, store: DynamoStore, fake_time: FakeTime
) -> None:
    with pytest.raises(TimedOut, match="account ann kept changing"):
        recomputed(Busy(aws, store, "days", 1_000, "ann"), fake_time, "ann")
    assert len(fake_time.slept) == ledger.MAX_READS_OF_AN_ACCOUNT


def test_a_ledger_is_read_through_all_its_pages(
    aws: Aws, store: DynamoStore, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = aws.dynamodb
    real = client.get_paginator

    class Small:
        """A paginator with pages of one."""

        def __init__(self, name: str) -> None:
            self._paginator = real(name)

        def paginate(self, **arguments: Any) -> Any:
            return self._paginator.paginate(**arguments, PaginationConfig={"PageSize": 1})

    monkeypatch.setattr(client, "get_paginator", Small)
    found = recomputed(LedgerTables(aws), fake_time)
    assert (found.entries, found.accounts, found.days, found.findings) == (5, 3, 2, ())
