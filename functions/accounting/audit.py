"""Verifies a ledger: computes everything derived from the entries again, and compares."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from functions.accounting.account_days import joined
from functions.accounting.ledger import (
    GENESIS,
    KINDS,
    SUMS,
    LedgerBroken,
    balance_key,
    net,
    signed,
    verify_chain,
)
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from shared.frozen import Frozen
from shared.money import in_words

Entries = Mapping[str, Sequence[Entry]]
"""By account_id, in the order of their numbers."""

Columns = dict[str, int]


class Finding(Frozen):
    """What is wrong and where: an account, a business day, or the whole ledger."""

    where: str
    what: str


class Books(Frozen):
    """All rows of one account, as of one instant."""

    account_id: str
    entries: Sequence[Entry]
    balance: Balance | None
    days: Sequence[AccountDay]


class Audited(Frozen):
    """An account's findings, and its part in the checks of the whole ledger; `amount` is its entries' sum."""

    account_id: str
    findings: Sequence[Finding]
    amount: int
    balance: int
    entry_count: int
    days: Mapping[str, Columns]
    ids: Sequence[tuple[str, str]]


def verify(
    entries: Entries,
    balances: Iterable[Balance],
    account_days: Iterable[AccountDay],
    day_totals: Iterable[DayTotal],
) -> list[Finding]:
    """All that is wrong with a ledger to which nothing is posted meanwhile."""
    by_account = {balance.account_id: balance for balance in balances}
    days: dict[str, list[AccountDay]] = defaultdict(list)
    for day in account_days:
        days[day.account_id].append(day)
    accounts = [
        audited(Books(account_id, entries.get(account_id, ()), by_account.get(account_id), days[account_id]))
        for account_id in sorted({*entries, *by_account, *days})
    ]
    totals = list(day_totals)
    return ledger_findings(accounts, totals, totals)


def audited(books: Books) -> Audited:
    """Check one account by itself."""
    days = _days(books.entries)
    where = f"account {books.account_id}"
    own = [Finding(where, what) for what in _account(books)]
    return Audited(
        account_id=books.account_id,
        findings=[*own, *_account_days(books)],
        amount=sum(map(signed, books.entries)),
        balance=books.balance.balance if books.balance else 0,
        entry_count=len(books.entries),
        days=days,
        ids=[each for entry in books.entries for each in _ids(entry)],
    )


def ledger_findings(
    accounts: Sequence[Audited], before: Sequence[DayTotal], after: Sequence[DayTotal]
) -> list[Finding]:
    """All findings, those of the accounts included.

    `before` and `after` are the day totals as read before and after the accounts. They only grow, so the
    sums of the entries must lie between the two.
    """
    return [
        *_sums(accounts, before, after),
        *(finding for account in accounts for finding in account.findings),
        *repeats(accounts),
        *_differences(
            _totals(accounts),
            _stored_totals(before),
            _stored_totals(after),
            lambda day: f"the company's {day}",
        ),
    ]


def _sums(
    accounts: Sequence[Audited], before: Sequence[DayTotal], after: Sequence[DayTotal]
) -> Iterator[Finding]:
    """Compare three sums that are stored separately; totals that changed are compared by column instead."""
    of_entries = sum(account.amount for account in accounts)
    of_balances = sum(account.balance for account in accounts)
    of_totals = sum(map(net, after))
    if of_balances != of_entries:
        yield Finding(
            "ledger", f"balances come to {in_words(of_balances)}, entries to {in_words(of_entries)}"
        )
    if of_totals != of_entries and _stored_totals(before) == _stored_totals(after):
        yield Finding(
            "ledger", f"day totals come to {in_words(of_totals)}, entries to {in_words(of_entries)}"
        )


def _account(books: Books) -> Iterator[str]:
    entries, balance = books.entries, books.balance
    for fault in verify_chain(books.account_id, entries):
        yield f"entry {fault}"
    if balance is None:
        if entries:
            yield "it has entries and no balance"
        return
    amount = sum(map(signed, entries))
    if balance.balance != amount:
        yield f"the balance is {in_words(balance.balance)}, its entries come to {in_words(amount)}"
    keys = {balance_key(each, books.account_id) for each in (amount, balance.balance)}
    if balance.balance_key is not None and balance.balance_key not in keys:
        yield "the balance is indexed under another amount"
    last = entries[-1].entry_number if entries else 0
    if balance.last_entry_number != last:
        yield f"the balance follows entry {balance.last_entry_number}, the last one is {last}"
    if balance.last_hash != (entries[-1].hash if entries else GENESIS):
        yield "the balance does not have the hash of the last entry"
    yield from _unpaid(entries, balance.closed_through)


def _account_days(books: Books) -> Iterator[Finding]:
    """Compare the sums of days; also rows of open days from before the balance had their sums."""
    where = f"account {books.account_id}"
    try:
        days = joined(books.balance, books.days)
    except LedgerBroken:
        yield Finding(where, "the sums of its open days cannot be read")
        return
    yield from _differing_days(books.entries, days, where)
    for row in (row for row in books.days if row not in days):
        until_then = [each for each in books.entries if each.entry_number <= row.last_entry_number]
        of_day = [each for each in until_then if each.business_day == row.business_day]
        yield from _differing_days(of_day, [row], f"{where}, in a row that nothing reads,")


def _differing_days(entries: Sequence[Entry], days: Iterable[AccountDay], where: str) -> Iterator[Finding]:
    stored = {day.business_day: _stored(day, "last_entry_number") for day in days}
    expected = _last_numbers(entries, _days(entries))
    return _differences(expected, stored, stored, lambda day: f"{where} on {day}")


def _unpaid(entries: Sequence[Entry], closed_through: str) -> Iterator[str]:
    """A closed day must end with zero or a debt."""
    nets: Counter[str] = Counter()
    for entry in entries:
        nets[entry.business_day] += signed(entry)
    end = 0
    for day in sorted(day for day in nets if day <= closed_through):
        end += nets[day]
        if end > 0:
            yield f"{day} is closed and ended with {in_words(end)} not paid out"


def _ids(entry: Entry) -> Iterator[tuple[str, str]]:
    """The values that must be unique: the entry's id, its source event, the entry that it corrects."""
    for name in ("entry_id", "source_event_id", "corrects_entry_id"):
        value = getattr(entry, name)
        if value is not None:
            yield name, value


def repeats(accounts: Iterable[Audited]) -> Iterator[Finding]:
    """Values that several entries have, though they must be unique."""
    counts = Counter(each for account in accounts for each in account.ids)
    for (name, value), count in counts.items():
        if count > 1:
            yield Finding("ledger", f"{count} entries have the {name} {value}")


def _days(entries: Sequence[Entry]) -> dict[str, Columns]:
    days: dict[str, Columns] = {}
    for entry in entries:
        columns = days.setdefault(entry.business_day, dict.fromkeys((*SUMS, "entry_count"), 0))
        columns[KINDS[entry.kind].column] += entry.amount
        columns["entry_count"] += 1
    return days


def _last_numbers(entries: Sequence[Entry], days: Mapping[str, Columns]) -> dict[str, Columns]:
    numbers = {entry.business_day: entry.entry_number for entry in entries}
    return {day: {**columns, "last_entry_number": numbers[day]} for day, columns in days.items()}


def _totals(accounts: Iterable[Audited]) -> dict[str, Columns]:
    return _by_day((day, columns) for account in accounts for day, columns in account.days.items())


def _stored_totals(totals: Iterable[DayTotal]) -> dict[str, Columns]:
    """The number of closed accounts is left out: it does not follow from entries."""
    return _by_day((total.business_day, _stored(total)) for total in totals)


def _by_day(parts: Iterable[tuple[str, Columns]]) -> dict[str, Columns]:
    """All shards together: a posting's shard depends on who was posted to with it, and on their number."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for day, columns in parts:
        days[day].update(columns)
    return {day: dict(columns) for day, columns in days.items()}


def _stored(day: AccountDay | DayTotal, *others: str) -> Columns:
    return {name: getattr(day, name) for name in (*SUMS, "entry_count", *others)}


def _differences(
    expected: Mapping[str, Columns],
    before: Mapping[str, Columns],
    after: Mapping[str, Columns],
    where: Callable[[str], str],
) -> Iterator[Finding]:
    """A missing row counts as zeros."""
    for key in sorted({*expected, *before, *after}):
        wanted, least, most = expected.get(key, {}), before.get(key, {}), after.get(key, {})
        for name in sorted({*wanted, *least, *most}):
            amount = wanted.get(name, 0)
            if not least.get(name, 0) <= amount <= most.get(name, 0):
                stored = _said(name, most.get(name, 0))
                yield Finding(where(key), f"{name} is {stored}, its entries come to {_said(name, amount)}")


def _said(column: str, value: int) -> str:
    """An amount as money, a number as it is."""
    return in_words(value) if column in SUMS else str(value)
