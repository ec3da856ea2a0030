"""What may never change, whatever is lost: events, the prices of tasks, the entries of the ledger.

It was known to the copy, to the archive, to the journal, and to whoever heard of it. A table that was spoilt
may have said something else: then it was put right.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from events.accounting import LedgerEntryPosted, TaskPriced
from events.envelope import read_envelope
from functions.accounting.restoring import entry_of
from functions.accounting.rows import Entry, Price
from ops import tables
from ops.aws import Aws
from shared.records import JournalRecord
from shared.restoring import Envelope, Tables

Fact = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Each by what it is of: the event's document, a task's prices, all of an entry (its hash, too)."""

    events: Mapping[str, Any]
    prices: Mapping[str, tuple[int, int]]
    entries: Mapping[str, Mapping[str, Any]]

    @property
    def counts(self) -> dict[str, int]:
        """Of what there is none, nothing is said."""
        all_of_them = {"events": self.events, "prices": self.prices, "entries": self.entries}
        return {name: len(found) for name, found in all_of_them.items() if found}

    def facts(self) -> dict[str, Any]:
        return {
            **{f"event {event_id}": document for event_id, document in self.events.items()},
            **{f"the prices of task {task_id}": prices for task_id, prices in self.prices.items()},
            **self.entries,
        }


def of_rows(rows: Tables) -> Known:
    """What rows say of themselves."""
    records = rows.get(JournalRecord, ())
    return Known(
        {record.event_id: json.loads(record.event) for record in records},
        {price.task_id: (price.fee, price.reward) for price in rows.get(Price, ())},
        {_place(entry): asdict(entry) for entry in rows.get(Entry, ())},
    )


def of_events(events: Iterable[Envelope]) -> Known:
    """What events tell: to everybody who heard them, it is so."""
    documents = {str(envelope["event_id"]): dict(envelope) for envelope in events}
    told = [event for _, event in map(read_envelope, documents.values())]
    entries = [entry_of(event) for event in told if isinstance(event, LedgerEntryPosted)]
    return Known(
        documents,
        {
            event.task_id: (event.assignment_fee, event.completion_reward)
            for event in told
            if isinstance(event, TaskPriced)
        },
        {_place(entry): asdict(entry) for entry in entries},
    )


def now(aws: Aws, service: str) -> Known:
    """From the tables."""
    kinds = (JournalRecord, Price, Entry) if service == "accounting" else (JournalRecord,)
    return of_rows({kind: list(tables.rows(aws, service, kind)) for kind in kinds})


def together(first: Known, *others: Known) -> Known:
    """The first one's word counts."""
    events, prices, entries = dict(first.events), dict(first.prices), dict(first.entries)
    for other in others:
        events, prices = {**other.events, **events}, {**other.prices, **prices}
        entries = {**other.entries, **entries}
    return Known(events, prices, entries)


def differences(before: Known, after: Known) -> Iterator[str]:
    """Whatever of before is not the same afterwards; more may have come."""
    found = after.facts()
    for what, was in before.facts().items():
        if what not in found:
            yield f"{what}: is not there any more"
        elif found[what] != was:
            yield f"{what}: {_difference(was, found[what])}"


def _difference(was: Any, is_now: Any) -> str:
    if isinstance(was, Mapping) and isinstance(is_now, Mapping):
        names = [name for name in {**was, **is_now} if was.get(name) != is_now.get(name)]
        return "; ".join(f"{name} is {is_now.get(name)!r}, was {was.get(name)!r}" for name in names)
    return f"are {is_now}, were {was}"


def _place(entry: Entry) -> str:
    return f"account {entry.account_id}, entry {entry.entry_number}"
