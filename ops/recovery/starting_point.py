"""What a restore starts from: a service's tables as they were at a moment in the past."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.tracking import restoring as tracking
from ops.recovery import backup
from ops.stage.aws import Aws
from shared.clock import parse_rfc3339
from shared.restoring import OTHERS_OVERLAP, OWN_OVERLAP, Tables

# Before the first event of any installation.
EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """`items` gives a table's items as plain values; none of them is older than `began_at`."""

    name: str
    began_at: datetime
    items: Callable[[str], Iterable[Mapping[str, Any]]]


def from_backup(aws: Aws, manifest: backup.Manifest) -> StartingPoint:
    """Raises CommandFailed for a corrupt copy."""
    backup.check(aws, manifest)
    return StartingPoint(
        f"backup {manifest.backup_id}",
        parse_rfc3339(manifest.began_at),
        lambda table: backup.items(aws, manifest, table),
    )


def from_archive() -> StartingPoint:
    """No rows: everything comes from the archive and from what the service still has."""
    return StartingPoint("the archive alone", EVER, lambda _table: ())


def others_begin(service: str, began_at: datetime, rows: Tables) -> datetime:
    """From when on a service is given events again, once the restored rows are written.

    Among them is that of each shuffle that starts again: nothing else completes it.
    """
    begin = began_at - OTHERS_OVERLAP
    if service != "tracking":
        return begin
    return min(begin, tracking.first_restarted(rows, began_at) - OWN_OVERLAP)
