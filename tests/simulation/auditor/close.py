"""The daily close: when a day may be closed, what is paid out and published; once per account and day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulation.auditor.ledger import Book, LedgerRules
from tests.simulation.auditor.rules import (
    AT_THE_LATEST,
    CLOCKS_APART,
    SETTLED,
    after,
    counts_as_earned,
    end_of,
    signed,
)
from tests.simulation.auditor.seen import Commit, Row, Watch, named

DayFigures = dict[str, object]
MAX_DAYS = 400


@dataclass
class CloseRules:
    """Checks a close before its entries are added to the account's book. `closes` by account and day."""

    watch: Watch
    ledger: LedgerRules
    seen_empty_at: datetime | None = None
    closes: dict[tuple[str, str], Row] = field(default_factory=dict)

    def looked(self, depth: int) -> None:
        """Accounting looked at its queue of task events."""
        if depth == 0:
            self.seen_empty_at = self.watch.clock()

    def committed(self, commit: Commit) -> None:
        """Check each account that a commit closes, with the published events."""
        published = named(commit.events, "Account.DayClosed")
        payouts = [entry for entry in commit.rows.get("Entry", ()) if entry["kind"] == "payout"]
        closed = False
        for balance in commit.rows.get("Balance", ()):
            book = self.ledger.book(balance["account_id"])
            recreated = self.ledger.recreated(balance)
            if recreated and book.entries:
                continue
            if recreated or not book.closed_through:
                book.closed_through = balance["closed_through"]
            elif balance["closed_through"] != book.closed_through:
                closed = True
                self._close(balance["account_id"], book, balance["closed_through"], published, payouts)
        self.watch.expect(
            closed or not (published or payouts), f"paid out or told without a close: {published}{payouts}"
        )

    def _close(
        self, account_id: str, book: Book, through: str, published: list[Row], payouts: list[Row]
    ) -> None:
        expect, where = self.watch.expect, f"{account_id} through {through}"
        expect(through > book.closed_through, f"{where}: was closed through {book.closed_through}")
        expect(self._is_over(through), f"{where} is closed too early")
        wanted = list(self._days(account_id, book, through))
        said = [
            {name: event["data"].get(name) for name in day if name != "payout"}
            for day, event in zip(wanted, published, strict=False)
        ]
        due = [day["payout"] for day in wanted if day["payout"]]
        paid = [(each["business_day"], each["amount"]) for each in payouts]
        expect(paid == due, lambda: f"{where}: paid out {paid}, due was {due}")
        expect(
            len(published) == len(wanted) and said == [_without_payout(day) for day in wanted],
            lambda: f"{where}: told {said} of {len(published)}, should be {wanted}",
        )
        for event in published:
            key = (account_id, event["data"]["business_day"])
            expect(key not in self.closes, f"the close of {key} is published twice")
            self.closes[key] = event
        book.closed_through = through

    def _is_over(self, day: str) -> bool:
        """Over for five minutes with the queue seen empty since, or over for an hour."""
        end, now = end_of(day, self.watch.zone), self.watch.clock()
        now += CLOCKS_APART / 2
        settled = self.seen_empty_at is not None and self.seen_empty_at + CLOCKS_APART / 2 >= end + SETTLED
        return now >= end + AT_THE_LATEST or (now >= end + SETTLED and settled)

    def _days(self, account_id: str, book: Book, through: str) -> Iterator[DayFigures]:
        """The figures of each day with entries or with a debt carried over into it."""
        carried = sum(signed(entry) for entry in book.entries if entry["business_day"] <= book.closed_through)
        day = book.closed_through
        for _ in range(MAX_DAYS):
            day = after(day)
            if day > through:
                return
            entries = book.of_day(day)
            end = carried + sum(map(signed, entries))
            if entries or carried:
                yield self._day(day, book, entries, end)
            carried = min(0, end)

    def _day(self, day: str, book: Book, entries: list[Row], end: int) -> DayFigures:
        """`payout` is the day and the amount, if there is one; its entry is then the account's last."""
        last = entries[-1]["entry_number"] if entries else None
        return {
            "business_day": day,
            "earned": sum(map(counts_as_earned, entries)),
            "paid_out": max(0, end),
            "carried_over": min(0, end),
            "entry_count": len(entries) + int(end > 0),
            "last_entry_number": len(book.entries) + 1 if end > 0 else last,
            "payout": (day, end) if end > 0 else None,
        }

    def last_published(self) -> dict[str, str]:
        """Each account's last day whose close was published."""
        last: dict[str, str] = {}
        for account_id, day in self.closes:
            last[account_id] = max(last.get(account_id, ""), day)
        return last

    def check_at_end(self) -> None:
        """At the end every past day with entries is closed, and no money is left unpaid."""
        for account_id, book in self.ledger.books.items():
            for day in book.days:
                is_published = (account_id, day) in self.closes
                is_over = self.watch.clock() > end_of(day, self.watch.zone) + AT_THE_LATEST
                self.watch.expect(is_published or not is_over, f"{account_id}: {day} was never closed")
            self.watch.expect(
                book.balance <= 0 or max(book.days) > book.closed_through,
                f"{account_id} has {book.balance} that were not paid out",
            )

    def checkpoint(self) -> None:
        """The accounts counted as closed on a day are as many as the published closes."""
        counted: dict[str, int] = {}
        for row in self.watch.items("accounting", "day_totals"):
            day = row["business_day"]
            counted[day] = counted.get(day, 0) + row.get("accounts_closed", 0)
        for day in sorted({*counted, *(day for _, day in self.closes)}):
            published = sum(each == day for _, each in self.closes)
            self.watch.expect(
                counted.get(day, 0) == published,
                f"{day}: {counted.get(day, 0)} closes counted, {published} published",
            )


def _without_payout(day: DayFigures) -> DayFigures:
    return {name: value for name, value in day.items() if name != "payout"}
