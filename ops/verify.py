"""`ates verify`: works the ledger out again from its entries and says what does not add up, and where.

It reads while the product writes. Whatever is posted to an account changes its balance in the same
transaction: what was read between two equal balances is as it was at one instant. The company's day totals
only grow: what the entries come to lies between the totals as they were before and after.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from functions.accounting.audit import Audited, Books, Finding, audited, ledger_findings, repeats
from functions.accounting.ledger import KINDS, TOTAL_SHARDS, total_shard
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from ops import verify_agreement
from ops.aws import Aws
from ops.errors import BadInput, CommandFailed, TimedOut
from ops.output import Output
from ops.wait import Timer
from shared.guards import SENTINEL
from shared.store import chunks

THREADS = 8
ACCOUNTS_AT_ONCE = 200
# An account that moved between two reads is read on from where the last one ended.
MAX_READS_OF_AN_ACCOUNT = 20
PAUSE_SECONDS = 0.05
# A shard whose totals moved is read again; the last read is judged by the totals around it.
MAX_READS_OF_A_SHARD = 3

Half = Literal["ledger", "agreement"]
Row = TypeVar("Row", Entry, Balance, AccountDay, DayTotal)
Item = Mapping[str, Mapping[str, Any]]
Totals = Mapping[int, Sequence[DayTotal]]

NAMES: Mapping[type[Any], str] = {
    Entry: "entry {entry_number}",
    Balance: "the balance",
    AccountDay: "the day {business_day}",
    DayTotal: "the day total of shard {shard} on {business_day}",
}


class UnreadableRow(CommandFailed):
    """A row that accounting could not have written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it; `days` are business days with entries."""

    entries: int
    accounts: int
    days: int
    findings: tuple[Finding, ...]

    def json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("entries", "accounts", "days")}
        return counts | {"findings": [{"where": each.where, "what": each.what} for each in self.findings]}


class Ledger:
    """Accounting's tables, strongly consistent, page by page; raises UnreadableRow."""

    def __init__(self, aws: Aws) -> None:
        self._client: Any = aws.dynamodb
        self._target = aws.target

    def account_ids(self) -> list[str]:
        """Every account that has a balance, a day or an entry."""
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
        return row_of(Balance, answer["Item"]) if "Item" in answer else None

    def entries(self, account_id: str, after: int | None = None) -> list[Entry]:
        above = {} if after is None else {"entry_number": {"N": str(after)}}
        return list(self._rows(Entry, "entries", {"account_id": {"S": account_id}}, above))

    def days(self, account_id: str) -> list[AccountDay]:
        return list(self._rows(AccountDay, "account_days", {"account_id": {"S": account_id}}))

    def totals(self) -> Totals:
        """By shard."""
        shards = range(TOTAL_SHARDS)
        return {n: list(self._rows(DayTotal, "day_totals", {"shard": {"N": str(n)}})) for n in shards}

    def _rows(self, kind: type[Row], table: str, partition: Item, above: Item | None = None) -> Iterator[Row]:
        keys = {**partition, **(above or {})}
        conditions = [f"#{name} {'=' if name in partition else '>'} :{name}" for name in keys]
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name(table),
            ConsistentRead=True,
            KeyConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames={f"#{name}": name for name in keys},
            ExpressionAttributeValues={f":{name}": value for name, value in keys.items()},
        )
        yield from (row_of(kind, item) for page in pages for item in page["Items"])

    def _name(self, table: str) -> str:
        return self._target.name("accounting", table)


def everything(
    aws: Aws,
    account_id: str | None,
    only: Half | None,
    out: Output,
    timer: Timer,
    also: Mapping[str, Any] | None = None,
) -> bool:
    """Reports the ledger and then the agreement of the services, in one document; whether all is right.

    `also` is put into the document.
    """
    ledger = None if only == "agreement" else verify(Ledger(aws), account_id, out, timer)
    with_agreement = only != "ledger" and account_id is None
    agreement = verify_agreement.agree(aws, out, timer) if with_agreement else None
    document = {**(also or {}), **(ledger.json() if ledger else {})} | (
        {"agreement": agreement.json()} if agreement else {}
    )
    lines = [*(words(ledger) if ledger else ()), *(verify_agreement.words(agreement) if agreement else ())]
    out.result(document, *lines)
    return not any(half.findings for half in (ledger, agreement) if half)


def verify(ledger: Ledger, account_id: str | None, out: Output, timer: Timer) -> Verified:
    """The whole ledger, or one account (the company's totals left out); raises BadInput if there is none."""
    if account_id is None:
        return _whole(ledger, out, timer)
    account = _audited(ledger, account_id, timer)
    if not (account.entry_count or account.findings or ledger.balance(account_id)):
        raise BadInput(f"the ledger has no account {account_id}")
    return _verified([account], [*account.findings, *repeats([account])])


def words(found: Verified) -> list[Text]:
    """A line for whatever does not add up, then what was looked at."""
    lines = [Text(f"{finding.where}: {finding.what}") for finding in found.findings]
    counts = f"entries: {found.entries}, accounts: {found.accounts}, days: {found.days}"
    verdict = "not everything adds up" if lines else "everything adds up"
    return [*lines, Text(f"{verdict} ({counts})")]


def progress_bar(out: Output) -> Progress:
    columns = (TextColumn("verifying accounts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=out.progress, transient=True)


def row_of(kind: type[Row], item: Item) -> Row:
    """Raises UnreadableRow for what is missing, of another type, or an unknown kind of entry."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        value = _value(item.get(field.name))
        if value is None and field.default is not MISSING:
            continue
        known = field.name != "kind" or value in KINDS
        if not known or not isinstance(value, field.type):  # type: ignore[arg-type]
            name = NAMES[kind].format_map({key: _value(typed) for key, typed in item.items()})
            raise UnreadableRow(f"{name} cannot be read: its {field.name} is {value!r}")
        values[field.name] = value
    return kind(**values)


def _value(typed: Mapping[str, Any] | None) -> Any:
    """Of a number only a whole one; as it came, otherwise."""
    ((kind, value),) = (typed or {"NULL": True}).items()
    if kind == "NULL":
        return None
    return int(value) if kind == "N" and value.lstrip("-").isdecimal() else value


def _whole(ledger: Ledger, out: Output, timer: Timer) -> Verified:
    accounts: dict[str, Audited] = {}
    before = after = ledger.totals()
    moved: Iterable[int] = range(TOTAL_SHARDS)
    with progress_bar(out) as bar:
        shown = bar.add_task("", total=None)
        for _ in range(MAX_READS_OF_A_SHARD):
            before = {**before, **{shard: after[shard] for shard in moved}}
            wanted = [each for each in ledger.account_ids() if total_shard(each) in moved]
            bar.reset(shown, total=len(wanted))
            accounts |= _all_audited(ledger, wanted, timer, lambda: bar.advance(shown))
            after = ledger.totals()
            moved = [shard for shard in after if after[shard] != before[shard]]
            if not moved:
                break
    found = list(accounts.values())
    return _verified(found, ledger_findings(found, _flat(before), _flat(after)))


def _flat(totals: Totals) -> list[DayTotal]:
    return [total for shard in totals.values() for total in shard]


def _verified(accounts: Sequence[Audited], findings: Iterable[Finding]) -> Verified:
    return Verified(
        entries=sum(account.entry_count for account in accounts),
        accounts=len(accounts),
        days=len({day for account in accounts for day in account.days}),
        findings=tuple(findings),
    )


def _all_audited(
    ledger: Ledger, account_ids: Sequence[str], timer: Timer, done: Callable[[], None]
) -> dict[str, Audited]:
    """`done` is called for each; what is not begun when somebody interrupts is not begun any more."""

    def work(account_id: str) -> Audited:
        account = _audited(ledger, account_id, timer)
        done()
        return account

    with ThreadPoolExecutor(THREADS) as pool:
        groups = chunks(account_ids, ACCOUNTS_AT_ONCE)
        return {account.account_id: account for group in groups for account in pool.map(work, group)}


def _audited(ledger: Ledger, account_id: str, timer: Timer) -> Audited:
    try:
        return audited(_books(ledger, account_id, timer))
    except UnreadableRow as found:
        return Audited(account_id, [Finding(f"account {account_id}", str(found))], 0, 0, 0, {}, ())


def _books(ledger: Ledger, account_id: str, timer: Timer) -> Books:
    """An account between two equal balances; raises TimedOut for one that never stands still."""
    before, entries = ledger.balance(account_id), list[Entry]()
    for _ in range(MAX_READS_OF_AN_ACCOUNT):
        entries += ledger.entries(account_id, entries[-1].entry_number if entries else None)
        days = ledger.days(account_id)
        after = ledger.balance(account_id)
        if after == before:
            return Books(account_id, entries, after, days)
        before = after
        timer.sleep(PAUSE_SECONDS)
    raise TimedOut(f"account {account_id} kept moving while it was read; try again")
