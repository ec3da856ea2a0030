"""`ates restore`: brings back a service's tables, then its own events, then the events of the others.

Safe to repeat, also after it was interrupted: it changes nothing that it starts from.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from functions.accounting import restoring as accounting
from functions.auth import restoring as auth
from functions.notifications import restoring as notifications
from functions.tracking import restoring as tracking
from ops.audit import verify
from ops.console import ask, times
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage, Yes
from ops.console.output import Output, ShowProgress
from ops.console.wait import Timer
from ops.recovery import (
    archive,
    backup,
    completeness,
    guard,
    missing_tables,
    pause_service,
    point_in_time,
    proof,
    replay,
    salvage,
    starting_point,
    table_io,
)
from ops.recovery.own_events import ArchiveReader, own_events
from ops.recovery.restore_report import Restored
from ops.recovery.salvage import Salvaged
from ops.recovery.starting_point import EVER, StartingPoint
from ops.stage import connection, consumers, event_versions, operation_log, stage_settings, user_pool
from ops.stage.aws import Aws
from ops.stage.event_sources import Pause
from shared.clock import Clock, parse_rfc3339, rfc3339, system_clock
from shared.journal import EventDocument
from shared.records import JournalRecord, Watermark
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP, CannotRestore, Tables, documents, watermark_of

Source = Literal["pitr", "backup", "archive"]
Plan = point_in_time.PointInTime | backup.Manifest | None
"""What a restore will start from; None is the archive alone."""

RestoredService = Annotated[str, typer.Argument(metavar="SERVICE", help="The service to restore.")]
Moment = Annotated[
    str, typer.Option("--to", metavar="TIME", help="When its data was right: RFC 3339, a date, or now.")
]
SourceOption = Annotated[
    Source | None,
    typer.Option(
        "--from",
        help="Point-in-time recovery (default where the stage has it), the last backup (default elsewhere),"
        " or the archive alone (default where there is no backup).",
    ),
]
IgnorePresent = Annotated[
    bool,
    typer.Option("--ignore-present", help="Ignore the present journal, if it is corrupt."),
]
AcceptMissing = Annotated[
    bool,
    typer.Option(
        "--accept-missing", help="Continue without events that are known to have existed but are lost."
    ),
]


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """The options that decide what is taken over."""

    ignore_present: bool = False
    accept_missing: bool = False


def command(
    service: RestoredService,
    to: Moment,
    source: SourceOption = None,
    ignore_present: IgnorePresent = False,
    accept_missing: AcceptMissing = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Restore a service whose tables are lost or corrupt, and verify the result."""
    backup.checked([service])
    if service == "analytics":
        raise BadInput(
            "analytics has no events of its own: use `ates rebuild analytics`, which recreates its tables too"
        )
    moment = None if to == "now" else times.instant(to, "--to")
    aws, out, timer = connection.aws(stage), Output(as_json), Timer()
    found = _planned(aws, service, moment, source)
    chosen = _source(found)
    _check_versions(aws, service, found, ignore_present)
    if dry_run:
        said = {"service": service, "from": chosen, "start": _name(found)}
        out.result({"dry_run": True, **said}, f"{service} would be restored from {_name(found)}")
        return
    ask.confirmed(
        f"This stops {service} on {aws.target.title} and rewrites its tables from {_name(found)}. Continue?",
        yes,
    )
    asked = {
        "service": service,
        "to": to,
        "from": chosen,
        "ignore_present": ignore_present or None,
        "accept_missing": accept_missing or None,
    }
    wanted = RestoreOptions(ignore_present, accept_missing)
    with operation_log.recorded(aws, "restore", asked, system_clock) as operation:
        with _started(aws, service, found, out, timer) as start:
            restored = restore(aws, service, start, out, system_clock, timer, wanted)
        operation.result.update(restored.record())
    out.step("\n".join(restored.lines()))
    well = verify.everything(aws, None, None, out, timer, also={"restored": asdict(restored)})
    if restored.differences or not well:
        raise typer.Exit(CommandFailed.exit_code)


def restore(
    aws: Aws,
    service: str,
    start: StartingPoint,
    out: Output,
    clock: Clock,
    timer: Timer,
    wanted: RestoreOptions,
) -> Restored:
    """Raises CommandFailed. The service stays paused only if its tables were written in part."""
    found = Restored(service, start.name)
    with pause_service.paused(aws, service, timer) as pause:
        with out.working("reading the archive") as status:
            archive.await_whole(aws, timer, status.update)
            left = salvage.read(aws, service)
            base = table_io.rows(service, start.items)
            event_versions.check(event_versions.of_envelopes(documents(base[JournalRecord])))
            whole = base if wanted.ignore_present else salvage.joined(base, left.rows)
            reader = ArchiveReader(aws, service, start.began_at - OWN_OVERLAP, clock, timer, status.update)
            journal = [] if wanted.ignore_present else left.rows[JournalRecord]
            events = own_events(reader, whole, journal, wanted.accept_missing)
        rows = _restored(aws, service, whole, events, clock())
        rows[Watermark] = [watermark_of(rows, clock())]
        begin = starting_point.others_begin(service, start.began_at, rows)
        if begin < start.began_at - OTHERS_OVERLAP:
            event_versions.check_sources(aws, consumers.of(aws.target.stage, service).values(), begin)
        found.own_events, found.rows = len(events), sum(map(len, rows.values()))
        found.without_user = auth.without_user(rows) if service == "auth" else []
        with _paused_unless_whole(service, pause):
            found.made_tables = missing_tables.make(aws, service, timer)
            _write(aws, service, rows, out)
    with out.working("replaying the events of other services") as status:
        _others_events(aws, service, begin, clock, timer, status.update)
    _compare(aws, found, events, base, whole, left)
    return found


@contextmanager
def _paused_unless_whole(service: str, pause: Pause) -> Iterator[None]:
    """A service with missing rows would draw prices and number entries again. Raises CommandFailed."""
    pause.stays_paused = True
    try:
        yield
    except BaseException as error:
        reason = str(error) or "interrupted"
        raise CommandFailed(
            f"{service} stays paused, because its tables are written in part; repeat the restore ({reason})"
        ) from error
    pause.stays_paused = False


def _planned(aws: Aws, service: str, moment: datetime | None, source: Source | None) -> Plan:
    """Raises CommandFailed if the source that was asked for doesn't exist."""
    if source == "archive":
        return None
    if source == "pitr" or (source is None and stage_settings.is_durable(aws.target.stage)):
        return point_in_time.plan(aws, service, moment)
    try:
        return backup.latest(aws, service, moment or system_clock())
    except backup.NoBackup:
        if source == "backup":
            raise
        return None


def _source(found: Plan) -> Source:
    if found is None:
        return "archive"
    return "backup" if isinstance(found, backup.Manifest) else "pitr"


def _check_versions(aws: Aws, service: str, found: Plan, ignore_present: bool) -> None:
    """Checks the present journals before anything is paused; raises UnknownVersion."""
    began_at = EVER
    if found is not None:
        began_at = parse_rfc3339(found.began_at) if isinstance(found, backup.Manifest) else found.moment
    if not ignore_present:
        event_versions.check_journal(aws, service)
    of_service = consumers.of(aws.target.stage, service).values()
    event_versions.check_sources(aws, of_service, began_at - OTHERS_OVERLAP)


def _name(found: Plan) -> str:
    if found is None:
        return "the archive alone"
    if isinstance(found, backup.Manifest):
        return f"backup {found.backup_id} ({found.rows} rows, ended {found.ended_at})"
    return f"point in time {rfc3339(found.moment)}"


@contextmanager
def _started(aws: Aws, service: str, found: Plan, out: Output, timer: Timer) -> Iterator[StartingPoint]:
    """Called before the pause, because AWS takes long to restore tables."""
    if found is None:
        yield starting_point.from_archive()
        return
    if isinstance(found, backup.Manifest):
        yield starting_point.from_backup(aws, found)
        return
    with (
        out.working("restoring copies of the tables") as status,
        point_in_time.starting_point(aws, service, found, timer, status.update) as start,
    ):
        status.stop()
        yield start


def _restored(
    aws: Aws, service: str, copied: Tables, events: Sequence[EventDocument], now: datetime
) -> dict[type[Any], list[Any]]:
    """Raises CommandFailed if events and copy contradict each other."""
    try:
        match service:
            case "accounting":
                return accounting.restored(
                    copied, events, completeness.ledger_facts(completeness.known_elsewhere(aws, service))
                )
            case "tracking":
                return tracking.restored(copied, events, now)
            case "auth":
                return auth.restored(copied, events, user_pool.emails(aws).get)
        return notifications.restored(copied, events)
    except CannotRestore as error:
        raise CommandFailed(f"nothing was written: {error}") from error


def _write(aws: Aws, service: str, rows: Tables, out: Output) -> None:
    with out.bar("writing rows", sum(map(len, rows.values()))) as bar:
        table_io.fill(aws, service, rows, bar.advance)
        table_io.prune(aws, service, rows, lambda _count: None)
    guard.write(aws, service)


def _others_events(
    aws: Aws, service: str, begin: datetime, clock: Clock, timer: Timer, progress: ShowProgress
) -> None:
    for each in consumers.of(aws.target.stage, service).values():
        if each.trigger:
            replay.replay(aws, each, begin, clock(), clock, timer, progress)


def _compare(
    aws: Aws, found: Restored, events: Sequence[EventDocument], base: Tables, whole: Tables, left: Salvaged
) -> None:
    """Compares the tables with everything that was known: published events, the copy, the present journal.

    Anything else that the tables said before was wrong, and counts as corrected.
    """
    journaled = proof.from_events(documents(whole[JournalRecord]))
    before = proof.merged(proof.from_events(events), proof.from_rows(base), journaled)
    after = proof.present(aws, found.service)
    found.compared = before.counts
    found.differences = list(proof.differences(before, after))
    found.put_right = list(proof.differences(proof.from_rows(left.rows), after))
    found.unreadable = list(left.unreadable)
