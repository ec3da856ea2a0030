"""`ates regenerate`: publishes a service's events again from its own journal, with the same event ids.

A consumer that has an event changes nothing; one that missed it catches up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from functions.accounting.rows import Entry
from ops.audit import services
from ops.audit.ledger_rules import KIND_OF_EVENT, MISSING_ENTRY
from ops.console import times
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, From, Stage, To
from ops.console.output import Output
from ops.console.wait import Timer
from ops.recovery import pause_service, rebuild_bus
from ops.stage import connection, event_versions, journal, operation_log, stacks, tables
from ops.stage.aws import Aws
from shared import outbox
from shared.bus import BusDown, BusEntry, EventBridge, calls
from shared.clock import parse_rfc3339, rfc3339, system_clock
from shared.records import JournalRecord

JOURNALS = tuple(service for service in stacks.SERVICES if service != "analytics")
OVERLAP = timedelta(hours=24)
THREADS = 8

ServiceName = Annotated[
    str, typer.Option("--service", metavar="SERVICE", help="The publisher: " + ", ".join(JOURNALS))
]
SinceLastEntry = Annotated[
    bool,
    typer.Option("--since-last-entry", help="For each account: events after its last entry, less a day."),
]
MissingOnly = Annotated[
    bool, typer.Option("--missing", help="Only the events that `verify` finds without an entry.")
]


def command(
    service: ServiceName,
    begin: From = None,
    end: To = None,
    since_last_entry: SinceLastEntry = False,
    missing: MissingOnly = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Publish a service's events again from its journal."""
    _check(service, begin, end, since_last_entry, missing)
    aws, out = connection.aws(stage), Output(as_json)
    _check_bus(aws)
    pause_service.check_not_paused(aws, service, *(["accounting"] if missing or since_last_entry else []))
    with out.working(f"reading the journal of {service}"):
        if missing:
            records = without_entry(aws, out, Timer())
        elif since_last_entry:
            records = after_last_entry(aws)
        else:
            records = within(aws, service, *times.span(begin, end, system_clock()))
    event_versions.check(event_versions.of_records(records))
    counts = dict(Counter(record.event_name for record in records))
    if dry_run:
        out.result(
            {"dry_run": True, "events": counts}, f"{len(records)} events would be published{_listed(counts)}"
        )
        return
    asked = {"service": service, "from": begin, "to": end, "since_last_entry": since_last_entry or None}
    with operation_log.recorded(
        aws, "regenerate", {**asked, "missing": missing or None}, system_clock
    ) as operation:
        operation.result["events"] = counts
        publish(aws, records, out)
    out.result({"events": counts}, f"{len(records)} events published again{_listed(counts)}")


def _listed(counts: Mapping[str, int]) -> str:
    return f": {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}" if counts else ""


def within(aws: Aws, service: str, begin: datetime, end: datetime) -> list[JournalRecord]:
    """Events that occurred within the span."""
    first, last = rfc3339(begin), rfc3339(end)
    client, table = aws.dynamodb, aws.target.name(service, "journal")
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda bucket: list(_bucket(client, table, bucket)), journal.buckets(begin, end))
        records = [record for bucket in found for record in bucket if first <= record.occurred_at <= last]
    return _in_order(records)


def after_last_entry(aws: Aws) -> list[JournalRecord]:
    """For each account, tracking's events since the source of its last entry, less an overlap.

    All events for an account without an entry. A task's creation goes with its first assignment. Payouts and
    corrections have no source, so they don't count.
    """
    since: dict[str, str] = {}
    for entry in tables.rows(aws, "accounting", Entry):
        if entry.source_event_id is not None:
            since[entry.account_id] = max(since.get(entry.account_id, ""), entry.source_occurred_at)
    begin = {account_id: rfc3339(parse_rfc3339(at) - OVERLAP) for account_id, at in since.items()}
    records = _in_order(tables.rows(aws, "tracking", JournalRecord))
    return [
        record
        for record, assignee in _with_assignee(records)
        if record.occurred_at >= begin.get(assignee, "")
    ]


def without_entry(aws: Aws, out: Output, timer: Timer) -> list[JournalRecord]:
    """The source events that `verify` finds without an entry."""
    agreement = services.compare(aws, out, timer)
    wanted = {each.event_id for each in agreement.findings if each.kind == MISSING_ENTRY}
    records = tables.rows(aws, "tracking", JournalRecord) if wanted else ()
    return _in_order(record for record in records if record.event_id in wanted)


def publish(aws: Aws, records: Sequence[JournalRecord], out: Output) -> None:
    """Raises CommandFailed if the bus refuses any; safe to repeat."""
    bus = EventBridge(aws.target.bus, lambda: aws.events)
    entries = [BusEntry(record.producer, record.event_name, record.event) for record in records]
    refused = 0
    with out.bar("publishing", len(entries)) as bar:
        for positions in calls(entries):
            try:
                refused += len(positions) - len(outbox.put(positions, entries, bus))
            except BusDown as error:
                raise CommandFailed(f"the bus is down: {error}") from error
            bar.advance(len(positions))
    if refused:
        raise CommandFailed(f"the bus refused {refused} of {len(entries)} events; repeat the command")


def _check(service: str, begin: str | None, end: str | None, since_last_entry: bool, missing: bool) -> None:
    if service not in JOURNALS:
        raise BadInput(f"--service takes one of {', '.join(JOURNALS)}, not {service!r}")
    if (begin is not None) + since_last_entry + missing != 1:
        raise BadInput("give exactly one of --from, --since-last-entry and --missing")
    if end is not None and begin is None:
        raise BadInput("--to needs --from")
    if service != "tracking" and begin is None:
        raise BadInput("only tracking's events lead to entries; use --from")


def _check_bus(aws: Aws) -> None:
    """Raises CommandFailed if parts of the bus are missing: EventBridge then drops what it accepts."""
    if gone := rebuild_bus.missing(aws):
        raise CommandFailed(f"{len(gone)} parts of the bus are missing; run `ates rebuild bus` first")


def _with_assignee(records: Iterable[JournalRecord]) -> Iterator[tuple[JournalRecord, str]]:
    """Each task event with the account that it is booked to; events without an account are left out."""
    waiting: dict[str, list[JournalRecord]] = defaultdict(list)
    for record in records:
        data = tables.envelope_of(record).data
        if record.event_name in KIND_OF_EVENT:
            for created in waiting.pop(data["task_id"], ()):
                yield created, data["assignee_id"]
            yield record, data["assignee_id"]
        elif "task_id" in data:
            waiting[data["task_id"]].append(record)


def _in_order(records: Iterable[JournalRecord]) -> list[JournalRecord]:
    """By time; a task's creation comes before its assignment, which has the same time."""
    return sorted(
        records, key=lambda record: (record.occurred_at, record.event_name != "Task.Created", record.event_id)
    )


def _bucket(client: Any, table: str, bucket: str) -> Iterator[JournalRecord]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#bucket = :bucket",
        ExpressionAttributeNames={"#bucket": "bucket"},
        ExpressionAttributeValues={":bucket": {"S": bucket}},
    )
    for page in pages:
        for item in page["Items"]:
            plain = {name: tables.plain(value) for name, value in item.items()}
            yield tables.row_of(JournalRecord, plain)
