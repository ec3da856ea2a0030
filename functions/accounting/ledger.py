"""Decisions about the ledger, as pure functions."""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Protocol

from functions.accounting.rows import BALANCES, AccountDay, Balance, Entry, Price
from shared.clock import next_day, previous_day
from shared.frozen import Frozen
from shared.ids import shard_of
from shared.money import CURRENCY, dollars

FEE_DOLLARS = (10, 20)
REWARD_DOLLARS = (20, 40)

LISTING_SHARDS = 4

CHARGED_MARK = "accounting.on_task_event"
CORRECTED_MARK = "accounting.correct_entry"
PAID_MARK = "accounting.book_payout"
PRICED_MARK = "accounting.prices"
"""Prefixes of inbox marks; they must never change."""

_ZERO = 10**18
ZERO_BALANCE_KEY = str(_ZERO)
"""The first key of balances that are not below zero."""

GENESIS = "0" * 64
"""`prev_hash` of an account's first entry."""


class AccountingError(Exception):
    """The base of this service's errors."""


class NotFound(AccountingError):
    """There is no such account, entry or close."""


class NotCorrectable(AccountingError):
    """Only a fee or a reward can be corrected."""


class AlreadyCorrected(AccountingError):
    """The entry is corrected already."""


class LedgerBroken(AccountingError):
    """An invariant would not hold: nothing is written, and an operator must find out why."""


class Started(Frozen):
    """How many accounts were open, and through which day they are being closed; None if none was open."""

    through: str | None
    accounts: int


class Kind(Frozen):
    """An entry kind's effect: sign for the account, company account, and column of the day's sums."""

    sign: int
    company_account: str
    column: str


ASSIGNMENT_FEE = "assignment_fee"
COMPLETION_REWARD = "completion_reward"
PAYOUT = "payout"
FEE_CORRECTION = "fee_correction"
REWARD_CORRECTION = "reward_correction"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        ASSIGNMENT_FEE: Kind(-1, "company:fees", "fees"),
        COMPLETION_REWARD: Kind(+1, "company:rewards", "rewards"),
        PAYOUT: Kind(-1, "company:payouts", "payouts"),
        FEE_CORRECTION: Kind(+1, "company:fees", "fee_corrections"),
        REWARD_CORRECTION: Kind(-1, "company:rewards", "reward_corrections"),
    }
)
CORRECTIONS: Mapping[str, str] = MappingProxyType(
    {ASSIGNMENT_FEE: FEE_CORRECTION, COMPLETION_REWARD: REWARD_CORRECTION}
)
SUMS = tuple(kind.column for kind in KINDS.values())

_OPEN_DAY = (
    "fees",
    "rewards",
    "fee_corrections",
    "reward_corrections",
    "payouts",
    "entry_count",
    "last_entry_number",
)
"""What a balance has of an open day; the order must never change."""


class Sums(Protocol):
    """The sums of a day, of an account or the company, in cents."""

    @property
    def fees(self) -> int: ...
    @property
    def rewards(self) -> int: ...
    @property
    def fee_corrections(self) -> int: ...
    @property
    def reward_corrections(self) -> int: ...
    @property
    def payouts(self) -> int: ...


class Draft(Frozen):
    """An entry without its place in the account's chain; `day` is its source's business day."""

    entry_id: str
    kind: str
    amount: int
    day: str
    source_occurred_at: str
    source_event_id: str | None = None
    task_id: str | None = None
    title: str | None = None
    jira_id: str | None = None
    corrects_entry_id: str | None = None
    corrected_by: str | None = None
    reason: str | None = None


class Posted(Frozen):
    """New entries, and the balance after them; `closed_day` has the sums that a close takes out of it."""

    entries: tuple[Entry, ...]
    balance: Balance
    closed_day: AccountDay | None = None


class DayClose(Frozen):
    """The result of closing a day for one account; `entry_count` is without the payout."""

    business_day: str
    earned: int
    end_balance: int
    entry_count: int
    last_entry_number: int | None

    @property
    def paid_out(self) -> int:
        return max(0, self.end_balance)

    @property
    def carried_over(self) -> int:
        return min(0, self.end_balance)


def draw_price(task_id: str, randomness: random.Random, drawn_at: str) -> Price:
    """Fee and reward, each uniform over whole dollars, both ends included."""
    fee = dollars(randomness.randint(*FEE_DOLLARS))
    return Price(task_id, fee, dollars(randomness.randint(*REWARD_DOLLARS)), drawn_at)


def listing_shard(account_id: str) -> int:
    return shard_of(account_id, LISTING_SHARDS)


def new_balance(account_id: str, first_day: str) -> Balance:
    """An account without entries, whose first open day is `first_day`."""
    shard, key = BALANCES.default.of(account_id), balance_key(0, account_id)
    return Balance(account_id, 0, 0, GENESIS, previous_day(first_day), shard, key)


def balance_key(balance: int, account_id: str) -> str:
    """Sorts accounts by balance, the deepest debt first, then by account_id."""
    return f"{_ZERO + balance:0{len(ZERO_BALANCE_KEY)}d}#{account_id}"


def open_day(day: str, closed_through: str) -> str:
    """The source's business day, or the first open day if that is closed."""
    return day if day > closed_through else next_day(closed_through)


def open_days(balance: Balance) -> list[AccountDay] | None:
    """The sums of all days after `closed_through` that have entries, in order; None if they are in rows.

    In the balance they are JSON, such as `{"2026-11-22":[1500,3000,0,0,0,2,17]}`. Raises LedgerBroken.
    """
    if balance.open_days is None:
        return None
    try:
        found = sorted(json.loads(balance.open_days).items())
        return [_open_day(balance.account_id, day, numbers) for day, numbers in found]
    except (AttributeError, TypeError, ValueError) as error:
        raise LedgerBroken(f"{balance.account_id}: the sums of its open days cannot be read") from error


def _open_day(account_id: str, day: str, numbers: Sequence[int]) -> AccountDay:
    if not all(type(number) is int for number in numbers):
        raise ValueError(f"{day}: {numbers}")
    return AccountDay(account_id, day, **dict(zip(_OPEN_DAY, numbers, strict=True)))


def with_open_days(balance: Balance, days: Iterable[AccountDay]) -> Balance:
    """The balance with these sums in place of its own."""
    numbers = {day.business_day: [getattr(day, name) for name in _OPEN_DAY] for day in days}
    return replace(balance, open_days=json.dumps(numbers, sort_keys=True, separators=(",", ":")))


def _with_entries(balance: Balance, entries: Iterable[Entry]) -> Balance:
    """Add entries to the sums of their days, if the balance has these."""
    before = open_days(balance)
    if before is None:
        return balance
    days = {day.business_day: day for day in before}
    for entry in entries:
        day = days.get(entry.business_day, AccountDay(entry.account_id, entry.business_day))
        column = KINDS[entry.kind].column
        amounts = {column: getattr(day, column) + entry.amount, "entry_count": day.entry_count + 1}
        days[entry.business_day] = replace(day, **amounts, last_entry_number=entry.entry_number)
    return with_open_days(balance, days.values())


def post(balance: Balance, drafts: Sequence[Draft], posted_at: str) -> Posted:
    """Append drafts after the last entry; raises LedgerBroken."""
    after, entries = balance, []
    for draft in drafts:
        entry = _next_entry(after, draft, posted_at)
        after = _moved(after, entry)
        entries.append(entry)
    posted = Posted(tuple(entries), _with_entries(after, entries))
    check_posted(balance, posted)
    return posted


def _next_entry(balance: Balance, draft: Draft, posted_at: str) -> Entry:
    debit_account, credit_account = _sides(draft.kind, balance.account_id)
    day = open_day(draft.day, balance.closed_through)
    unsealed = Entry(
        account_id=balance.account_id,
        entry_number=balance.last_entry_number + 1,
        entry_id=draft.entry_id,
        kind=draft.kind,
        debit_account=debit_account,
        credit_account=credit_account,
        amount=draft.amount,
        currency=CURRENCY,
        balance_after=balance.balance + KINDS[draft.kind].sign * draft.amount,
        business_day=day,
        posted_at=posted_at,
        source_occurred_at=draft.source_occurred_at,
        prev_hash=balance.last_hash,
        hash="",
        source_event_id=draft.source_event_id,
        task_id=draft.task_id,
        title=draft.title,
        jira_id=draft.jira_id,
        corrects_entry_id=draft.corrects_entry_id,
        corrected_by=draft.corrected_by,
        reason=draft.reason,
    )
    return replace(unsealed, hash=hash_of(unsealed))


def _sides(kind: str, account_id: str) -> tuple[str, str]:
    """Debit and credit account: an entry that lowers the account's balance debits it."""
    own, company = f"account:{account_id}", KINDS[kind].company_account
    return (own, company) if KINDS[kind].sign < 0 else (company, own)


def _moved(balance: Balance, entry: Entry) -> Balance:
    return replace(
        balance,
        balance=entry.balance_after,
        last_entry_number=entry.entry_number,
        last_hash=entry.hash,
        balance_key=balance_key(entry.balance_after, entry.account_id),
    )


def hash_of(entry: Entry) -> str:
    """SHA-256 of canonical JSON: the fields that are present, sorted, but `hash`."""
    content = {
        field.name: value
        for field in fields(Entry)
        if field.name != "hash" and (value := getattr(entry, field.name)) is not None
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def signed(entry: Entry) -> int:
    """What an entry adds to the account's balance, in cents."""
    return KINDS[entry.kind].sign * entry.amount


def check_posted(before: Balance, posted: Posted) -> None:
    """Check invariants before a write; raises LedgerBroken with the first fault."""
    after, entries = posted.balance, posted.entries
    if after.balance != before.balance + sum(signed(entry) for entry in entries):
        raise LedgerBroken(f"{before.account_id}: the balance is not the sum of the entries")
    if after.last_entry_number != before.last_entry_number + len(entries):
        raise LedgerBroken(f"{before.account_id}: the last entry number does not match the entries")
    if any(entry.business_day <= before.closed_through for entry in entries):
        raise LedgerBroken(f"{before.account_id}: an entry falls on a closed day")
    for fault in chain_faults(entries, before):
        raise LedgerBroken(f"{before.account_id}: entry {fault}")


def chain_faults(entries: Iterable[Entry], start: Balance) -> Iterator[str]:
    """The faults of an account's entries that follow `start`, each after its entry's number."""
    number, balance, last_hash = start.last_entry_number, start.balance, start.last_hash
    for entry in entries:
        for fault in _faults(entry, number, balance, last_hash):
            yield f"{entry.entry_number}: {fault}"
        number, balance, last_hash = entry.entry_number, entry.balance_after, entry.hash


def _faults(entry: Entry, number: int, balance: int, last_hash: str) -> Iterator[str]:
    if entry.entry_number != number + 1:
        yield f"follows {number}"
    if type(entry.amount) is not int or entry.amount <= 0:
        yield "its amount is not positive"
    if (entry.debit_account, entry.credit_account) != _sides(entry.kind, entry.account_id):
        yield "its debit and credit accounts do not match its kind"
    if entry.balance_after != balance + signed(entry):
        yield "its balance does not follow from the one before"
    if entry.prev_hash != last_hash:
        yield "it is not chained to the one before"
    if entry.hash != hash_of(entry):
        yield "its content is not what was hashed"


def verify_chain(account_id: str, entries: Iterable[Entry]) -> list[str]:
    """The faults of all of an account's entries, given in the order of their numbers."""
    return list(chain_faults(entries, Balance(account_id, 0, 0, GENESIS, "", 0)))


def earned(day: Sums) -> int:
    """Rewards minus fees, corrections included; payouts never count."""
    return (day.rewards - day.reward_corrections) - (day.fees - day.fee_corrections)


def management_earnings(day: Sums) -> int:
    return (day.fees - day.fee_corrections) - (day.rewards - day.reward_corrections)


def net(day: Sums) -> int:
    """What the entries of a day add to balances."""
    return earned(day) - day.payouts


def next_close(balance: Balance, open_days: Sequence[AccountDay], through: str) -> DayClose | None:
    """The first open day up to `through` that has entries or a carried-over debt; None if none has.

    `open_days` must be all days after `closed_through` that have entries, in order, even those after
    `through`: a day's end balance is the current one minus what later days added. Raises LedgerBroken for
    a carried-over balance above zero, which the previous close should have paid out.
    """
    carried = balance.balance - sum(net(day) for day in open_days)
    if carried > 0:
        raise LedgerBroken(f"{balance.account_id}: {carried} were not paid out by {balance.closed_through}")
    day = next_day(balance.closed_through) if carried else _first(open_days)
    if day is None or day > through:
        return None
    sums = next((each for each in open_days if each.business_day == day), None)
    return DayClose(
        business_day=day,
        earned=earned(sums) if sums else 0,
        end_balance=carried + (net(sums) if sums else 0),
        entry_count=sums.entry_count if sums else 0,
        last_entry_number=sums.last_entry_number if sums else None,
    )


def _first(days: Sequence[AccountDay]) -> str | None:
    return days[0].business_day if days else None


def close_day(balance: Balance, close: DayClose, entry_id: str, now: str) -> Posted:
    """Pay out the day's end balance if it is positive, and close the day; raises LedgerBroken."""
    draft = Draft(entry_id, PAYOUT, close.paid_out, close.business_day, now)
    posted = post(balance, [draft] if close.paid_out else [], now)
    days = {day.business_day: day for day in open_days(posted.balance) or ()}
    after = closed(posted.balance, close.business_day)
    return Posted(posted.entries, after, days.get(close.business_day))


def closed(balance: Balance, through: str) -> Balance:
    """Raises LedgerBroken for a day that is closed already."""
    if through <= balance.closed_through:
        raise LedgerBroken(f"{balance.account_id}: {through} is closed already")
    key = balance_key(balance.balance, balance.account_id)
    after = replace(balance, closed_through=through, balance_key=key)
    days = open_days(balance)
    return after if days is None else with_open_days(after, (d for d in days if d.business_day > through))


def correction(entry: Entry, entry_id: str, day: str, now: str, corrected_by: str, reason: str) -> Draft:
    """The entry that reverses this one; raises NotCorrectable."""
    if entry.kind not in CORRECTIONS:
        raise NotCorrectable(f"an entry of kind {entry.kind} cannot be corrected")
    return Draft(
        entry_id=entry_id,
        kind=CORRECTIONS[entry.kind],
        amount=entry.amount,
        day=day,
        source_occurred_at=now,
        task_id=entry.task_id,
        title=entry.title,
        jira_id=entry.jira_id,
        corrects_entry_id=entry.entry_id,
        corrected_by=corrected_by,
        reason=reason,
    )
