"""Analytics: its figures must be those of the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from events.accounting import AccountDayClosed
from functions.accounting.ledger import COMPLETION_REWARD, KINDS, SUMS
from ops.audit.disagreement import Disagreement
from ops.audit.snapshot import Snapshot
from shared.clock import business_day, parse_rfc3339
from shared.money import in_words


def figures(snapshot: Snapshot) -> Iterator[Disagreement]:
    """The sums per day are those of the ledger's entries and closes."""
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in snapshot.entries:
        wanted[entry.business_day].update({KINDS[entry.kind].column: entry.amount, "entry_count": 1})
    for event in snapshot.ledger_events:
        if event.event_name == AccountDayClosed.event_name:
            in_minus = int(event.data["carried_over"] < 0)
            wanted[event.data["business_day"]].update({"accounts_closed": 1, "accounts_in_minus": in_minus})
    stored: dict[str, Counter[str]] = defaultdict(Counter)
    columns = (*SUMS, "entry_count", "accounts_closed", "accounts_in_minus")
    for total in snapshot.totals:
        stored[total.business_day].update({name: getattr(total, name) for name in columns})
    for day in sorted({*wanted, *stored}):
        for name in columns:
            if wanted[day][name] != stored[day][name]:
                is_now, should = _said(name, stored[day][name]), _said(name, wanted[day][name])
                what = f"{name} is {is_now}, expected {should} by the ledger"
                yield Disagreement("analytics", f"analytics on {day}", what, True)


def latest_entries(snapshot: Snapshot) -> Iterator[Disagreement]:
    """The last entry of each account is the ledger's, and so is the number of accounts below zero."""
    wanted: dict[str, tuple[int, int]] = {}
    for entry in snapshot.entries:
        stand = (entry.entry_number, entry.balance_after)
        wanted[entry.account_id] = max(wanted.get(entry.account_id, stand), stand)
    stored = {
        row.generation_account.split("#", 1)[1]: (row.entry_number, row.balance_after)
        for row in snapshot.latest
    }
    for account_id in sorted({*wanted, *stored}):
        if wanted.get(account_id) != stored.get(account_id):
            what = f"is at {_stand(stored.get(account_id))}, expected {_stand(wanted.get(account_id))}"
            where = f"analytics, account {account_id}"
            yield Disagreement("analytics", where, what, True, None, account_id)
    counted, below = (
        sum(row.accounts for row in snapshot.minus_counts),
        sum(balance < 0 for _, balance in wanted.values()),
    )
    if counted != below:
        yield Disagreement(
            "analytics", "analytics", f"accounts in the minus: expected {below}, found {counted}", True
        )


def top_tasks(snapshot: Snapshot) -> Iterator[Disagreement]:
    """The most expensive task of a day has its highest completion reward; of equals, the first completed."""
    best: dict[str, tuple[int, str, str]] = {}
    for entry in snapshot.entries:
        if entry.kind == COMPLETION_REWARD and entry.task_id is not None:
            day = business_day(parse_rfc3339(entry.source_occurred_at), snapshot.zone)
            rank = (-entry.amount, entry.source_occurred_at, entry.task_id)
            best[day] = min(best.get(day, rank), rank)
    stored = {row.day: row.rank for row in snapshot.top_tasks}
    for day in sorted({*best, *stored}):
        if best.get(day) != stored.get(day):
            what = f"the most expensive task is {_task(stored.get(day))}, expected {_task(best.get(day))}"
            yield Disagreement("analytics", f"analytics on {day}", what, True)


def _task(rank: tuple[int, str, str] | None) -> str:
    return "none" if rank is None else f"{rank[2]} with {in_words(-rank[0])}"


def _stand(last: tuple[int, int] | None) -> str:
    return "no entry" if last is None else f"entry {last[0]} with a balance of {in_words(last[1])}"


def _said(column: str, value: int) -> str:
    return in_words(value) if column in SUMS else str(value)
