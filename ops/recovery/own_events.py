"""A restored service's own events, read from the archive until they are known to be all there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.console.errors import CommandFailed
from ops.console.output import ShowProgress
from ops.console.wait import Timer
from ops.recovery import archive, completeness
from ops.stage import event_versions
from ops.stage.aws import Aws
from shared.clock import Clock
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import Tables

MAX_NAMED = 50
PATIENCE_SECONDS = 1800
PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    """Whose events are read from the archive, and since when."""

    aws: Aws
    service: str
    begin: datetime
    clock: Clock
    timer: Timer
    progress: ShowProgress

    def once(self) -> dict[str, EventDocument]:
        """The service's events, by id; raises UnknownVersion."""
        everything = archive.read(self.aws, self.begin, self.clock(), self.clock, self.timer, self.progress)
        own = {each["event_id"]: each for each in everything if each["producer"] == self.service}
        event_versions.check(event_versions.of_envelopes(own.values()))
        return own


def own_events(
    reader: ArchiveReader, before: Tables, journal: Sequence[JournalRecord], accept_missing: bool
) -> list[EventDocument]:
    """The service's own events since the start, from an archive that may deliver late.

    The archive is read again until it has every event that other services' tables prove, and, unless the
    present `journal` is complete, until nothing new has come for half an hour; what can be rebuilt is waited
    for as well. Raises CommandFailed, naming the events that are missing. Never waits on an emulator, whose
    archive is never late, for what may be missing.
    """
    found, counted = reader.once(), archive.counted(reader.aws)
    may_be_late = reader.aws.target.endpoint is None
    deadline = reader.timer.now() + (PATIENCE_SECONDS if may_be_late or not accept_missing else 0)
    while (missing := _missing(reader, before, found.values())) or (
        may_be_late and not completeness.is_whole(journal, found)
    ):
        left = deadline - reader.timer.now()
        if left <= 0:
            _check_missing(missing - completeness.rebuildable(before, found.values()), accept_missing)
            break
        so_far = f"{len(found)} events of {reader.service} read, of {counted} in the archive"
        reason = f"{len(missing)} known ones are missing" if missing else "the last one is unknown"
        reader.progress(f"{so_far}; {reason}: {left:.0f} s left")
        reader.timer.sleep(PAUSE_SECONDS)
        again = reader.once()
        if again.keys() - found.keys():
            deadline = reader.timer.now() + PATIENCE_SECONDS
        found |= again
    return list(found.values())


def _missing(
    reader: ArchiveReader, before: Tables, found: Collection[EventDocument]
) -> frozenset[completeness.Fact]:
    return completeness.missing(completeness.known_elsewhere(reader.aws, reader.service), before, found)


def _check_missing(missing: frozenset[completeness.Fact], accept_missing: bool) -> None:
    """Raises CommandFailed."""
    if missing and not accept_missing:
        named = sorted(" ".join(fact) for fact in missing)
        more = f"; and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
        listed = "; ".join(named[:MAX_NAMED])
        raise CommandFailed(f"nothing was written: neither archive nor journal has {listed}{more}")
