"""`ates restore`: a service's tables as they were, then its own events row for row, then the others' events.

Safe to repeat from the start, also after it was broken off: the copy it starts from is left as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from functions.accounting import restoring as accounting
from functions.accounting.domain import Entry, Price
from functions.auth import restoring as auth
from functions.notifications import restoring as notifications
from functions.tracking import restoring as tracking
from ops import (
    archive,
    backup,
    consumers,
    copies,
    operations,
    options,
    replay,
    standstill,
    tables,
    times,
    users,
    verify,
)
from ops.archive import Envelope
from ops.aws import Aws
from ops.errors import BadInput, CommandFailed
from ops.options import AsJson, DryRun, Stage
from ops.output import Output
from ops.wait import Timer
from shared.clock import Clock, parse_rfc3339, system_clock
from shared.restoring import CannotRestore, Tables

# How long before a copy began an event may have been published whose effect it has not.
OVERLAP = timedelta(minutes=15)

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose tables.")]
Moment = Annotated[
    str, typer.Option("--to", metavar="TIME", help="RFC 3339, a date, or now: when it was right.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

Prices = Mapping[str, tuple[int, int]]
Hashes = Mapping[tuple[str, int], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What may never change: the prices of tasks, and id and hash of each entry by account and number."""

    prices: Prices
    entries: Hashes


@dataclass
class Restored:
    """`differences` are prices and entries that are not what they were before; there should be none."""

    service: str
    backup_id: str
    own_events: int
    rows: int
    made_tables: list[str] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def command(
    service: Service,
    to: Moment,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Bring a lost or spoilt service back, and prove it."""
    backup.checked([service])
    aws, out = options.aws(stage), Output(as_json)
    moment = system_clock() if to == "now" else times.instant(to, "--to")
    if service == "analytics":
        raise BadInput(
            "analytics has no events of its own: `ates rebuild analytics` makes it again, tables too"
        )
    manifest = backup.latest(aws, service, moment)
    if dry_run:
        said = f"{service} would start from {manifest.backup_id} ({manifest.rows} rows, {manifest.ended_at})"
        out.result({"dry_run": True, "backup_id": manifest.backup_id, "rows": manifest.rows}, said)
        return
    if not (
        yes or typer.confirm(f"{service} will stand still and its tables be written anew. Go on?", err=True)
    ):
        raise BadInput("nothing was restored")
    with operations.recorded(aws, "restore", {"service": service, "to": to}, system_clock) as course:
        restored = restore(aws, service, manifest, out, system_clock, Timer())
        course.result.update(asdict(restored))
    lines = [f"{name}: {count} compared" for name, count in restored.compared.items()]
    said = f"{service} is back: {restored.rows} rows, {restored.own_events} own events"
    out.step("\n".join([said, *lines, *restored.differences]))
    well = verify.everything(aws, None, None, out, Timer(), also={"restored": asdict(restored)})
    if restored.differences or not well:
        raise typer.Exit(CommandFailed.exit_code)


def restore(
    aws: Aws, service: str, manifest: backup.Manifest, out: Output, clock: Clock, timer: Timer
) -> Restored:
    """Raises CommandFailed; the service runs again in any case."""
    backup.check(aws, manifest)
    begin = parse_rfc3339(manifest.began_at) - OVERLAP
    with standstill.standing_still(aws, service, timer):
        with out.working("reading the archive") as status:
            events = own_events(aws, service, begin, clock, timer, status.update)
        copied = copies.rows(service, lambda table: backup.items(aws, manifest, table))
        rows = _restored(aws, service, copied, events, clock())
        known = _known(rows)
        made = copies.make_missing(aws, service, timer)
        _write(aws, service, rows, out)
    with out.working("the others' events") as status:
        for each in consumers.of(aws.target.stage, service).values():
            if each.bus:
                replay.replay(aws, each, begin, clock(), clock, timer, status.update)
    found = Restored(service, manifest.backup_id, len(events), sum(map(len, rows.values())), made)
    if service == "accounting":
        found.compared = {"prices": len(known.prices), "entries": len(known.entries)}
        found.differences = list(differences(known, _known_now(aws)))
    return found


def own_events(
    aws: Aws, service: str, begin: datetime, clock: Clock, timer: Timer, progress: Callable[[str], None]
) -> list[Envelope]:
    """What the service has published since, from the archive."""
    everything = archive.read(aws, begin, clock(), clock, timer, progress)
    return [envelope for envelope in everything if envelope["producer"] == service]


def differences(before: Known, after: Known) -> Iterator[str]:
    """Whatever of before is not the same afterwards; more may have come."""
    for task_id, prices in before.prices.items():
        if after.prices.get(task_id) != prices:
            yield f"task {task_id}: its prices are {after.prices.get(task_id)}, they were {prices}"
    for (account_id, number), entry in before.entries.items():
        if after.entries.get((account_id, number)) != entry:
            now = after.entries.get((account_id, number))
            yield f"account {account_id}: entry {number} is {now}, it was {entry}"


def _restored(
    aws: Aws, service: str, copied: Tables, events: Sequence[Envelope], now: datetime
) -> dict[type[Any], list[Any]]:
    """Raises CommandFailed where events and copy contradict each other."""
    try:
        match service:
            case "accounting":
                return accounting.restored(copied, events)
            case "tracking":
                return tracking.restored(copied, events, now)
            case "auth":
                return auth.restored(copied, events, users.emails(aws).get)
        return notifications.restored(copied, events)
    except CannotRestore as error:
        raise CommandFailed(f"nothing was written: {error}") from error


def _write(aws: Aws, service: str, rows: Tables, out: Output) -> None:
    columns = (TextColumn("writing rows"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out.progress, transient=True) as bar:
        shown = bar.add_task("", total=sum(map(len, rows.values())))
        copies.empty(aws, service, lambda _count: None)
        copies.fill(aws, service, rows, lambda count: bar.advance(shown, count))


def _known(rows: Tables) -> Known:
    return Known(
        {price.task_id: (price.fee, price.reward) for price in rows.get(Price, ())},
        {(each.account_id, each.entry_number): (each.entry_id, each.hash) for each in rows.get(Entry, ())},
    )


def _known_now(aws: Aws) -> Known:
    return _known({kind: list(tables.rows(aws, "accounting", kind)) for kind in (Price, Entry)})
