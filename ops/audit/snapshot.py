"""Reads what the services must agree about: their tables and their journal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from events.envelope import Envelope
from functions.accounting.rows import Entry, Price
from functions.analytics import rows as analytics
from functions.auth.rows import Account
from functions.notifications.rows import Report
from functions.tracking.rows import JiraIdClaim, OpenTask, Task
from ops.console.output import ShowProgress
from ops.stage import event_versions, journal, lambdas, sentinels, tables
from ops.stage.aws import Aws

TASK_EVENTS = ("Task.Assigned", "Task.Completed", "Task.Cancelled")
LEDGER_EVENTS = ("Task.Priced", "Ledger.EntryPosted", "Account.DayClosed")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows and journaled events that the rules compare.

    `lost_rows` are the guarded tables without their sentinels, each with its service.
    """

    zone: str
    lost_rows: tuple[tuple[str, str], ...]
    task_events: tuple[Envelope, ...]
    tasks: tuple[Task, ...]
    open_tasks: tuple[OpenTask, ...]
    claims: tuple[JiraIdClaim, ...]
    ledger_events: tuple[Envelope, ...]
    entries: tuple[Entry, ...]
    prices: tuple[Price, ...]
    reports: tuple[Report, ...]
    accounts: tuple[Account, ...]
    replicas: Mapping[str, Mapping[str, Mapping[str, Any]]]
    roster: tuple[Mapping[str, Any], ...]
    generation: int
    totals: tuple[analytics.DayTotal, ...]
    latest: tuple[analytics.LatestEntry, ...]
    minus_counts: tuple[analytics.MinusCount, ...]
    top_tasks: tuple[analytics.TopTask, ...]


def collect(aws: Aws, progress: ShowProgress) -> Snapshot:
    """Reads consumers before producers, so that the cause of every row is in the snapshot too."""

    def rows(service: str, kind: type[Any]) -> tuple[Any, ...]:
        progress(f"reading the tables of {service}")
        return tuple(tables.rows(aws, service, kind))

    generation = current_generation(aws)
    figures = {
        "totals": _of(generation, rows("analytics", analytics.DayTotal), "generation_shard"),
        "latest": _of(generation, rows("analytics", analytics.LatestEntry), "generation_account"),
        "minus_counts": _of(generation, rows("analytics", analytics.MinusCount), "generation"),
        "top_tasks": _of(generation, rows("analytics", analytics.TopTask), "generation"),
    }
    replicas = {service: _replica(aws, service) for service in ("tracking", "accounting")}
    return Snapshot(
        lost_rows=tuple(
            (service, table)
            for service in sentinels.guarded_services()
            for table in sentinels.lost_tables(aws, service)
        ),
        zone=lambdas.business_timezone(aws),
        generation=generation,
        **figures,
        reports=rows("notifications", Report),
        entries=rows("accounting", Entry),
        prices=rows("accounting", Price),
        ledger_events=tuple(journaled(aws, "accounting", LEDGER_EVENTS, progress)),
        open_tasks=rows("tracking", OpenTask),
        claims=rows("tracking", JiraIdClaim),
        tasks=rows("tracking", Task),
        task_events=tuple(journaled(aws, "tracking", TASK_EVENTS, progress)),
        roster=tuple(tables.items(aws, "tracking", "roster")),
        replicas=replicas,
        accounts=rows("auth", Account),
    )


def journaled(aws: Aws, service: str, names: tuple[str, ...], progress: ShowProgress) -> Iterator[Envelope]:
    """All events of these names that the service has ever journaled, unordered; raises UnknownVersion."""
    progress(f"reading {service}: its journal")
    events = list(journal.named(journal.everything(aws, service), names))
    event_versions.check(event_versions.of_envelopes(events))
    yield from map(journal.envelope_of, events)


def current_generation(aws: Aws) -> int:
    """The generation of analytics that is in use."""
    for row in tables.rows(aws, "analytics", analytics.Generation):
        if row.name == analytics.CURRENT:
            return row.generation
    return analytics.FIRST_GENERATION


def _of(generation: int, rows: tuple[Any, ...], key: str) -> tuple[Any, ...]:
    return tuple(row for row in rows if str(getattr(row, key)).split("#")[0] == str(generation))


def _replica(aws: Aws, service: str) -> Mapping[str, Mapping[str, Any]]:
    return {row["account_id"]: row for row in tables.items(aws, service, "accounts")}
