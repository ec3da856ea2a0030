"""`ates backup`: copies services' tables to S3, for a restore to start from, on any AWS.

Tables are read one after the other while the product writes. The journal comes last, so for every copied
change its event is copied too, and a restore applies the rest. A copy is therefore consistent as of its end.
A copy without a manifest is incomplete and ignored.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError

from infra import names
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.recovery import pause_service
from ops.stage import connection, operation_log, stacks, tables
from ops.stage.aws import Aws
from shared.clock import Clock, parse_rfc3339, rfc3339, system_clock

FORMAT = 1
ROWS_PER_PART = 20_000
MANIFEST = "manifest.json"
JOURNAL = "journal"

ServiceNames = Annotated[list[str] | None, typer.Argument(metavar="SERVICE", help="Default: all services.")]
ListBackups = Annotated[bool, typer.Option("--list", help="List the copies, newest first.")]


class NoBackup(CommandFailed):
    """The service has no backup of that time."""


class BackupPart(BaseModel):
    key: str
    rows: int
    sha256: str


class Manifest(BaseModel):
    """The parts of a copy; times in RFC 3339."""

    format: int
    service: str
    backup_id: str
    began_at: str
    ended_at: str
    tables: dict[str, list[BackupPart]]

    @property
    def rows(self) -> int:
        return sum(part.rows for parts in self.tables.values() for part in parts)


def command(
    services: ServiceNames = None,
    list_them: ListBackups = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Copy services' tables to S3, or list the copies."""
    aws, out = connection.aws(stage), Output(as_json)
    wanted = checked(services)
    if list_them:
        report(out, [each for service in wanted for each in manifests(aws, service)])
        return
    if dry_run:
        copied = {service: tables.names(service) for service in wanted}
        out.result({"dry_run": True, "tables": copied}, f"the tables of {', '.join(wanted)} would be copied")
        return
    pause_service.check_not_paused(aws, *wanted)
    with operation_log.recorded(aws, "backup", {"services": wanted}, system_clock) as operation:
        made = [backup(aws, service, system_clock, out) for service in wanted]
        operation.result.update({each.service: f"{each.backup_id}, {each.rows} rows" for each in made})
    report(out, made)


def checked(services: Sequence[str] | None) -> list[str]:
    """Raises BadInput for an unknown service."""
    for service in services or ():
        if service not in stacks.SERVICES:
            raise BadInput(f"there is no service {service!r}, only {', '.join(stacks.SERVICES)}")
    return list(services or stacks.SERVICES)


def backup(aws: Aws, service: str, clock: Clock, out: Output) -> Manifest:
    began = clock()
    backup_id = f"{began:%Y%m%dT%H%M%S%fZ}"
    ordered = sorted(tables.names(service), key=lambda name: name == JOURNAL)
    with out.bar(f"copying {service}", len(ordered)) as bar:
        copied: dict[str, list[BackupPart]] = {}
        for table in ordered:
            bar.describe(f"copying {service}: {table}")
            copied[table] = list(_copy(aws, service, table, f"{service}/{backup_id}/{table}"))
            bar.advance()
    manifest = Manifest(
        format=FORMAT,
        service=service,
        backup_id=backup_id,
        began_at=rfc3339(began),
        ended_at=rfc3339(clock()),
        tables=copied,
    )
    key = f"{service}/{backup_id}/{MANIFEST}"
    aws.objects.put_object(Bucket=bucket(aws), Key=key, Body=manifest.model_dump_json().encode())
    return manifest


def manifests(aws: Aws, service: str) -> list[Manifest]:
    """The complete copies of a service, newest first."""
    pages = aws.objects.get_paginator("list_objects_v2").paginate(Bucket=bucket(aws), Prefix=f"{service}/")
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    found = [_manifest(aws, key) for key in keys if key.endswith(f"/{MANIFEST}")]
    return sorted(found, key=lambda each: each.ended_at, reverse=True)


def latest(aws: Aws, service: str, until: datetime) -> Manifest:
    """The last copy that ended by then; raises NoBackup."""
    for manifest in manifests(aws, service):
        if parse_rfc3339(manifest.ended_at) <= until:
            return manifest
    raise NoBackup(
        f"there is no backup of {service} that ended by {rfc3339(until)}; `--from archive` needs none"
    )


def check(aws: Aws, manifest: Manifest) -> None:
    """Raises CommandFailed for a part whose checksum is wrong."""
    for parts in manifest.tables.values():
        for part in parts:
            _read(aws, part)


def items(aws: Aws, manifest: Manifest, table: str) -> Iterator[dict[str, Any]]:
    """A table's items as plain values."""
    for part in manifest.tables.get(table, ()):
        for line in gzip.decompress(_read(aws, part)).splitlines():
            yield {name: tables.plain(value) for name, value in json.loads(line).items()}


def bucket(aws: Aws) -> str:
    return names.backups(aws.target.stage, aws.identity.get_caller_identity()["Account"])


def report(out: Output, found: Sequence[Manifest]) -> None:
    lines = [f"{each.service}  {each.backup_id}  ended {each.ended_at}  {each.rows} rows" for each in found]
    documents = [each.model_dump(exclude={"tables"}) | {"rows": each.rows} for each in found]
    out.result({"backups": documents}, *(lines or ["there is no backup yet"]))


def _copy(aws: Aws, service: str, table: str, prefix: str) -> Iterator[BackupPart]:
    lines: list[bytes] = []
    number = 0
    for item in _typed_items(aws, aws.target.name(service, table)):
        lines.append(json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode())
        if len(lines) == ROWS_PER_PART:
            yield _write(aws, f"{prefix}-{number:05d}.jsonl.gz", lines)
            lines, number = [], number + 1
    if lines:
        yield _write(aws, f"{prefix}-{number:05d}.jsonl.gz", lines)


def _typed_items(aws: Aws, table: str) -> Iterator[dict[str, Any]]:
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return (dict(item) for page in pages for item in page["Items"])


def _write(aws: Aws, key: str, lines: Sequence[bytes]) -> BackupPart:
    body = gzip.compress(b"\n".join(lines), mtime=0)
    aws.objects.put_object(Bucket=bucket(aws), Key=key, Body=body)
    return BackupPart(key=key, rows=len(lines), sha256=hashlib.sha256(body).hexdigest())


def _read(aws: Aws, part: BackupPart) -> bytes:
    body = aws.objects.get_object(Bucket=bucket(aws), Key=part.key)["Body"].read()
    if hashlib.sha256(body).hexdigest() != part.sha256:
        raise CommandFailed(f"{part.key} is corrupt: its checksum differs")
    return body


def _manifest(aws: Aws, key: str) -> Manifest:
    body = aws.objects.get_object(Bucket=bucket(aws), Key=key)["Body"].read()
    try:
        manifest = Manifest.model_validate_json(body)
    except ValidationError as error:
        raise CommandFailed(f"{key} cannot be read: {error.error_count()} errors") from error
    if manifest.format != FORMAT:
        raise CommandFailed(f"{key} has format {manifest.format}, but this command reads format {FORMAT}")
    return manifest
