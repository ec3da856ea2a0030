"""Entries, prices, closes and reports: what accounting and notifications keep of tracking's events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from events.accounting import AccountDayClosed, LedgerEntryPosted, TaskPriced
from events.envelope import Envelope
from events.tracking import TaskAssigned, TaskCompleted
from functions.accounting.day_closes import KnownClose, faults, known_close
from functions.accounting.ledger import ASSIGNMENT_FEE, COMPLETION_REWARD
from functions.accounting.posting import entry_posted
from functions.accounting.rows import Entry, Price
from ops.audit.disagreement import Disagreement
from ops.audit.snapshot import Snapshot
from shared.clock import rfc3339
from shared.money import in_words

DOLLAR = 100
FEES = range(10 * DOLLAR, 20 * DOLLAR + 1, DOLLAR)
REWARDS = range(20 * DOLLAR, 40 * DOLLAR + 1, DOLLAR)
KIND_OF_EVENT = {TaskAssigned.event_name: ASSIGNMENT_FEE, TaskCompleted.event_name: COMPLETION_REWARD}
NAMES = {ASSIGNMENT_FEE: "fee", COMPLETION_REWARD: "reward"}

MISSING_ENTRY = "missing entry"


def charges(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Each assignment has one fee, each completion one reward, at its task's price; nothing else has any."""
    prices = {price.task_id: price for price in snapshot.prices}
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in snapshot.entries:
        if entry.source_event_id is not None:
            entries[entry.source_event_id].append(entry)
    for event in snapshot.task_events:
        kind = KIND_OF_EVENT.get(event.event_name)
        if kind is None:
            continue
        found = entries.pop(event.event_id, [])
        yield from _charge(event, kind, found, prices.get(event.data["task_id"]))
    for event_id, orphans in entries.items():
        for entry in orphans:
            what = f"entry {entry.entry_number} names it as its source, but the event does not exist"
            yield Disagreement(
                "entry without event", f"event {event_id}", what, True, event_id, entry.account_id
            )


def _charge(event: Envelope, kind: str, found: list[Entry], price: Price | None) -> Iterator[Disagreement]:
    """One event and the entries that were booked for it."""
    assignee, where = event.data["assignee_id"], f"{event.event_name} {event.event_id}"
    if len(found) != 1:
        fault = "not booked" if not found else "booked more than once"
        what = f"{NAMES[kind]} {fault}: expected 1 entry, found {len(found)} (account {assignee})"
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
            what = f"entry {entry.entry_number}: {name} is {_said(name, got)}, expected {_said(name, want)}"
            yield Disagreement("wrong entry", where, what, False, event.event_id, entry.account_id)


def prices(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Each price is in its range, and equal to the one that was published."""
    published = _by(snapshot.ledger_events, TaskPriced.event_name, lambda data: str(data["task_id"]))
    for price in snapshot.prices:
        where = f"price of task {price.task_id}"
        if price.fee not in FEES or price.reward not in REWARDS:
            yield Disagreement("price out of range", where, _prices(price.fee, price.reward))
        events = published.pop(price.task_id, [])
        said = {(event.data["assignment_fee"], event.data["completion_reward"]) for event in events}
        if said != {(price.fee, price.reward)} or len(events) != 1:
            told = "; ".join(_prices(*each) for each in sorted(said)) or "nothing"
            what = f"is {_prices(price.fee, price.reward)}, but {len(events)} events published {told}"
            yield Disagreement("price and event differ", where, what)
    for task_id in published:
        yield Disagreement(
            "event without price", f"task {task_id}", "its price was published but does not exist"
        )


def _said(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    return in_words(value) if name == "amount" else str(value)


def _prices(fee: int, reward: int) -> str:
    return f"fee {in_words(fee)}, reward {in_words(reward)}"


def ledger_events(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Each entry was published once, with the same fields."""
    published = _by(snapshot.ledger_events, LedgerEntryPosted.event_name, lambda data: str(data["entry_id"]))
    for entry in snapshot.entries:
        where = f"account {entry.account_id}, entry {entry.entry_number}"
        events = published.pop(entry.entry_id, [])
        if len(events) != 1:
            yield Disagreement("entry and event differ", where, f"expected 1 event, found {len(events)}")
            continue
        said, kept = LedgerEntryPosted.model_validate(events[0].data), entry_posted(entry)
        differing = [name for name in type(kept).model_fields if getattr(said, name) != getattr(kept, name)]
        if differing:
            what = f"its event differs in {', '.join(differing)}"
            yield Disagreement("entry and event differ", where, what, False, events[0].event_id)
    for entry_id, events in published.items():
        where = f"account {events[0].data['account_id']}, entry {events[0].data['entry_number']}"
        what = f"was published as {entry_id} but does not exist"
        yield Disagreement("event without ledger entry", where, what, False, events[0].event_id)


def closes(snapshot: Snapshot) -> Iterator[Disagreement]:
    """The event of each closed day agrees with the entries of that day, payout included."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(snapshot.entries, key=lambda each: each.entry_number):
        entries[entry.account_id].append(entry)
    told: dict[str, list[KnownClose]] = defaultdict(list)
    for event in snapshot.ledger_events:
        if event.event_name == AccountDayClosed.event_name:
            close = known_close(event, AccountDayClosed.model_validate(event.data))
            told[close.event.account_id].append(close)
    for account_id, own in told.items():
        booked = {entry.entry_id for entry in entries[account_id]}
        for each in own:
            if each.event.payout_entry_id not in {None, *booked}:
                paid_out = in_words(each.event.paid_out)
                what = f"its payout {each.event.payout_entry_id} of {paid_out} is not booked"
                yield Disagreement("missing payout", each.where, what, account_id=account_id)
        for each, fault in faults(entries[account_id], own):
            yield Disagreement("close and entries differ", each.where, fault, account_id=account_id)


def reports(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Each closed day with entries has one report, with the figures of its event."""
    there = {report.report_id: report for report in snapshot.reports}
    for event in snapshot.ledger_events:
        if event.event_name != AccountDayClosed.event_name or not event.data["entry_count"]:
            continue
        report_id = f"{event.data['account_id']}#{event.data['business_day']}"
        report = there.pop(report_id, None)
        if report is None:
            yield Disagreement(
                "missing report", f"report {report_id}", "does not exist", True, event.event_id
            )
            continue
        names = ("earned", "paid_out", "carried_over", "entry_count")
        if differing := [name for name in names if getattr(report, name) != event.data[name]]:
            what = f"differs from the close of its day in {', '.join(differing)}"
            yield Disagreement("wrong report", f"report {report_id}", what, False, event.event_id)
    for report_id in there:
        yield Disagreement("report without close", f"report {report_id}", "its day was not closed")


def _by(events: Iterable[Envelope], name: str, key: Callable[[Any], str]) -> dict[str, list[Envelope]]:
    found: dict[str, list[Envelope]] = defaultdict(list)
    for event in events:
        if event.event_name == name:
            found[key(event.data)].append(event)
    return found
