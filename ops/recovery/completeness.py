"""Which events of a service must exist, as other services' tables prove.

A restore reads the archive until it has them all. Nothing else shows when that is: a completed replay may
still deliver, and the archive's own count is a day old.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from events.accounting import AccountDayClosed, LedgerEntryPosted, TaskPriced
from events.auth import AccountState
from events.envelope import UnreadableEvent, read_envelope
from events.tracking import TaskAssigned, TaskCancelled, TaskCompleted, TaskCreated
from functions.accounting.rows import Entry, Price
from functions.auth.rows import Account
from ops.stage import tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import Tables, documents

Fact = tuple[str, ...]
"""Something that exists, in words: entry 3 of an account, an event of a task."""

Items = Callable[[str, str], Iterable[Mapping[str, Any]]]
"""The items of a service's table; none if the table is gone."""


def known_elsewhere(aws: Aws, service: str) -> frozenset[Fact]:
    """What the other services' tables prove now; none of them stores events of notifications."""

    def items(other: str, table: str) -> Iterator[Mapping[str, Any]]:
        try:
            yield from tables.items(aws, other, table)
        except ClientError as refused:
            if error_code(refused) != "ResourceNotFoundException":
                raise

    return known_in(service, items)


def known_in(service: str, items: Items) -> frozenset[Fact]:
    """The same, from the given items."""
    match service:
        case "accounting":
            return frozenset(_of_accounting(items))
        case "tracking":
            return frozenset(_of_tracking(items))
        case "auth":
            return frozenset(_of_auth(items))
    return frozenset()


def ledger_facts(facts: Iterable[Fact]) -> frozenset[tuple[str, int | str]]:
    """Facts about the ledger as pairs: the account, and the number of an entry or the day of a close."""
    return frozenset(
        (account_id, int(which) if what == "entry" else which) for _, account_id, what, which in facts
    )


def missing(known: frozenset[Fact], rows: Tables, events: Collection[EventDocument]) -> frozenset[Fact]:
    """Facts that are known but appear in neither the rows nor the events."""
    return (known | implied(rows, events)) - recorded(rows, events)


def is_whole(journal: Iterable[JournalRecord], archived: Iterable[str]) -> bool:
    """Whether the journal has every archived event: then it has the last event of all, too."""
    known = {event["event_id"] for event in documents(journal)}
    return bool(known) and known.issuperset(archived)


def recorded(rows: Tables, events: Iterable[EventDocument]) -> frozenset[Fact]:
    """The facts that appear in rows and events of a service."""
    return frozenset(_of_rows(rows)) | frozenset(
        fact for event in [*documents(rows.get(JournalRecord, ())), *events] for fact in _of_event(event)
    )


def implied(rows: Tables, events: Iterable[EventDocument]) -> frozenset[Fact]:
    """Facts that follow from others: a booked task has prices, an assigned one was created."""
    found: set[Fact] = set()
    for row in rows.get(Entry, ()):
        if row.source_event_id is not None:
            found.add(_prices(row.task_id))
    for document in [*documents(rows.get(JournalRecord, ())), *events]:
        event = _event(document)
        if isinstance(event, LedgerEntryPosted) and event.source_event_id is not None:
            found.add(_prices(event.task_id))
        elif isinstance(event, TaskAssigned | TaskCompleted | TaskCancelled):
            found.add(_creation(event.task_id))
    return frozenset(found)


def rebuildable(rows: Tables, events: Iterable[EventDocument]) -> frozenset[Fact]:
    """Facts that can be rebuilt from others: a payout from the close of its day, and the reverse."""
    found: set[Fact] = set()
    for document in [*documents(rows.get(JournalRecord, ())), *events]:
        event = _event(document)
        if isinstance(event, AccountDayClosed) and event.payout_entry_id is not None:
            found.add(_entry(event.account_id, event.last_entry_number or 0))
        elif isinstance(event, LedgerEntryPosted) and event.kind == "payout":
            found.add(("account", event.account_id, "the close of", event.business_day))
    return frozenset(found)


def _of_accounting(items: Items) -> Iterator[Fact]:
    """All generations of analytics count, because each was filled from the same entries."""
    for row in items("analytics", "accounts"):
        _, _, account_id = str(row["generation_account"]).partition("#")
        yield from (_entry(account_id, number) for number in range(1, row["entry_number"] + 1))
    for row in items("notifications", "entries"):
        yield _entry(str(row["account_day"]).rpartition("#")[0], row["entry_number"])
    for row in items("notifications", "reports"):
        yield "account", row["account_id"], "the close of", row["business_day"]


def _of_tracking(items: Items) -> Iterator[Fact]:
    for row in items("accounting", "entries"):
        if row.get("source_event_id") is not None:
            yield "event", row["source_event_id"]
    for row in items("accounting", "prices"):
        yield "task", row["task_id"]


def _of_auth(items: Items) -> Iterator[Fact]:
    for service in ("tracking", "accounting"):
        for row in items(service, "accounts"):
            yield from _versions(row["account_id"], row["version"])


def _of_rows(rows: Tables) -> Iterator[Fact]:
    yield from (_entry(row.account_id, row.entry_number) for row in rows.get(Entry, ()))
    yield from (_prices(row.task_id) for row in rows.get(Price, ()))
    for row in rows.get(Account, ()):
        yield from _versions(row.account_id, row.version)


def _of_event(document: EventDocument) -> Iterator[Fact]:
    yield "event", str(document["event_id"])
    if task_id := document["data"].get("task_id"):
        yield "task", str(task_id)
    event = _event(document)
    if isinstance(event, LedgerEntryPosted):
        yield _entry(event.account_id, event.entry_number)
    elif isinstance(event, AccountDayClosed):
        yield "account", event.account_id, "the close of", event.business_day
    elif isinstance(event, TaskPriced):
        yield _prices(event.task_id)
    elif isinstance(event, TaskCreated):
        yield _creation(event.task_id)
    elif isinstance(event, AccountState):
        yield from _versions(event.account_id, event.version)


def _event(document: EventDocument) -> Any:
    """None for an event that no contract here can read; a restore refuses those later."""
    try:
        return read_envelope(document)[1]
    except UnreadableEvent:
        return None


def _entry(account_id: str, number: int) -> Fact:
    return "account", account_id, "entry", str(number)


def _prices(task_id: str | None) -> Fact:
    return "the prices of task", str(task_id)


def _creation(task_id: str) -> Fact:
    return "the creation of task", task_id


def _versions(account_id: str, last: int) -> Iterator[Fact]:
    """The last version has the whole state of an account, so earlier ones need no event."""
    return (("account", account_id, "version", str(version)) for version in range(1, last + 1))
