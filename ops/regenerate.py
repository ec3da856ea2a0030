"""`ates regenerate`: a service's events are published again from its own journal, with their first ids.

Whoever consumed them before changes nothing; whoever missed them catches up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from functions.accounting.rows import Entry
from ops import (
    operations,
    options,
    rebuild_bus,
    stacks,
    standstill,
    tables,
    times,
    verify_agreement,
    versions,
)
from ops.agreement import KIND_OF_EVENT, MISSING_ENTRY
from ops.aws import Aws
from ops.errors import BadInput, CommandFailed
from ops.options import AsJson, DryRun, From, Stage, To
from ops.output import Output
from ops.wait import Timer
from shared import outbox
from shared.bus import BusDown, BusEntry, EventBridge, calls
from shared.clock import parse_rfc3339, rfc3339, system_clock
from shared.records import JournalRecord
from shared.scope import JOURNAL_SHARDS

JOURNALS = tuple(service for service in stacks.SERVICES if service != "analytics")
OVERLAP = timedelta(hours=24)
THREADS = 8

Service = Annotated[
    str, typer.Option("--service", metavar="SERVICE", help="Whose events: " + ", ".join(JOURNALS))
]
SinceLastEntry = Annotated[
    bool,
    typer.Option("--since-last-entry", help="Of each account, what came after its last entry less a day."),
]
Missing = Annotated[
    bool, typer.Option("--missing", help="Just the events that `verify` finds without an entry.")
]


def command(
    service: Service,
    begin: From = None,
    end: To = None,
    since_last_entry: SinceLastEntry = False,
    missing: Missing = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Publish events again from the journal of the service that they are of."""
    _check(service, begin, end, since_last_entry, missing)
    aws, out = options.aws(stage), Output(as_json)
    _check_bus(aws)
    standstill.check_none(aws, service, *(["accounting"] if missing or since_last_entry else []))
    with out.working(f"reading the journal of {service}"):
        if missing:
            records = without_entry(aws, out, Timer())
        elif since_last_entry:
            records = after_last_entry(aws)
        else:
            records = within(aws, service, *times.span(begin, end, system_clock()))
    versions.check(versions.of_records(records))
    counts = dict(Counter(record.event_name for record in records))
    if dry_run:
        out.result({"dry_run": True, "events": counts}, f"{len(records)} events would be published: {counts}")
        return
    asked = {"service": service, "from": begin, "to": end, "since_last_entry": since_last_entry or None}
    with operations.recorded(
        aws, "regenerate", {**asked, "missing": missing or None}, system_clock
    ) as course:
        course.result["events"] = counts
        publish(aws, records, out)
    out.result({"events": counts}, f"{len(records)} events are published again: {counts}")


def within(aws: Aws, service: str, begin: datetime, end: datetime) -> list[JournalRecord]:
    """What occurred within, by the journal's hours."""
    first, last = rfc3339(begin), rfc3339(end)
    client, table = aws.dynamodb, aws.target.name(service, "journal")
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda bucket: list(_bucket(client, table, bucket)), _buckets(begin, end))
        records = [record for bucket in found for record in bucket if first <= record.occurred_at <= last]
    return _in_order(records)


def after_last_entry(aws: Aws) -> list[JournalRecord]:
    """Tracking's events of each account from its last entry's source on, less an overlap.

    An account without an entry gets all of its events. A task's creation, which is nobody's, goes with
    its first assignment. Payouts and corrections have no source, and tell nothing of what was heard.
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
    """Exactly the source events that `verify` finds without an entry."""
    agreement = verify_agreement.agree(aws, out, timer)
    wanted = {each.event_id for each in agreement.findings if each.kind == MISSING_ENTRY}
    records = tables.rows(aws, "tracking", JournalRecord) if wanted else ()
    return _in_order(record for record in records if record.event_id in wanted)


def publish(aws: Aws, records: Sequence[JournalRecord], out: Output) -> None:
    """Raises CommandFailed when the bus would not take all; doing it again does no harm."""
    bus = EventBridge(aws.target.name(""), lambda: aws.events)
    entries = [BusEntry(record.producer, record.event_name, record.event) for record in records]
    refused = 0
    with _progress_bar(out) as bar:
        shown = bar.add_task("", total=len(entries))
        for positions in calls(entries):
            try:
                refused += len(positions) - len(outbox.put(positions, entries, bus))
            except BusDown as error:
                raise CommandFailed(f"the bus is down: {error}") from error
            bar.advance(shown, len(positions))
    if refused:
        raise CommandFailed(f"the bus refused {refused} of {len(entries)} events; do it again")


def _check(service: str, begin: str | None, end: str | None, since_last_entry: bool, missing: bool) -> None:
    if service not in JOURNALS:
        raise BadInput(f"--service is one of {', '.join(JOURNALS)}, not {service!r}")
    if (begin is not None) + since_last_entry + missing != 1:
        raise BadInput("one of --from, --since-last-entry and --missing says which events")
    if end is not None and begin is None:
        raise BadInput("--to goes with --from")
    if service != "tracking" and begin is None:
        raise BadInput("only tracking's events lead to entries: --from is needed")


def _check_bus(aws: Aws) -> None:
    """What is published to a bus that is not there is taken, and dropped. Raises CommandFailed."""
    if gone := rebuild_bus.missing(aws):
        raise CommandFailed(f"{len(gone)} parts of the bus are gone; first `ates rebuild bus`")


def _with_assignee(records: Iterable[JournalRecord]) -> Iterator[tuple[JournalRecord, str]]:
    """Each task event with the account that it is booked to; other events of tracking have none."""
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
    """A task's creation before its assignment, which has the same instant."""
    return sorted(
        records, key=lambda record: (record.occurred_at, record.event_name != "Task.Created", record.event_id)
    )


def _buckets(begin: datetime, end: datetime) -> Iterator[str]:
    hour = begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield from (f"{hour:%Y-%m-%dT%H}#{shard:02d}" for shard in range(JOURNAL_SHARDS))
        hour += timedelta(hours=1)


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


def _progress_bar(out: Output) -> Progress:
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=out.progress, transient=True)
