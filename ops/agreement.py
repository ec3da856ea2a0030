"""Whether the services agree with each other: pure comparisons of what each of them keeps.

Each yields what differs, exactly; nothing where all is right. What is `pending` may just be on its way.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from events.accounting import AccountDayClosed, LedgerEntryPosted, TaskPriced
from events.envelope import Envelope
from events.tracking import TaskAssigned, TaskCancelled, TaskCompleted
from functions.accounting.day_closes import DayTold, faults, told_by
from functions.accounting.ledger import ASSIGNMENT_FEE, COMPLETION_REWARD, KINDS, SUMS
from functions.accounting.posting import entry_posted
from functions.accounting.rows import Entry, Price
from functions.analytics import rows as analytics
from functions.auth.rows import Account
from functions.notifications.rows import Report
from functions.tracking.domain import is_eligible
from functions.tracking.order import in_order
from functions.tracking.rows import OpenTask, Task
from shared.clock import business_day, parse_rfc3339, rfc3339

DOLLAR = 100
FEES = range(10 * DOLLAR, 20 * DOLLAR + 1, DOLLAR)
REWARDS = range(20 * DOLLAR, 40 * DOLLAR + 1, DOLLAR)
KIND_OF_EVENT = {TaskAssigned.event_name: ASSIGNMENT_FEE, TaskCompleted.event_name: COMPLETION_REWARD}
STATUS_AFTER = {TaskCompleted.event_name: "completed", TaskCancelled.event_name: "cancelled"}

MISSING_ENTRY = "missing entry"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`kind` is for machines; `pending` when what is missing may still come by itself."""

    kind: str
    where: str
    what: str
    pending: bool = False
    event_id: str | None = None
    account_id: str | None = None

    def json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the services keep, as far as others must agree with it; events are the journals' envelopes.

    `lost_rows` are guarded tables without their sentinels, each with its service.
    """

    zone: str
    lost_rows: tuple[tuple[str, str], ...]
    task_events: tuple[Envelope, ...]
    tasks: tuple[Task, ...]
    open_tasks: tuple[OpenTask, ...]
    ledger_events: tuple[Envelope, ...]
    entries: tuple[Entry, ...]
    prices: tuple[Price, ...]
    reports: tuple[Report, ...]
    accounts: tuple[Account, ...]
    replicas: Mapping[str, Mapping[str, Mapping[str, Any]]]
    roster: tuple[Mapping[str, Any], ...]
    generation: int
    totals: tuple[analytics.DayTotal, ...]
    latest: tuple[analytics.LatestEntry, ...]
    minus_counts: tuple[analytics.MinusCount, ...]
    top_tasks: tuple[analytics.TopTask, ...]


def disagreements(facts: Facts) -> list[Disagreement]:
    return [found for rule in RULES for found in rule(facts)]


def lost_rows(facts: Facts) -> Iterator[Disagreement]:
    """Whoever finds a table without its sentinel does nothing until the table is restored."""
    for service, table in facts.lost_rows:
        what = "was lost or emptied, and what depends on it waits"
        yield Disagreement("lost rows", f"{service}'s table {table}", what)


def charges(facts: Facts) -> Iterator[Disagreement]:
    """Every assignment has one fee, every completion one reward, of its task's price; nothing else does."""
    prices = {price.task_id: price for price in facts.prices}
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in facts.entries:
        if entry.source_event_id is not None:
            entries[entry.source_event_id].append(entry)
    for event in facts.task_events:
        kind = KIND_OF_EVENT.get(event.event_name)
        if kind is None:
            continue
        found = entries.pop(event.event_id, [])
        yield from _charge(event, kind, found, prices.get(event.data["task_id"]))
    for event_id, orphans in entries.items():
        for entry in orphans:
            what = f"entry {entry.entry_number} names it as its source"
            yield Disagreement(
                "entry without event", f"event {event_id}", what, True, event_id, entry.account_id
            )


def _charge(event: Envelope, kind: str, found: list[Entry], price: Price | None) -> Iterator[Disagreement]:
    """An event and its entries."""
    assignee, where = event.data["assignee_id"], f"{event.event_name} {event.event_id}"
    if len(found) != 1:
        what = f"has {len(found)} entries of kind {kind}, not one (account {assignee})"
        kind_of_finding = MISSING_ENTRY if not found else "entries too many"
        yield Disagreement(kind_of_finding, where, what, not found, event.event_id, assignee)
        return
    (entry,) = found
    amount = None if price is None else price.fee if kind == ASSIGNMENT_FEE else price.reward
    occurred_at = rfc3339(event.occurred_at)
    wanted = (assignee, kind, amount, event.data["task_id"], occurred_at)
    booked = (entry.account_id, entry.kind, entry.amount, entry.task_id, entry.source_occurred_at)
    names = ("account", "kind", "amount", "task", "time")
    for name, want, got in zip(names, wanted, booked, strict=True):
        if want != got:
            what = f"its entry {entry.entry_number} has {name} {got}, not {want}"
            yield Disagreement("wrong entry", where, what, False, event.event_id, entry.account_id)


def prices(facts: Facts) -> Iterator[Disagreement]:
    """A price is in its range, and the one that was published."""
    published = _by(facts.ledger_events, TaskPriced.event_name, lambda data: str(data["task_id"]))
    for price in facts.prices:
        where = f"price of task {price.task_id}"
        if price.fee not in FEES or price.reward not in REWARDS:
            yield Disagreement("price out of range", where, f"fee {price.fee}, reward {price.reward}")
        events = published.pop(price.task_id, [])
        said = {(event.data["assignment_fee"], event.data["completion_reward"]) for event in events}
        if said != {(price.fee, price.reward)} or len(events) != 1:
            what = f"is {(price.fee, price.reward)}, published as {sorted(said)} by {len(events)} events"
            yield Disagreement("price and event differ", where, what)
    for task_id in published:
        yield Disagreement(
            "event without price", f"task {task_id}", "its price was published and is not there"
        )


def ledger_events(facts: Facts) -> Iterator[Disagreement]:
    """Every entry was published, once and field by field as it is."""
    published = _by(facts.ledger_events, LedgerEntryPosted.event_name, lambda data: str(data["entry_id"]))
    for entry in facts.entries:
        where = f"account {entry.account_id}, entry {entry.entry_number}"
        events = published.pop(entry.entry_id, [])
        if len(events) != 1:
            yield Disagreement("entry and event differ", where, f"{len(events)} events tell of it, not one")
            continue
        said, kept = LedgerEntryPosted.model_validate(events[0].data), entry_posted(entry)
        differing = [name for name in type(kept).model_fields if getattr(said, name) != getattr(kept, name)]
        if differing:
            what = f"its event differs in {', '.join(differing)}"
            yield Disagreement("entry and event differ", where, what, False, events[0].event_id)
    for entry_id, events in published.items():
        where = f"account {events[0].data['account_id']}, entry {events[0].data['entry_number']}"
        what = f"was published as {entry_id} and is not there"
        yield Disagreement("event without ledger entry", where, what, False, events[0].event_id)


def closes(facts: Facts) -> Iterator[Disagreement]:
    """Every closed day tells of its entries as they are, the payout among them."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(facts.entries, key=lambda each: each.entry_number):
        entries[entry.account_id].append(entry)
    told: dict[str, list[DayTold]] = defaultdict(list)
    for event in facts.ledger_events:
        if event.event_name == AccountDayClosed.event_name:
            close = told_by(event, AccountDayClosed.model_validate(event.data))
            told[close.event.account_id].append(close)
    for account_id, own in told.items():
        booked = {entry.entry_id for entry in entries[account_id]}
        for each in own:
            if each.event.payout_entry_id not in {None, *booked}:
                what = f"its payout {each.event.payout_entry_id} of {each.event.paid_out} is not booked"
                yield Disagreement("missing payout", each.where, what, account_id=account_id)
        for each, fault in faults(entries[account_id], own):
            yield Disagreement("close and entries differ", each.where, fault, account_id=account_id)


def reports(facts: Facts) -> Iterator[Disagreement]:
    """Every closed day with entries has one report, with the figures of its event."""
    there = {report.report_id: report for report in facts.reports}
    for event in facts.ledger_events:
        if event.event_name != AccountDayClosed.event_name or not event.data["entry_count"]:
            continue
        report_id = f"{event.data['account_id']}#{event.data['business_day']}"
        report = there.pop(report_id, None)
        if report is None:
            yield Disagreement("missing report", f"report {report_id}", "is not there", True, event.event_id)
            continue
        names = ("earned", "paid_out", "carried_over", "entry_count")
        if differing := [name for name in names if getattr(report, name) != event.data[name]]:
            what = f"differs from its day's close in {', '.join(differing)}"
            yield Disagreement("wrong report", f"report {report_id}", what, False, event.event_id)
    for report_id in there:
        yield Disagreement("report without close", f"report {report_id}", "no such day was closed")


def replicas(facts: Facts) -> Iterator[Disagreement]:
    """What tracking and accounting know of accounts is what auth says; the eligible stand in the roster."""
    names = ("name", "role", "status", "version")
    for service, known in facts.replicas.items():
        for account in facts.accounts:
            replica = known.get(account.account_id, {})
            if differing := [name for name in names if replica.get(name) != getattr(account, name)]:
                what = f"{service} has another {', '.join(differing)} than auth"
                where = f"account {account.account_id}"
                yield Disagreement("old replica", where, what, True, None, account.account_id)
        for account_id in set(known) - {account.account_id for account in facts.accounts}:
            where = f"account {account_id}"
            yield Disagreement("unknown account", where, f"{service} knows it and auth does not")


def roster(facts: Facts) -> Iterator[Disagreement]:
    """Slots 1 to n, dense, one for each eligible account of tracking's replica."""
    slots = {row["slot"]: row for row in facts.roster}
    size = slots.pop(0, {}).get("size", 0)
    if set(slots) != set(range(1, size + 1)):
        yield Disagreement("roster", "roster", f"its size is {size}, its slots are {sorted(slots)}")
    seated = Counter(row.get("account_id") for row in slots.values())
    wanted = {
        account_id
        for account_id, row in facts.replicas.get("tracking", {}).items()
        if is_eligible(row["role"], row["status"])
    }
    for account_id in sorted({*filter(None, seated), *wanted}):
        if seated[account_id] != int(account_id in wanted):
            what = f"has {seated[account_id]} slots, should have {int(account_id in wanted)}"
            yield Disagreement("roster", f"account {account_id}", what, False, None, account_id)


def tasks(facts: Facts) -> Iterator[Disagreement]:
    """A task is as its latest events say, and stands among the open ones while it is open."""
    assignments: defaultdict[str, list[Envelope]] = defaultdict(list)
    ended: dict[str, str] = {}
    for event in sorted(facts.task_events, key=lambda each: (each.occurred_at, each.event_id)):
        if event.event_name == TaskAssigned.event_name:
            assignments[event.data["task_id"]].append(event)
        elif event.event_name in STATUS_AFTER:
            ended[event.data["task_id"]] = STATUS_AFTER[event.event_name]
    assigned = {
        task_id: in_order(of_task, lambda each: each.data.get("version"))[-1]
        for task_id, of_task in assignments.items()
    }
    is_open = Counter(task.task_id for task in facts.open_tasks)
    for task in facts.tasks:
        last = assigned.get(task.task_id)
        status = ended.get(task.task_id, "open")
        wanted = (last.data["assignee_id"] if last is not None else None, status, int(status == "open"))
        got = (task.assignee_id, task.status, is_open.pop(task.task_id, 0))
        if wanted != got:
            what = f"(assignee, status, times among the open) is {got}, its events say {wanted}"
            yield Disagreement("wrong task", f"task {task.task_id}", what)
    for task_id in sorted({*assigned, *is_open} - {task.task_id for task in facts.tasks}):
        yield Disagreement("missing task", f"task {task_id}", "its events or its place are there, it is not")


def figures(facts: Facts) -> Iterator[Disagreement]:
    """Analytics' sums per day are the ledger's, by entries and closes."""
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in facts.entries:
        wanted[entry.business_day].update({KINDS[entry.kind].column: entry.amount, "entry_count": 1})
    for event in facts.ledger_events:
        if event.event_name == AccountDayClosed.event_name:
            in_minus = int(event.data["carried_over"] < 0)
            wanted[event.data["business_day"]].update({"accounts_closed": 1, "accounts_in_minus": in_minus})
    stored: dict[str, Counter[str]] = defaultdict(Counter)
    columns = (*SUMS, "entry_count", "accounts_closed", "accounts_in_minus")
    for total in facts.totals:
        stored[total.business_day].update({name: getattr(total, name) for name in columns})
    for day in sorted({*wanted, *stored}):
        for name in columns:
            if wanted[day][name] != stored[day][name]:
                what = f"{name} is {stored[day][name]}, the ledger's {wanted[day][name]}"
                yield Disagreement("analytics", f"analytics on {day}", what, True)


def latest_entries(facts: Facts) -> Iterator[Disagreement]:
    """Analytics follows each account's last entry, and counts those below zero."""
    wanted: dict[str, tuple[int, int]] = {}
    for entry in facts.entries:
        stand = (entry.entry_number, entry.balance_after)
        wanted[entry.account_id] = max(wanted.get(entry.account_id, stand), stand)
    stored = {
        row.generation_account.split("#", 1)[1]: (row.entry_number, row.balance_after) for row in facts.latest
    }
    for account_id in sorted({*wanted, *stored}):
        if wanted.get(account_id) != stored.get(account_id):
            what = f"latest entry and balance are {stored.get(account_id)}, not {wanted.get(account_id)}"
            where = f"analytics, account {account_id}"
            yield Disagreement("analytics", where, what, True, None, account_id)
    counted, below = (
        sum(row.accounts for row in facts.minus_counts),
        sum(balance < 0 for _, balance in wanted.values()),
    )
    if counted != below:
        yield Disagreement(
            "analytics", "analytics", f"{counted} accounts are in the minus, not {below}", True
        )


def top_tasks(facts: Facts) -> Iterator[Disagreement]:
    """Of each day the highest completion reward; of equal ones the one completed first."""
    best: dict[str, tuple[int, str, str]] = {}
    for entry in facts.entries:
        if entry.kind == COMPLETION_REWARD and entry.task_id is not None:
            day = business_day(parse_rfc3339(entry.source_occurred_at), facts.zone)
            rank = (-entry.amount, entry.source_occurred_at, entry.task_id)
            best[day] = min(best.get(day, rank), rank)
    stored = {row.day: row.rank for row in facts.top_tasks}
    for day in sorted({*best, *stored}):
        if best.get(day) != stored.get(day):
            what = f"the most expensive task is {_task(stored.get(day))}, not {_task(best.get(day))}"
            yield Disagreement("analytics", f"analytics on {day}", what, True)


RULES: tuple[Callable[[Facts], Iterable[Disagreement]], ...] = (
    lost_rows,
    charges,
    prices,
    ledger_events,
    closes,
    tasks,
    replicas,
    roster,
    reports,
    figures,
    latest_entries,
    top_tasks,
)


def _task(rank: tuple[int, str, str] | None) -> str:
    return "none" if rank is None else f"{rank[2]} with {-rank[0]}"


def _by(events: Iterable[Envelope], name: str, key: Callable[[Any], str]) -> dict[str, list[Envelope]]:
    found: dict[str, list[Envelope]] = defaultdict(list)
    for event in events:
        if event.event_name == name:
            found[key(event.data)].append(event)
    return found
