"""Lists and draws with few and with many rows behind them, in memory: calls and units must be the same."""

from collections.abc import Callable, Mapping
from dataclasses import astuple

from benchmarks.company import Company, founded
from benchmarks.costs.case import Cost
from benchmarks.in_memory import running
from benchmarks.result import Line, Result
from functions.accounting.rows import Balance, Entry
from functions.tracking.domain import HEAD_SLOT, NewTask, open_task, opened
from functions.tracking.rows import TASKS, RosterHead, RosterSlot
from shared.clock import rfc3339
from shared.ids import new_id
from shared.store import changed

FEW, MANY = 100, 100_000
FEW_ACCOUNTS = 10
WORKERS = 2
Act = Callable[[Company], object]


def _list_tasks(query: Mapping[str, str]) -> Act:
    return lambda company: company.product.request(
        "tracking.list_tasks", company.manager, "manager", query=query
    )


READS: Mapping[str, Act] = {
    "tracking.list_tasks": _list_tasks({}),
    "tracking.list_tasks, open": _list_tasks({"status": "open"}),
    "accounting.list_my_entries": lambda company: company.product.request(
        "accounting.list_my_entries", company.workers[0]
    ),
    "accounting.get_my_balance": lambda company: company.product.request(
        "accounting.get_my_balance", company.workers[0]
    ),
}


def reading(rows: int) -> dict[str, Cost]:
    """What reads cost with so many tasks, and entries of one account."""
    with running() as product:
        company = founded(product, WORKERS)
        _plant_tasks(company, rows)
        _plant_entries(company, rows)
        return {name: _cost(company, act) for name, act in READS.items()}


def drawing(accounts: int) -> Cost:
    """What the creation of a task costs with so many eligible accounts."""
    with running() as product:
        company = founded(product, WORKERS)
        slots = [RosterSlot(number, f"account-{number:06d}", "Popug") for number in range(1, accounts + 1)]
        product.stores["tracking"].plant([RosterHead(HEAD_SLOT, accounts), *slots])
        return _cost(company, lambda company: company.create(1))


def measure(few: int = FEW, many: int = MANY) -> Result:
    """Lines show many beside few."""
    small, large = reading(few), reading(many)
    small["a draw"], large["a draw"] = drawing(FEW_ACCOUNTS), drawing(many)
    figures = {
        name: {
            "few": _figures(small[name]),
            "many": _figures(large[name]),
            "same": small[name] == large[name],
        }
        for name in small
    }
    lines = tuple(Line(f"{name}, {many} rows", _words(large[name]), _words(small[name])) for name in small)
    return Result("reads", {"reads_by_rows": figures}, lines, {"few": few, "many": many})


def _cost(company: Company, act: Act) -> Cost:
    company.product.begin()
    act(company)
    (run,) = company.product.invocations
    return Cost(len(run.calls), run.reads, run.writes)


def _figures(cost: Cost) -> dict[str, float]:
    return dict(zip(("calls", "reads", "writes"), astuple(cost), strict=True))


def _words(cost: Cost) -> str:
    return f"{cost.calls} calls, {cost.reads:g} read units, {cost.writes} write units"


def _plant_tasks(company: Company, count: int) -> None:
    product = company.product
    tasks = [
        opened(
            new_id(product.instant, product.randomness),
            NewTask(f"Feed the parrot of room {number:06d}", None, None),
            created_by=company.manager,
            assignee_id=company.workers[number % WORKERS],
            at=product.instant,
            shard=number % TASKS.shards,
        )
        for number in range(count)
    ]
    product.stores["tracking"].plant(tasks)
    product.stores["tracking"].plant(map(open_task, tasks))


def _plant_entries(company: Company, count: int) -> None:
    """Entries of one account; their hashes are not read here."""
    product, account_id = company.product, company.workers[0]
    now, day = rfc3339(product.instant), product.instant.date().isoformat()
    product.stores["accounting"].plant(
        Entry(
            account_id=account_id,
            entry_number=number,
            entry_id=new_id(product.instant, product.randomness),
            kind="assignment_fee",
            debit_account=f"account:{account_id}",
            credit_account="company:fees",
            amount=1500,
            currency="USD",
            balance_after=-1500,
            business_day=day,
            posted_at=now,
            source_occurred_at=now,
            prev_hash="0" * 64,
            hash="f" * 64,
        )
        for number in range(1, count + 1)
    )
    balance = product.stores["accounting"].get(Balance, account_id=account_id)
    if balance is not None:
        product.stores["accounting"].plant([changed(balance, last_entry_number=count)])
