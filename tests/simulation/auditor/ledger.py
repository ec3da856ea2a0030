"""The ledger's rules, at every commit: numbers, chain, balance, prices, sources, days, corrections."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.auditor.rules import (
    COLUMNS,
    CORRECTED_KIND,
    FEES,
    KIND_OF_SOURCE,
    NO_HASH,
    OPEN_DAY,
    REWARDS,
    after,
    day_of,
    hash_of,
    same_time,
    signed,
)
from tests.simulation.auditor.seen import Commit, Row, Watch, named

TIMES = ("posted_at", "source_occurred_at")


@dataclass
class Book:
    """An account's ledger as committed so far; sums by day and column."""

    entries: list[Row] = field(default_factory=list)
    closed_through: str = ""
    days: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        return int(self.entries[-1]["balance_after"]) if self.entries else 0

    @property
    def last_hash(self) -> str:
        return str(self.entries[-1]["hash"]) if self.entries else NO_HASH

    def add(self, entry: Row) -> None:
        self.entries.append(entry)
        sums = self.days.setdefault(entry["business_day"], Counter())
        sums.update({COLUMNS[entry["kind"]]: entry["amount"], "entry_count": 1})
        sums["last_entry_number"] = entry["entry_number"]

    def after(self, count: int) -> "Book":
        """As it was after so many entries."""
        book = Book()
        for entry in self.entries[:count]:
            book.add(entry)
        return book

    def of_day(self, day: str) -> list[Row]:
        return [entry for entry in self.entries if entry["business_day"] == day]


@dataclass
class LedgerRules:
    """`sources` are tracking's assignments and completions, by event_id."""

    watch: Watch
    sources: dict[str, Row]
    books: dict[str, Book] = field(default_factory=dict)
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    booked: dict[str, Row] = field(default_factory=dict)
    corrected: set[str] = field(default_factory=set)

    def book(self, account_id: str) -> Book:
        return self.books.setdefault(account_id, Book())

    def committed(self, commit: Commit) -> None:
        for price in commit.rows.get("Price", ()):
            self._price(price, named(commit.events, "Task.Priced"))
        posted = {
            event["data"]["entry_id"]: event["data"] for event in named(commit.events, "Ledger.EntryPosted")
        }
        for entry in commit.rows.get("Entry", ()):
            self._entry(entry)
            self._check_event(entry, posted.pop(entry["entry_id"], None))
        self.watch.expect(not posted, lambda: f"entries are published that were not posted: {posted}")
        for balance in commit.rows.get("Balance", ()):
            if not self.recreated(balance):
                self._balance(balance)

    def recreated(self, balance: Row) -> bool:
        """A lost balance that was created again without its entries; they prevent any posting."""
        return "accounting" in self.watch.damaged and balance["last_entry_number"] == 0

    def _price(self, price: Row, published: list[Row]) -> None:
        expect, task_id = self.watch.expect, price["task_id"]
        both = (price["fee"], price["reward"])
        expect(task_id not in self.prices, f"task {task_id} is priced again")
        expect(both[0] in FEES and both[1] in REWARDS, f"task {task_id} has prices out of range: {both}")
        said = [
            (event["data"]["assignment_fee"], event["data"]["completion_reward"])
            for event in published
            if event["data"]["task_id"] == task_id
        ]
        expect(said == [both], f"task {task_id} has prices {both} and its events say {said}")
        self.prices.setdefault(task_id, both)

    def _entry(self, entry: Row) -> None:
        expect, book = self.watch.expect, self.book(entry["account_id"])
        where = f"{entry['account_id']} entry {entry['entry_number']}"
        expect(entry["entry_number"] == len(book.entries) + 1, f"{where} follows {len(book.entries)}")
        expect(
            entry["balance_after"] == book.balance + signed(entry),
            lambda: f"{where}: {book.balance} and {signed(entry)} are not {entry['balance_after']}",
        )
        expect(entry["prev_hash"] == book.last_hash, f"{where} is not chained")
        expect(entry["hash"] == hash_of(entry), f"{where} has a wrong hash")
        own, company = f"account:{entry['account_id']}", "company:"
        debit, credit = (entry["debit_account"], entry["credit_account"])[:: 1 if signed(entry) < 0 else -1]
        expect(debit == own and credit.startswith(company), f"{where} has wrong debit and credit accounts")
        if entry["kind"] in KIND_OF_SOURCE.values():
            self._check_source(entry, where, book)
        if entry["kind"] in CORRECTED_KIND:
            self._check_correction(entry, where, book)
        book.add(entry)

    def _check_source(self, entry: Row, where: str, book: Book) -> None:
        """A fee or reward belongs to one event: its assignee, price, and day or the next open day."""
        expect, source_id = self.watch.expect, entry.get("source_event_id", "")
        source = self.sources.get(source_id)
        expect(source_id not in self.booked, f"{where}: event {source_id} is booked twice")
        self.booked[source_id] = entry
        if source is None:
            self.watch.findings.append(f"{where}: event {source_id} never happened")
            return
        data = source["data"]
        prices = self.prices.get(data["task_id"], (0, 0))
        amount = prices[0 if source["event_name"] == "Task.Assigned" else 1]
        wanted = (
            data["assignee_id"],
            KIND_OF_SOURCE[source["event_name"]],
            amount,
            data["task_id"],
            data["title"],
            source["occurred_at"],
        )
        names = ("account_id", "kind", "amount", "task_id", "title", "source_occurred_at")
        got = tuple(entry.get(name) for name in names)
        expect(got == wanted, lambda: f"{where} is {got}, its event says {wanted}")
        day = day_of(source["occurred_at"], self.watch.zone)
        expected_day = day if day > book.closed_through else after(book.closed_through)
        expect(
            entry["business_day"] == expected_day,
            lambda: f"{where} is of {entry['business_day']}, not {expected_day}",
        )

    def _check_correction(self, entry: Row, where: str, book: Book) -> None:
        expect, wrong_id = self.watch.expect, entry.get("corrects_entry_id")
        wrong = next((each for each in book.entries if each["entry_id"] == wrong_id), None)
        expect(wrong_id not in self.corrected, f"{where}: entry {wrong_id} is corrected twice")
        self.corrected.add(str(wrong_id))
        matches = wrong is not None and (
            (wrong["kind"], wrong["amount"]) == (CORRECTED_KIND[entry["kind"]], entry["amount"])
        )
        expect(matches, f"{where} does not match the entry it corrects")
        expect(bool(entry.get("corrected_by") and entry.get("reason")), f"{where} lacks its author or reason")

    def _check_event(self, entry: Row, event: Row | None) -> None:
        published = event and {
            **event,
            **{name: entry[name] for name in TIMES if same_time(entry[name], event[name])},
        }
        self.watch.expect(
            published == entry, lambda: f"entry {entry['entry_id']} is {entry} and published as {event}"
        )

    def _balance(self, row: Row) -> None:
        book = self.book(row["account_id"])
        wanted = (book.balance, len(book.entries), book.last_hash)
        got = (row["balance"], row["last_entry_number"], row["last_hash"])
        self.watch.expect(
            got == wanted, lambda: f"{row['account_id']}: balance {got}, its entries say {wanted}"
        )
        if (days := open_days(row)) is not None:
            seen = {day: sums for day, sums in book.days.items() if day > row["closed_through"]}
            self._compare_days(row["account_id"], days, seen)

    def saw_days(self, account_id: str, days: Mapping[str, Row], known: int) -> None:
        """Somebody has read an account's days: as of one instant, with `known` entries or more."""
        book, count = self.book(account_id), sum(day["entry_count"] for day in days.values())
        self.watch.expect(
            known <= count <= len(book.entries),
            lambda: f"{account_id} sees {count} entries, has {known} to {len(book.entries)}",
        )
        self._compare_days(f"{account_id} sees", days, book.after(count).days)

    def checkpoint(self) -> None:
        """Check the tables row by row: nothing committed has changed or is missing, and sums are right."""
        self._entries_as_seen()
        self._balances_as_seen()
        stored = {
            row["task_id"]: (row["fee"], row["reward"]) for row in self.watch.items("accounting", "prices")
        }
        self.watch.expect(stored == self.prices, "the prices are not those that were drawn")
        self._days()
        self._totals()

    def _entries_as_seen(self) -> None:
        seen = {
            (entry["account_id"], entry["entry_number"]): entry
            for book in self.books.values()
            for entry in book.entries
        }
        stored = {
            (row["account_id"], row["entry_number"]): row for row in self.watch.items("accounting", "entries")
        }
        for key in sorted({*seen, *stored}):
            if seen.get(key) != stored.get(key):
                self.watch.findings.append(f"entry {key} is {stored.get(key)}, it was {seen.get(key)}")
                return

    def _balances_as_seen(self) -> None:
        for row in self.watch.items("accounting", "balances"):
            self._balance(row)
            book = self.book(row["account_id"])
            self.watch.expect(
                row["closed_through"] == book.closed_through,
                lambda row=row, book=book: (  # type: ignore[misc]
                    f"{row['account_id']}: closed through {row['closed_through']}, not {book.closed_through}"
                ),
            )

    def _days(self) -> None:
        """Those of the rows, or, of days that are open in a balance with sums, the balance's."""
        stored: dict[str, dict[str, Row]] = {}
        for row in self.watch.items("accounting", "account_days"):
            stored.setdefault(row["account_id"], {})[row["business_day"]] = row
        for row in self.watch.items("accounting", "balances"):
            if (days := open_days(row)) is not None:
                rows = stored.get(row["account_id"], {})
                closed = {day: sums for day, sums in rows.items() if day <= row["closed_through"]}
                stored[row["account_id"]] = {**closed, **days}
        for account_id in sorted({*stored, *self.books}):
            self._compare_days(account_id, stored.get(account_id, {}), self.book(account_id).days)

    def _compare_days(self, where: str, stored: Mapping[str, Row], seen: Mapping[str, Counter[str]]) -> None:
        for day in sorted({*stored, *seen}):
            sums = stored.get(day, {}), seen.get(day, Counter())
            self._compare(f"{where} on {day}", *sums, "last_entry_number")

    def _totals(self) -> None:
        stored: dict[str, Counter[str]] = {}
        for row in self.watch.items("accounting", "day_totals"):
            of_day = stored.setdefault(row["business_day"], Counter())
            of_day.update({name: row.get(name, 0) for name in (*COLUMNS.values(), "entry_count")})
        seen: dict[str, Counter[str]] = {}
        for book in self.books.values():
            for day, sums in book.days.items():
                seen.setdefault(day, Counter()).update(sums)
        for day in sorted({*stored, *seen}):
            self._compare(f"company on {day}", stored.get(day, Counter()), seen.get(day, Counter()))

    def _compare(self, where: str, stored: Row | Counter[str], seen: Counter[str], *also: str) -> None:
        for name in (*COLUMNS.values(), "entry_count", *also):
            self.watch.expect(
                stored.get(name, 0) == seen[name],
                lambda name=name: f"{where}: {name} is {stored.get(name, 0)}, not {seen[name]}",  # type: ignore[misc]
            )

    def restored(self, published_through: Mapping[str, str]) -> None:
        """After a restore `closed_through` may differ, but only by days whose close needed no event."""
        rows = {
            row["account_id"]: row["closed_through"] for row in self.watch.items("accounting", "balances")
        }
        for account_id, book in self.books.items():
            through, published = rows.get(account_id, ""), published_through.get(account_id, "")
            unpaid = [day for day in book.days if published < day <= through]
            self.watch.expect(
                through >= published and not unpaid,
                f"{account_id} is closed through {through}, published through {published}, has {unpaid}",
            )
            book.closed_through = through
        self.checkpoint()

    def answered_correction(self, entry_id: str) -> None:
        self.watch.expect(
            entry_id in self.corrected, f"the correction of {entry_id} was answered but not booked"
        )

    def check_at_end(self) -> None:
        """At the end every assignment has its fee, every completion its reward."""
        for event_id, source in self.sources.items():
            self.watch.expect(event_id in self.booked, f"{source['event_name']} {event_id} was never booked")


def open_days(balance: Row) -> dict[str, Row] | None:
    """By day, the sums that a balance has; None if they are in rows of their own."""
    if "open_days" not in balance:
        return None
    found = json.loads(balance["open_days"])
    return {day: dict(zip(OPEN_DAY, sums, strict=True)) for day, sums in found.items()}
