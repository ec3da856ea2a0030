"""Analytics never shows more than the ledger, and equals it to the cent in the end."""

from collections import Counter
from dataclasses import dataclass

from tests.simulation.auditor.close import CloseRules
from tests.simulation.auditor.ledger import LedgerRules
from tests.simulation.auditor.rules import COLUMNS, day_of
from tests.simulation.auditor.seen import Row, Watch

SUMS = (*COLUMNS.values(), "entry_count", "accounts_closed", "accounts_in_minus")


@dataclass
class FigureRules:
    watch: Watch
    ledger: LedgerRules
    close: CloseRules

    def checkpoint(self) -> None:
        stored, wanted = self._stored(), self._wanted()
        for day in sorted(stored):
            for name in SUMS:
                self.watch.expect(
                    stored[day][name] <= wanted.get(day, Counter())[name],
                    f"analytics on {day}: {name} is {stored[day][name]} already",
                )

    def check_at_end(self) -> None:
        stored, wanted = self._stored(), self._wanted()
        for day in sorted({*stored, *wanted}):
            for name in SUMS:
                got, want = stored.get(day, Counter())[name], wanted.get(day, Counter())[name]
                self.watch.expect(got == want, f"analytics on {day}: {name} is {got}, not {want}")
        self._latest()
        self._as_of()
        self._top()

    def _wanted(self) -> dict[str, "Counter[str]"]:
        days: dict[str, Counter[str]] = {}
        for book in self.ledger.books.values():
            for day, sums in book.days.items():
                days.setdefault(day, Counter()).update(sums)
        for (_, day), closed in self.close.closes.items():
            in_minus = int(closed["data"]["carried_over"] < 0)
            days.setdefault(day, Counter()).update({"accounts_closed": 1, "accounts_in_minus": in_minus})
        return days

    def _stored(self) -> dict[str, "Counter[str]"]:
        days: dict[str, Counter[str]] = {}
        for row in self._current("day_totals", "generation_shard"):
            of_day = days.setdefault(row["business_day"], Counter())
            of_day.update({name: row.get(name, 0) for name in SUMS})
        return days

    def _latest(self) -> None:
        last = {account: book.entries[-1] for account, book in self.ledger.books.items() if book.entries}
        wanted = {account: (each["entry_number"], each["balance_after"]) for account, each in last.items()}
        got = {
            row["generation_account"].partition("#")[2]: (row["entry_number"], row["balance_after"])
            for row in self._current("accounts", "generation_account")
        }
        self.watch.expect(got == wanted, lambda: f"analytics' latest entries are {got}, not {wanted}")
        below = sum(balance < 0 for _, balance in wanted.values())
        counted = sum(row["accounts"] for row in self._current("minus_counts", "generation"))
        self.watch.expect(counted == below, f"analytics counts {counted} in the minus, {below} are")

    def _as_of(self) -> None:
        entries = [entry for book in self.ledger.books.values() for entry in book.entries]
        wanted = max((entry["posted_at"] for entry in entries), default=None)
        counts = self._current("minus_counts", "generation")
        got = max((row["posted_at"] for row in counts if "posted_at" in row), default=None)
        self.watch.expect(got == wanted, f"analytics is as of {got}, the latest entry of {wanted}")

    def _top(self) -> None:
        best: dict[str, tuple[int, str, str]] = {}
        for book in self.ledger.books.values():
            for entry in book.entries:
                if entry["kind"] == "completion_reward":
                    day = day_of(entry["source_occurred_at"], self.watch.zone)
                    rank = (-entry["amount"], entry["source_occurred_at"], entry["task_id"])
                    best[day] = min(best.get(day, rank), rank)
        got = {
            row["day"]: (-row["reward"], row["completed_at"], row["task_id"])
            for row in self._current("top_tasks", "generation")
        }
        self.watch.expect(got == best, lambda: f"analytics' most expensive tasks are {got}, not {best}")

    def _current(self, table: str, key: str) -> list[Row]:
        """The rows of the current generation; the table also has older ones and one being filled."""
        rows = self.watch.items("analytics", "generations")
        current = next((row["generation"] for row in rows if row["name"] == "current"), 1)
        return [
            row
            for row in self.watch.items("analytics", table)
            if str(row[key]).partition("#")[0] == str(current)
        ]
