"""`ates restore`: a service's tables as they were, then its own events row for row, then the others' events.

Safe to repeat from the start, also after it was broken off: what it starts from is left as it is, or taken
again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from functions.accounting import restoring as accounting
from functions.auth import restoring as auth
from functions.notifications import restoring as notifications
from functions.tracking import restoring as tracking
from ops.audit import verify
from ops.console import times
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
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
from ops.recovery.archive import Envelope
from ops.recovery.salvage import Salvaged
from ops.recovery.starting_point import StartingPoint
from ops.stage import connection, consumers, event_versions, operation_log, stage_settings, user_pool
from ops.stage.aws import Aws
from ops.stage.event_sources import Pause
from shared.clock import Clock, parse_rfc3339, rfc3339, system_clock
from shared.records import JournalRecord
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP, CannotRestore, Tables, documents

MAX_LISTED = 50
PATIENCE_SECONDS = 1800
PAUSE_SECONDS = 60

Source = Literal["pitr", "backup"]

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose tables.")]
Moment = Annotated[
    str, typer.Option("--to", metavar="TIME", help="RFC 3339, a date, or now: when it was right.")
]
From = Annotated[
    Source | None,
    typer.Option("--from", help="Point-in-time recovery (the default where the stage has it) or a backup."),
]
IgnorePresent = Annotated[
    bool,
    typer.Option("--ignore-present", help="Take no newer events from a journal that is spoilt itself."),
]
AcceptMissing = Annotated[
    bool,
    typer.Option("--accept-missing", help="Go on without what others have heard of, if it is nowhere."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How the operator wants it, as the options say."""

    ignore_present: bool = False
    accept_missing: bool = False


@dataclass
class Restored:
    """`differences`: what was known before and is not so now; there should be none.

    `put_right`: what the tables said before, and no event or copy ever did; `unreadable`: rows of which
    nothing could be said; `without_user`: accounts that came back without their user or their address.
    """

    service: str
    start: str
    own_events: int = 0
    rows: int = 0
    made_tables: list[str] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    put_right: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    without_user: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """For the record of operations: of each list no more than can be kept."""
        return {
            name: value[:MAX_LISTED] if isinstance(value, list) else value
            for name, value in asdict(self).items()
        }

    def lines(self) -> Iterator[str]:
        yield f"{self.service} is back from {self.start}: {self.rows} rows, {self.own_events} own events"
        yield f"the same as before: {', '.join(f'{count} {what}' for what, count in self.compared.items())}"
        yield from (f"NOT as it was: {each}" for each in self.differences)
        yield from (f"put right: {each}" for each in self.put_right)
        yield from (f"could not be read: {each}" for each in self.unreadable)
        yield from (f"to be looked at: {each}" for each in self.without_user)


def command(
    service: Service,
    to: Moment,
    source: From = None,
    ignore_present: IgnorePresent = False,
    accept_missing: AcceptMissing = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Bring a lost or spoilt service back, and prove it."""
    backup.checked([service])
    if service == "analytics":
        raise BadInput(
            "analytics has no events of its own: `ates rebuild analytics` makes it again, tables too"
        )
    moment = None if to == "now" else times.instant(to, "--to")
    aws, out, timer = connection.aws(stage), Output(as_json), Timer()
    chosen: Source = source or ("pitr" if stage_settings.is_durable(aws.target.stage) else "backup")
    found = _planned(aws, service, moment, chosen)
    _check_versions(aws, service, found, ignore_present)
    if dry_run:
        said = {"service": service, "from": chosen, "start": _name(found)}
        out.result({"dry_run": True, **said}, f"{service} would start from {_name(found)}")
        return
    if not (yes or typer.confirm(f"This stops {service} and rewrites its tables. Continue?", err=True)):
        raise BadInput("nothing was restored")
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
    """Raises CommandFailed. The service runs again, but for one whose tables are written in part only."""
    found = Restored(service, start.name)
    with pause_service.paused(aws, service, timer) as pause:
        with out.working("reading the archive") as status:
            archive.await_whole(aws, timer, status.update)
            left = salvage.read(aws, service)
            base = table_io.rows(service, start.items)
            event_versions.check(event_versions.of_records(base[JournalRecord]))
            whole = base if wanted.ignore_present else salvage.joined(base, left.rows)
            reading = ArchiveReader(aws, service, start.began_at - OWN_OVERLAP, clock, timer, status.update)
            journal = [] if wanted.ignore_present else left.rows[JournalRecord]
            events = own_events(reading, whole, journal, wanted.accept_missing)
        rows = _restored(aws, service, whole, events, clock())
        found.own_events, found.rows = len(events), sum(map(len, rows.values()))
        found.without_user = auth.without_user(rows) if service == "auth" else []
        with _whole_or_still(service, pause):
            found.made_tables = missing_tables.make(aws, service, timer)
            _write(aws, service, rows, out)
    with out.working("the others' events") as status:
        _others_events(aws, service, start.began_at - OTHERS_OVERLAP, clock, timer, status.update)
    _compare(aws, found, events, base, whole, left)
    return found


@contextmanager
def _whole_or_still(service: str, pause: Pause) -> Iterator[None]:
    """With some rows missing, prices would be drawn and entries numbered again. Raises CommandFailed."""
    pause.stays_paused = True
    try:
        yield
    except BaseException as error:
        reason = str(error) or type(error).__name__
        raise CommandFailed(
            f"{service} stands still, its tables written in part; restore it again ({reason})"
        ) from error
    pause.stays_paused = False


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    """Of which service's events, and how the archive is read."""

    aws: Aws
    service: str
    begin: datetime
    clock: Clock
    timer: Timer
    progress: Callable[[str], None]

    def once(self) -> dict[str, Envelope]:
        """Raises UnknownVersion."""
        everything = archive.read(self.aws, self.begin, self.clock(), self.clock, self.timer, self.progress)
        own = {each["event_id"]: each for each in everything if each["producer"] == self.service}
        event_versions.check(event_versions.of_envelopes(own.values()))
        return own


def own_events(
    reading: ArchiveReader, before: Tables, journal: Sequence[JournalRecord], accept_missing: bool
) -> list[Envelope]:
    """What the service has published since, from the archive, read until all is there that others heard of.

    Raises CommandFailed with what is missing when nothing new has come for half an hour. A payout or a
    close that can be rebuilt is waited for as long, as its event would come under its own id. So is what
    nobody may have heard of yet, unless the present `journal` is whole. Nothing is waited for that may be
    missing and can't come: an emulator's archive has everything at once.
    """
    found, counted = reading.once(), archive.counted(reading.aws)
    may_be_late = reading.aws.target.endpoint is None
    deadline = reading.timer.now() + (PATIENCE_SECONDS if may_be_late or not accept_missing else 0)
    while (missing := _missing(reading, before, found.values())) or (
        may_be_late and not completeness.is_whole(journal, found)
    ):
        left = deadline - reading.timer.now()
        if left <= 0:
            _check_missing(missing - completeness.rebuildable(before, found.values()), accept_missing)
            break
        so_far = f"{len(found)} events of {reading.service}, of {counted} that the archive counts"
        reason = f"{len(missing)} are known to be missing" if missing else "the journal can't tell the last"
        reading.progress(f"{so_far}; {reason}: {left:.0f} s left")
        reading.timer.sleep(PAUSE_SECONDS)
        again = reading.once()
        if again.keys() - found.keys():
            deadline = reading.timer.now() + PATIENCE_SECONDS
        found |= again
    return list(found.values())


def _missing(
    reading: ArchiveReader, before: Tables, found: Collection[Envelope]
) -> frozenset[completeness.Fact]:
    return completeness.missing(completeness.known_elsewhere(reading.aws, reading.service), before, found)


def _check_missing(missing: frozenset[completeness.Fact], accept_missing: bool) -> None:
    """Raises CommandFailed."""
    if missing and not accept_missing:
        named = sorted(" ".join(fact) for fact in missing)
        more = f"; and {len(named) - MAX_LISTED} more" if len(named) > MAX_LISTED else ""
        listed = "; ".join(named[:MAX_LISTED])
        raise CommandFailed(f"nothing was written: neither archive nor journal has {listed}{more}")


def _planned(
    aws: Aws, service: str, moment: datetime | None, source: Source
) -> point_in_time.PointInTime | backup.Manifest:
    if source == "pitr":
        return point_in_time.plan(aws, service, moment)
    return backup.latest(aws, service, moment or system_clock())


def _check_versions(
    aws: Aws, service: str, found: point_in_time.PointInTime | backup.Manifest, ignore_present: bool
) -> None:
    """By the journals that are there, before anything stands still. Raises UnknownVersion."""
    began_at = parse_rfc3339(found.began_at) if isinstance(found, backup.Manifest) else found.moment
    if not ignore_present:
        event_versions.check_journal(aws, service)
    of_service = consumers.of(aws.target.stage, service).values()
    event_versions.check_sources(aws, of_service, began_at - OTHERS_OVERLAP)


def _name(found: point_in_time.PointInTime | backup.Manifest) -> str:
    if isinstance(found, backup.Manifest):
        return f"backup {found.backup_id} ({found.rows} rows, ended {found.ended_at})"
    return f"point in time {rfc3339(found.moment)}"


@contextmanager
def _started(
    aws: Aws, service: str, found: point_in_time.PointInTime | backup.Manifest, out: Output, timer: Timer
) -> Iterator[StartingPoint]:
    """Before anything stands still: tables restored by AWS take their time."""
    if isinstance(found, backup.Manifest):
        yield starting_point.from_backup(aws, found)
        return
    with (
        out.working("restoring tables beside the real ones") as status,
        point_in_time.starting_point(aws, service, found, timer, status.update) as start,
    ):
        status.stop()
        yield start


def _restored(
    aws: Aws, service: str, copied: Tables, events: Sequence[Envelope], now: datetime
) -> dict[type[Any], list[Any]]:
    """Raises CommandFailed where events and copy contradict each other."""
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
    columns = (TextColumn("writing rows"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out.progress, transient=True) as bar:
        shown = bar.add_task("", total=sum(map(len, rows.values())))
        table_io.fill(aws, service, rows, lambda count: bar.advance(shown, count))
        table_io.prune(aws, service, rows, lambda _count: None)
    guard.write(aws, service)


def _others_events(
    aws: Aws, service: str, begin: datetime, clock: Clock, timer: Timer, progress: Callable[[str], None]
) -> None:
    for each in consumers.of(aws.target.stage, service).values():
        if each.bus:
            replay.replay(aws, each, begin, clock(), clock, timer, progress)


def _compare(
    aws: Aws, found: Restored, events: Sequence[Envelope], base: Tables, whole: Tables, left: Salvaged
) -> None:
    """With all that was known: by what was published, by the copy, and by a journal that was left.

    What else the tables said, before they were rewritten, no event and no copy says.
    """
    journaled = proof.from_events(documents(whole[JournalRecord]))
    before = proof.merged(proof.from_events(events), proof.from_rows(base), journaled)
    after = proof.present(aws, found.service)
    found.compared = before.counts
    found.differences = list(proof.differences(before, after))
    found.put_right = list(proof.differences(proof.from_rows(left.rows), after))
    found.unreadable = list(left.unreadable)
