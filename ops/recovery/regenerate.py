"""`ates regenerate`: publishes a service's events again from its own journal, with the same event ids.

A consumer that has an event changes nothing; one that missed it catches up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

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
from shared.bus import BusDown, BusEntry, EventBridge
from shared.clock import parse_rfc3339, rfc3339, system_clock
from shared.journal import EventDocument, text_of
from shared.store import pause

JOURNALS = tuple(service for service in stacks.SERVICES if service != "analytics")
OVERLAP = timedelta(hours=24)

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
            events = without_entry(aws, out, Timer())
        elif since_last_entry:
            events = after_last_entry(aws)
        else:
            events = within(aws, service, *times.span(begin, end, system_clock()))
    event_versions.check(event_versions.of_envelopes(events))
    counts = dict(Counter(event["event_name"] for event in events))
    if dry_run:
        out.result(
            {"dry_run": True, "events": counts}, f"{len(events)} events would be published{_listed(counts)}"
        )
        return
    asked = {"service": service, "from": begin, "to": end, "since_last_entry": since_last_entry or None}
    with operation_log.recorded(
        aws, "regenerate", {**asked, "missing": missing or None}, system_clock
    ) as operation:
        operation.result["events"] = counts
        publish(aws, events, out)
    out.result({"events": counts}, f"{len(events)} events published again{_listed(counts)}")


def _listed(counts: Mapping[str, int]) -> str:
    return f": {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}" if counts else ""


def within(aws: Aws, service: str, begin: datetime, end: datetime) -> list[EventDocument]:
    """Events that occurred within the span."""
    return _in_order(journal.within(aws, service, begin, end))


def after_last_entry(aws: Aws) -> list[EventDocument]:
    """For each account, tracking's events since the source of its last entry, less an overlap.

    All events for an account without an entry. A task's creation goes with its first assignment. Payouts and
    corrections have no source, so they don't count.
    """
    since: dict[str, str] = {}
    for entry in tables.rows(aws, "accounting", Entry):
        if entry.source_event_id is not None:
            since[entry.account_id] = max(since.get(entry.account_id, ""), entry.source_occurred_at)
    begin = {account_id: rfc3339(parse_rfc3339(at) - OVERLAP) for account_id, at in since.items()}
    events = _in_order(journal.everything(aws, "tracking"))
    return [
        event for event, assignee in _with_assignee(events) if event["occurred_at"] >= begin.get(assignee, "")
    ]


def without_entry(aws: Aws, out: Output, timer: Timer) -> list[EventDocument]:
    """The source events that `verify` finds without an entry."""
    agreement = services.compare(aws, out, timer)
    wanted = {each.event_id for each in agreement.findings if each.kind == MISSING_ENTRY}
    events = journal.everything(aws, "tracking") if wanted else ()
    return _in_order(event for event in events if event["event_id"] in wanted)


def publish(aws: Aws, events: Sequence[EventDocument], out: Output) -> None:
    """Raises CommandFailed if the bus refuses any; safe to repeat."""
    bus = EventBridge(aws.target.bus, lambda: aws.events)
    entries = [BusEntry(event["producer"], event["event_name"], text_of(event)) for event in events]
    accepted = 0
    with out.bar("publishing", len(entries)) as bar:
        try:
            for taken in outbox.put(entries, bus, pause):
                accepted += len(taken)
                bar.advance(len(taken))
        except BusDown as error:
            raise CommandFailed(f"the bus is down: {error}") from error
    if refused := len(entries) - accepted:
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


def _with_assignee(events: Iterable[EventDocument]) -> Iterator[tuple[EventDocument, str]]:
    """Each task event with the account that it is booked to; events without an account are left out."""
    waiting: dict[str, list[EventDocument]] = defaultdict(list)
    for event in events:
        data = journal.envelope_of(event).data
        if event["event_name"] in KIND_OF_EVENT:
            for created in waiting.pop(data["task_id"], ()):
                yield created, data["assignee_id"]
            yield event, data["assignee_id"]
        elif "task_id" in data:
            waiting[data["task_id"]].append(event)


def _in_order(events: Iterable[EventDocument]) -> list[EventDocument]:
    """By time; a task's creation comes before its assignment, which has the same time."""
    return sorted(
        events,
        key=lambda event: (event["occurred_at"], event["event_name"] != "Task.Created", event["event_id"]),
    )
