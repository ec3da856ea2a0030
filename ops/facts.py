"""Collects what the services must agree about: their tables, whole, and their journals."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from events.envelope import Envelope
from functions.accounting.rows import Entry, Price
from functions.analytics import rows as analytics
from functions.auth.rows import Account
from functions.notifications.rows import Report
from functions.tracking.rows import OpenTask, Task
from ops import guards, tables, versions
from ops.agreement import Facts
from ops.aws import Aws
from shared.records import JournalRecord

Progress = Callable[[str], None]

TASK_EVENTS = ("Task.Assigned", "Task.Completed", "Task.Cancelled")
LEDGER_EVENTS = ("Task.Priced", "Ledger.EntryPosted", "Account.DayClosed")


def collect(aws: Aws, progress: Progress) -> Facts:
    """Consumers first and producers after them, so that what is seen done has its cause seen too."""

    def rows(service: str, kind: type[Any]) -> tuple[Any, ...]:
        progress(f"reading {service}: {kind.__name__}")
        return tuple(tables.rows(aws, service, kind))

    generation = current_generation(aws)
    figures = {
        "totals": _of(generation, rows("analytics", analytics.DayTotal), "generation_shard"),
        "latest": _of(generation, rows("analytics", analytics.LatestEntry), "generation_account"),
        "minus_counts": _of(generation, rows("analytics", analytics.MinusCount), "generation"),
        "top_tasks": _of(generation, rows("analytics", analytics.TopTask), "generation"),
    }
    replicas = {service: _replica(aws, service) for service in ("tracking", "accounting")}
    return Facts(
        lost_rows=tuple(
            (service, table) for service in guards.services() for table in guards.lost(aws, service)
        ),
        zone=business_timezone(aws),
        generation=generation,
        **figures,
        reports=rows("notifications", Report),
        entries=rows("accounting", Entry),
        prices=rows("accounting", Price),
        ledger_events=tuple(journal(aws, "accounting", LEDGER_EVENTS, progress)),
        open_tasks=rows("tracking", OpenTask),
        tasks=rows("tracking", Task),
        task_events=tuple(journal(aws, "tracking", TASK_EVENTS, progress)),
        roster=tuple(tables.items(aws, "tracking", "roster")),
        replicas=replicas,
        accounts=rows("auth", Account),
    )


def journal(aws: Aws, service: str, names: tuple[str, ...], progress: Progress) -> Iterator[Envelope]:
    """Every event of these names that the service ever journaled, in no order; raises UnknownVersion."""
    progress(f"reading {service}: its journal")
    records = [row for row in tables.rows(aws, service, JournalRecord) if row.event_name in names]
    versions.check(versions.of_records(records))
    yield from map(tables.envelope_of, records)


def current_generation(aws: Aws) -> int:
    """Analytics', which is read and written."""
    for row in tables.rows(aws, "analytics", analytics.Generation):
        if row.name == analytics.CURRENT:
            return row.generation
    return analytics.FIRST_GENERATION


def business_timezone(aws: Aws) -> str:
    """The company's time zone, as the functions are told it."""
    name = aws.target.name("accounting", "close_days")
    variables = aws.functions.get_function_configuration(FunctionName=name).get("Environment", {})
    return variables.get("Variables", {}).get("BUSINESS_TIMEZONE", "UTC")


def _of(generation: int, rows: tuple[Any, ...], key: str) -> tuple[Any, ...]:
    return tuple(row for row in rows if str(getattr(row, key)).split("#")[0] == str(generation))


def _replica(aws: Aws, service: str) -> Mapping[str, Mapping[str, Any]]:
    return {row["account_id"]: row for row in tables.items(aws, service, "accounts")}
