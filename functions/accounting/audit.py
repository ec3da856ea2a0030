"""Verifies a ledger: everything that is stored twice is worked out again from the entries, and compared."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from functions.accounting.domain import (
    GENESIS,
    KINDS,
    SUMS,
    AccountDay,
    Balance,
    DayTotal,
    Entry,
    net,
    signed,
    total_shard,
    verify_chain,
)

Entries = Mapping[str, Sequence[Entry]]
"""By account_id, in the order of their numbers."""

Columns = dict[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong and where: an account, a business day, or the whole ledger."""

    where: str
    what: str


def verify(
    entries: Entries,
    balances: Iterable[Balance],
    account_days: Iterable[AccountDay],
    day_totals: Iterable[DayTotal],
) -> list[Finding]:
    """All that is wrong; empty for a ledger that is right."""
    by_account = {balance.account_id: balance for balance in balances}
    totals = list(day_totals)
    return [
        *_sums(entries, by_account.values(), totals),
        *_accounts(entries, by_account),
        *_repeats(entry for own in entries.values() for entry in own),
        *_differences(_days(entries), dict(map(_stored_day, account_days))),
        *_differences(_totals(entries), dict(map(_stored_total, totals))),
    ]


def _sums(entries: Entries, balances: Iterable[Balance], totals: Sequence[DayTotal]) -> Iterator[Finding]:
    """Three sums that are kept apart, and must be one."""
    of_entries = sum(signed(entry) for own in entries.values() for entry in own)
    of_balances = sum(balance.balance for balance in balances)
    of_totals = sum(net(total) for total in totals)
    if of_balances != of_entries:
        yield Finding("ledger", f"balances come to {of_balances}, entries to {of_entries}")
    if of_totals != of_entries:
        yield Finding("ledger", f"day totals come to {of_totals}, entries to {of_entries}")


def _accounts(entries: Entries, balances: Mapping[str, Balance]) -> Iterator[Finding]:
    for account_id in sorted({*entries, *balances}):
        for what in _account(account_id, entries.get(account_id, ()), balances.get(account_id)):
            yield Finding(f"account {account_id}", what)


def _account(account_id: str, entries: Sequence[Entry], balance: Balance | None) -> Iterator[str]:
    for fault in verify_chain(account_id, entries):
        yield f"entry {fault}"
    if balance is None:
        yield "it has entries and no balance"
        return
    amount = sum(signed(entry) for entry in entries)
    if balance.balance != amount:
        yield f"the balance is {balance.balance}, its entries come to {amount}"
    last = entries[-1].entry_number if entries else 0
    if balance.last_entry_number != last:
        yield f"the balance follows entry {balance.last_entry_number}, the last one is {last}"
    if balance.last_hash != (entries[-1].hash if entries else GENESIS):
        yield "the balance does not have the hash of the last entry"
    yield from _unpaid(entries, balance.closed_through)


def _unpaid(entries: Sequence[Entry], closed_through: str) -> Iterator[str]:
    """A closed day ends with nothing or a debt."""
    nets: Counter[str] = Counter()
    for entry in entries:
        nets[entry.business_day] += signed(entry)
    end = 0
    for day in sorted(day for day in nets if day <= closed_through):
        end += nets[day]
        if end > 0:
            yield f"{day} is closed and ended with {end} that were not paid out"


def _repeats(entries: Iterable[Entry]) -> Iterator[Finding]:
    """One entry per source event, one correction per entry, one id per entry."""
    seen: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        seen["entry_id", entry.entry_id] += 1
        seen["source_event_id", entry.source_event_id or ""] += entry.source_event_id is not None
        seen["corrects_entry_id", entry.corrects_entry_id or ""] += entry.corrects_entry_id is not None
    for (name, value), count in seen.items():
        if count > 1:
            yield Finding("ledger", f"{count} entries have the {name} {value}")


def _days(entries: Entries) -> dict[str, Columns]:
    groups = _grouped(entries, lambda entry: f"account {entry.account_id} on {entry.business_day}")
    numbers = {where: max(entry.entry_number for entry in own) for where, own in groups.items()}
    return {where: {**_columns(own), "last_entry_number": numbers[where]} for where, own in groups.items()}


def _totals(entries: Entries) -> dict[str, Columns]:
    groups = _grouped(entries, lambda entry: f"shard {total_shard(entry.account_id)} on {entry.business_day}")
    return {where: _columns(own) for where, own in groups.items()}


def _grouped(entries: Entries, where: Callable[[Entry], str]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for own in entries.values():
        for entry in own:
            groups[where(entry)].append(entry)
    return groups


def _columns(entries: Sequence[Entry]) -> Columns:
    columns = dict.fromkeys(SUMS, 0)
    for entry in entries:
        columns[KINDS[entry.kind].column] += entry.amount
    return {**columns, "entry_count": len(entries)}


def _stored_day(day: AccountDay) -> tuple[str, Columns]:
    columns = {name: getattr(day, name) for name in (*SUMS, "entry_count", "last_entry_number")}
    return f"account {day.account_id} on {day.business_day}", columns


def _stored_total(total: DayTotal) -> tuple[str, Columns]:
    """The number of closed accounts is left out: no entry tells it."""
    columns = {name: getattr(total, name) for name in (*SUMS, "entry_count")}
    return f"shard {total.shard} on {total.business_day}", columns


def _differences(expected: Mapping[str, Columns], stored: Mapping[str, Columns]) -> Iterator[Finding]:
    """A row that is missing counts as one of zeros."""
    for where in sorted({*expected, *stored}):
        wanted, given = expected.get(where, {}), stored.get(where, {})
        for name in sorted({*wanted, *given}):
            if given.get(name, 0) != wanted.get(name, 0):
                what = f"{name} is {given.get(name, 0)}, its entries come to {wanted.get(name, 0)}"
                yield Finding(where, what)
