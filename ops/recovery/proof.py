"""Proves that a restore changed nothing that may never change: events, prices of tasks, ledger entries.

They were known from the copy, the archive, the journal and other services. A corrupt table may have said
something else; that is corrected.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from events.accounting import LedgerEntryPosted, TaskPriced
from events.envelope import read_envelope
from functions.accounting.restoring import entry_of
from functions.accounting.rows import Entry, Price
from ops.stage import tables
from ops.stage.aws import Aws
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import Tables, documents


@dataclass(frozen=True, slots=True)
class Evidence:
    """Documents by event id, prices by task, entries (with their hashes) by account and number."""

    events: Mapping[str, Any]
    prices: Mapping[str, tuple[int, int]]
    entries: Mapping[str, Mapping[str, Any]]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each; kinds without any are left out."""
        all_of_them = {"events": self.events, "prices": self.prices, "entries": self.entries}
        return {name: len(found) for name, found in all_of_them.items() if found}

    def statements(self) -> dict[str, Any]:
        return {
            **{f"event {event_id}": document for event_id, document in self.events.items()},
            **{f"the prices of task {task_id}": prices for task_id, prices in self.prices.items()},
            **self.entries,
        }


def from_rows(rows: Tables) -> Evidence:
    """From a service's rows."""
    return Evidence(
        {str(event["event_id"]): dict(event) for event in documents(rows.get(JournalRecord, ()))},
        {price.task_id: (price.fee, price.reward) for price in rows.get(Price, ())},
        {_place(entry): asdict(entry) for entry in rows.get(Entry, ())},
    )


def from_events(events: Iterable[EventDocument]) -> Evidence:
    """From events, which every consumer has relied on."""
    documents = {str(envelope["event_id"]): dict(envelope) for envelope in events}
    told = [event for _, event in map(read_envelope, documents.values())]
    entries = [entry_of(event) for event in told if isinstance(event, LedgerEntryPosted)]
    return Evidence(
        documents,
        {
            event.task_id: (event.assignment_fee, event.completion_reward)
            for event in told
            if isinstance(event, TaskPriced)
        },
        {_place(entry): asdict(entry) for entry in entries},
    )


def present(aws: Aws, service: str) -> Evidence:
    """From the tables as they are now."""
    kinds = (JournalRecord, Price, Entry) if service == "accounting" else (JournalRecord,)
    return from_rows({kind: list(tables.rows(aws, service, kind)) for kind in kinds})


def merged(first: Evidence, *others: Evidence) -> Evidence:
    """Where they differ, the first counts."""
    events, prices, entries = dict(first.events), dict(first.prices), dict(first.entries)
    for other in others:
        events, prices = {**other.events, **events}, {**other.prices, **prices}
        entries = {**other.entries, **entries}
    return Evidence(events, prices, entries)


def differences(before: Evidence, after: Evidence) -> Iterator[str]:
    """What was known before and is different now; additions don't count."""
    found = after.statements()
    for what, was in before.statements().items():
        if what not in found:
            yield f"{what}: is missing"
        elif found[what] != was:
            yield f"{what}: {_difference(was, found[what])}"


def _difference(was: Any, is_now: Any) -> str:
    if isinstance(was, Mapping) and isinstance(is_now, Mapping):
        names = [name for name in {**was, **is_now} if was.get(name) != is_now.get(name)]
        return "; ".join(f"{name} was {was.get(name)!r}, is {is_now.get(name)!r}" for name in names)
    return f"were {was}, are {is_now}"


def _place(entry: Entry) -> str:
    return f"account {entry.account_id}, entry {entry.entry_number}"
