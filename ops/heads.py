"""What others have heard of a service: its events are not all read before that much of them is there.

How far a service had come is known from the copies that others made of its events, and from nothing else: a
replay that is over may still deliver, and an archive's own count lags by a day.
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
from ops import tables
from ops.aws import Aws
from shared.records import JournalRecord
from shared.restoring import Envelope, Tables, documents

Fact = tuple[str, ...]
"""What is there, as words: an account's entry 3, a task's event."""

Items = Callable[[str, str], Iterable[Mapping[str, Any]]]
"""The items of a service's table; none of a table that is not there."""


def heard(aws: Aws, service: str) -> frozenset[Fact]:
    """By the others' tables as they are now; nothing of notifications, whose events nobody keeps."""

    def items(other: str, table: str) -> Iterator[Mapping[str, Any]]:
        try:
            yield from tables.items(aws, other, table)
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    return heard_by(service, items)


def heard_by(service: str, items: Items) -> frozenset[Fact]:
    """The same, by the items that are there."""
    match service:
        case "accounting":
            return frozenset(_of_accounting(items))
        case "tracking":
            return frozenset(_of_tracking(items))
        case "auth":
            return frozenset(_of_auth(items))
    return frozenset()


def ledger(facts: Iterable[Fact]) -> frozenset[tuple[str, int | str]]:
    """Of facts about the ledger, the accounts with the numbers of entries or the days of closes."""
    return frozenset(
        (account_id, int(which) if what == "entry" else which) for _, account_id, what, which in facts
    )


def missing(heard: frozenset[Fact], rows: Tables, events: Collection[Envelope]) -> frozenset[Fact]:
    """What is known to have been, and is told neither by rows that are left or copied nor by events."""
    return (heard | needed(rows, events)) - told(rows, events)


def is_whole(journal: Iterable[JournalRecord], archived: Iterable[str]) -> bool:
    """Whether a journal has all of these ids from the archive: then it knows of the last event, too."""
    known = {record.event_id for record in journal}
    return bool(known) and known.issuperset(archived)


def told(rows: Tables, events: Iterable[Envelope]) -> frozenset[Fact]:
    """What is known of a service, by its rows that are left or copied and by its events."""
    return frozenset(_of_rows(rows)) | frozenset(
        fact for event in [*documents(rows.get(JournalRecord, ())), *events] for fact in _of_event(event)
    )


def needed(rows: Tables, events: Iterable[Envelope]) -> frozenset[Fact]:
    """What must be there because of what is: the prices of a booked task, the creation of a task."""
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


def rebuildable(rows: Tables, events: Iterable[Envelope]) -> frozenset[Fact]:
    """What is missing and follows, whole, from what is there: a payout and the close of its day."""
    found: set[Fact] = set()
    for document in [*documents(rows.get(JournalRecord, ())), *events]:
        event = _event(document)
        if isinstance(event, AccountDayClosed) and event.payout_entry_id is not None:
            found.add(_entry(event.account_id, event.last_entry_number or 0))
        elif isinstance(event, LedgerEntryPosted) and event.kind == "payout":
            found.add(("account", event.account_id, "the close of", event.business_day))
    return frozenset(found)


def _of_accounting(items: Items) -> Iterator[Fact]:
    """Analytics' generations don't differ in what was posted, so none of them is left out."""
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


def _of_event(document: Envelope) -> Iterator[Fact]:
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


def _event(document: Envelope) -> Any:
    """None for what no contract here reads: whoever writes rows of it refuses it."""
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
    """The last one tells all of an account, so those before it are known, too."""
    return (("account", account_id, "version", str(version)) for version in range(1, last + 1))
