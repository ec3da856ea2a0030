"""Work that grows with the company, in memory: shuffles, closes, and many charges of one account.

A cost per item is of everything until it is booked, relays and consumers included. Afterwards the ledger is
verified, as `ates verify` does.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from benchmarks.capacity import CENT
from benchmarks.company import Company, founded
from benchmarks.in_memory import InMemory, running
from benchmarks.result import Line, Result
from events.auth import AccountCreated
from events.tracking import TaskAssigned, TaskCompleted
from functions.accounting import audit
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from functions.tracking.domain import NewTask, open_task, opened
from functions.tracking.rows import TASKS, Task
from shared.context import Context, EventData
from shared.guards import SENTINEL
from shared.ids import new_id

SIZES = (100, 1000, 10_000)
WORKERS = 20
CHARGES = 200


class NotVerified(Exception):
    """The ledger is wrong after a measurement, or not everything was booked."""


@dataclass(frozen=True, slots=True)
class PerItem:
    """Cost of one item; the busiest row is that with the most writes, in all."""

    items: int
    invocations: Decimal
    calls: Decimal
    reads: Decimal
    writes: Decimal
    busiest_row: int


def shuffled(tasks: int) -> PerItem:
    """Open tasks assigned again, and booked."""
    with running() as product:
        company = founded(product, WORKERS)
        _plant_tasks(company, tasks)
        product.begin()
        product.request("tracking.start_shuffle", company.manager, "manager")
        product.settle()
        check_ledger(product, entries=tasks)
        return _per_item(product, tasks)


def closed(accounts: int) -> PerItem:
    """Accounts that earned something closed, paid out, counted, and their reports stored."""
    with running() as product:
        ids = [f"account-{number:06d}" for number in range(accounts)]
        _tell(product, "accounting.on_account_event", [_created(each) for each in ids])
        _tell(product, "accounting.on_task_event", [_completed(each) for each in ids])
        product.settle()
        product.begin()
        midnight = product.instant.replace(hour=0, minute=0)
        product.instant = midnight + timedelta(days=1, minutes=10)
        for _ in range(2):
            product.tick("accounting.close_days")
            product.settle()
        check_ledger(product, entries=2 * accounts)
        return _per_item(product, accounts)


def charged(charges: int = CHARGES) -> PerItem:
    """One account charged for many tasks at once."""
    with running() as product:
        _tell(product, "accounting.on_account_event", [_created("busy")])
        product.begin()
        _tell(product, "accounting.on_task_event", [_assigned("busy", n) for n in range(charges)])
        product.settle()
        check_ledger(product, entries=charges)
        return _per_item(product, charges)


def check_ledger(product: InMemory, entries: int) -> None:
    """Raises NotVerified."""
    store = product.stores["accounting"]
    by_account: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(store.rows_of(Entry), key=lambda each: each.entry_number):
        by_account[entry.account_id].append(entry)
    if (found := sum(map(len, by_account.values()))) != entries:
        raise NotVerified(f"expected {entries} entries, found {found}")
    balances = [row for row in store.rows_of(Balance) if row.account_id != SENTINEL]
    wrong = audit.verify(by_account, balances, store.rows_of(AccountDay), store.rows_of(DayTotal))
    if wrong:
        raise NotVerified(str(wrong[:3]))


def measure(sizes: Sequence[int] = SIZES) -> Result:
    found = {
        **{f"shuffle of {size}": shuffled(size) for size in sizes},
        **{f"close of {size}": closed(size) for size in sizes},
        f"{CHARGES} charges of one account": charged(),
    }
    figures = {name.replace(" ", "_"): _figures(each) for name, each in found.items()}
    lines = [
        Line(
            f"{name}, per item",
            f"{each.calls.quantize(CENT)} calls, {each.writes.quantize(CENT)} write units,"
            f" {each.reads.quantize(CENT)} read units",
        )
        for name, each in found.items()
    ]
    return Result("shuffle", {"per_item": figures}, tuple(lines), {"sizes": list(sizes)})


def _figures(each: PerItem) -> dict[str, Decimal | int]:
    names = ("invocations", "calls", "reads", "writes")
    return {
        **{name: getattr(each, name).quantize(CENT) for name in names},
        "busiest_row_writes": each.busiest_row,
    }


def _per_item(product: InMemory, items: int) -> PerItem:
    total: Counter[str] = Counter()
    for each in product.invocations:
        total.update(calls=len(each.calls), half_reads=int(2 * each.reads), writes=each.writes)
    [(_, busiest)] = product.meter.rows.most_common(1)
    return PerItem(
        items=items,
        invocations=Decimal(len(product.invocations)) / items,
        calls=Decimal(total["calls"]) / items,
        reads=Decimal(total["half_reads"]) / 2 / items,
        writes=Decimal(total["writes"]) / items,
        busiest_row=busiest,
    )


def _plant_tasks(company: Company, count: int) -> None:
    product = company.product
    tasks = [_task(company, number) for number in range(count)]
    product.stores["tracking"].plant(tasks)
    product.stores["tracking"].plant(open_task(task) for task in tasks)
    product.instant += timedelta(minutes=1)


def _task(company: Company, number: int) -> Task:
    at = company.product.instant
    return opened(
        new_id(at, company.product.randomness),
        NewTask(f"Feed the parrot of room {number:06d}", f"POPUG-{number:06d}", None),
        created_by=company.manager,
        assignee_id=company.workers[number % WORKERS],
        at=at,
        shard=number % TASKS.shards,
    )


def _created(account_id: str) -> EventData:
    return AccountCreated(account_id=account_id, name=account_id, role="worker", status="active", version=1)


def _completed(account_id: str) -> EventData:
    return TaskCompleted(
        task_id=f"task-of-{account_id}", title="Feed the parrot", version=2, assignee_id=account_id
    )


def _assigned(account_id: str, number: int) -> EventData:
    return TaskAssigned(task_id=f"task-{number:06d}", title="Feed it", version=1, assignee_id=account_id)


def _tell(product: InMemory, consumer: str, events: Iterable[EventData]) -> None:
    """Let one consumer have these events."""
    context = Context(lambda: product.instant, product.randomness, "bench")
    for event in events:
        envelope = context.envelope(event, product.instant)
        product.send(consumer, json.dumps({"detail": envelope}))
    product.consume([consumer])
