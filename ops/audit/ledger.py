"""Recomputes the ledger from its entries, while the product writes.

Every posting to an account changes its balance in the same transaction, so what is read between two equal
balances is consistent. The company's day totals only grow, so the sums of the entries must lie between the
totals read before and the totals read after.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from rich.text import Text

from functions.accounting.audit import Audited, Books, Finding, audited, ledger_findings, repeats
from functions.accounting.ledger import KINDS
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from ops.audit import grouped
from ops.console.errors import BadInput, CommandFailed, TimedOut
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage.aws import Aws
from shared.guards import SENTINEL
from shared.store import chunks

THREADS = 8
ACCOUNTS_AT_ONCE = 200
# If an account changed between two reads, the next read continues after the last entry.
MAX_READS_OF_AN_ACCOUNT = 20
PAUSE_SECONDS = 0.05
# If the totals changed, all is read again; the last read is compared with the totals around it.
MAX_READS_OF_THE_LEDGER = 3

R = TypeVar("R", Entry, Balance, AccountDay, DayTotal)
TypedItem = Mapping[str, Mapping[str, Any]]

NAMES: Mapping[type[Any], str] = {
    Entry: "entry {entry_number}",
    Balance: "the balance",
    AccountDay: "the day {business_day}",
    DayTotal: "the day total of shard {shard} on {business_day}",
}


class UnreadableLedgerRow(CommandFailed):
    """A row that accounting cannot have written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked and what is wrong; `days` counts the business days with entries."""

    entries: int
    accounts: int
    days: int
    findings: tuple[Finding, ...]

    def json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("entries", "accounts", "days")}
        return counts | {"findings": [{"where": each.where, "what": each.what} for each in self.findings]}


class LedgerTables:
    """Accounting's tables, read strongly consistent; raises UnreadableLedgerRow."""

    def __init__(self, aws: Aws) -> None:
        self._client: Any = aws.dynamodb
        self._target = aws.target

    def account_ids(self) -> list[str]:
        """All accounts that have a balance, a day or an entry."""
        found: set[str] = set()
        for table in ("balances", "account_days", "entries"):
            pages = self._client.get_paginator("scan").paginate(
                TableName=self._name(table), ConsistentRead=True, ProjectionExpression="account_id"
            )
            found.update(item["account_id"]["S"] for page in pages for item in page["Items"])
        return sorted(found - {SENTINEL})

    def balance(self, account_id: str) -> Balance | None:
        key = {"account_id": {"S": account_id}}
        answer = self._client.get_item(TableName=self._name("balances"), Key=key, ConsistentRead=True)
        return ledger_row(Balance, answer["Item"]) if "Item" in answer else None

    def entries(self, account_id: str, after: int | None = None) -> list[Entry]:
        above = {} if after is None else {"entry_number": {"N": str(after)}}
        return list(self._rows(Entry, "entries", {"account_id": {"S": account_id}}, above))

    def days(self, account_id: str) -> list[AccountDay]:
        return list(self._rows(AccountDay, "account_days", {"account_id": {"S": account_id}}))

    def totals(self) -> list[DayTotal]:
        """Those of all shards, however many the stage reads."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name("day_totals"), ConsistentRead=True
        )
        rows = [ledger_row(DayTotal, item) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: (row.shard, row.business_day))

    def _rows(
        self, kind: type[R], table: str, partition: TypedItem, above: TypedItem | None = None
    ) -> Iterator[R]:
        keys = {**partition, **(above or {})}
        conditions = [f"#{name} {'=' if name in partition else '>'} :{name}" for name in keys]
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name(table),
            ConsistentRead=True,
            KeyConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames={f"#{name}": name for name in keys},
            ExpressionAttributeValues={f":{name}": value for name, value in keys.items()},
        )
        yield from (ledger_row(kind, item) for page in pages for item in page["Items"])

    def _name(self, table: str) -> str:
        return self._target.name("accounting", table)


def recompute(tables: LedgerTables, account_id: str | None, out: Output, timer: Timer) -> Verified:
    """The whole ledger, or one account without the company's totals; BadInput for an unknown account."""
    if account_id is None:
        return _whole(tables, out, timer)
    account = _audited(tables, account_id, timer)
    if not (account.entry_count or account.findings or tables.balance(account_id)):
        raise BadInput(f"the ledger has no account {account_id}")
    return _verified([account], [*account.findings, *repeats([account])])


def words(found: Verified, most: int | None = None) -> list[Text]:
    """The findings, at most this many, then the verdict."""
    findings = [(grouped.LEDGER, f"{each.where}: {each.what}") for each in found.findings]
    counts = f"entries: {found.entries}, accounts: {found.accounts}, days: {found.days}"
    verdict = "not everything adds up" if findings else "everything adds up"
    return [*grouped.lines(findings, most), Text(f"{verdict} ({counts})")]


def ledger_row(kind: type[R], item: TypedItem) -> R:
    """Raises UnreadableLedgerRow for a missing field, a wrong type or an unknown kind of entry."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        value = _value(item.get(field.name))
        if value is None and field.default is not MISSING:
            continue
        known = field.name != "kind" or value in KINDS
        if not known or not isinstance(value, field.type):  # type: ignore[arg-type]
            name = NAMES[kind].format_map({key: _value(typed) for key, typed in item.items()})
            raise UnreadableLedgerRow(f"{name} cannot be read: its {field.name} is {_shown(value)}")
        values[field.name] = value
    return kind(**values)


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _value(typed: Mapping[str, Any] | None) -> Any:
    """The plain value; a number that is not whole stays a string."""
    ((kind, value),) = (typed or {"NULL": True}).items()
    if kind == "NULL":
        return None
    return int(value) if kind == "N" and value.lstrip("-").isdecimal() else value


def _whole(tables: LedgerTables, out: Output, timer: Timer) -> Verified:
    found: list[Audited] = []
    before = after = tables.totals()
    with out.bar("verifying accounts") as bar:
        for _ in range(MAX_READS_OF_THE_LEDGER):
            before, wanted = after, tables.account_ids()
            bar.restart(len(wanted))
            found = _all_audited(tables, wanted, timer, bar.advance)
            after = tables.totals()
            if after == before:
                break
    return _verified(found, ledger_findings(found, before, after))


def _verified(accounts: Sequence[Audited], findings: Iterable[Finding]) -> Verified:
    return Verified(
        entries=sum(account.entry_count for account in accounts),
        accounts=len(accounts),
        days=len({day for account in accounts for day in account.days}),
        findings=tuple(findings),
    )


def _all_audited(
    tables: LedgerTables, account_ids: Sequence[str], timer: Timer, done: Callable[[], None]
) -> list[Audited]:
    """Calls `done` after each account; an interruption starts no further account."""

    def work(account_id: str) -> Audited:
        account = _audited(tables, account_id, timer)
        done()
        return account

    with ThreadPoolExecutor(THREADS) as pool:
        groups = chunks(account_ids, ACCOUNTS_AT_ONCE)
        return [account for group in groups for account in pool.map(work, group)]


def _audited(tables: LedgerTables, account_id: str, timer: Timer) -> Audited:
    try:
        return audited(_books(tables, account_id, timer))
    except UnreadableLedgerRow as found:
        return Audited(account_id, [Finding(f"account {account_id}", str(found))], 0, 0, 0, {}, ())


def _books(tables: LedgerTables, account_id: str, timer: Timer) -> Books:
    """An account as read between two equal balances; raises TimedOut if it keeps changing."""
    before, entries = tables.balance(account_id), list[Entry]()
    for _ in range(MAX_READS_OF_AN_ACCOUNT):
        entries += tables.entries(account_id, entries[-1].entry_number if entries else None)
        days = tables.days(account_id)
        after = tables.balance(account_id)
        if after == before:
            return Books(account_id, entries, after, days)
        before = after
        timer.sleep(PAUSE_SECONDS)
    raise TimedOut(f"account {account_id} kept changing while it was read; try again")
