"""`ates guard`: writes the sentinels by which services notice a lost table; `shared.guards` says why.

The first deployment that has a guarded table writes its sentinel, once. The table `operations`, which belongs
to no service, keeps that this was done. A guarded table without its sentinel has therefore been lost, and
only a restore (a rebuild, for analytics) writes the sentinel again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.recovery import table_io
from ops.stage import connection, operation_log, sentinels, tables
from ops.stage.aws import Aws
from shared.clock import Clock, rfc3339, system_clock
from shared.guards import sentinel
from shared.outbox import SETTLE_AFTER, watermark
from shared.records import RECEIPTS
from shared.tables import Table

GUARDED = "guarded"


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """After a deployment to AWS: let each service notice when it loses a table."""
    aws, out = connection.aws(stage), Output(as_json)
    new = [service for service in sentinels.guarded_services() if unguarded(aws, service)]
    if not dry_run and new:
        with operation_log.recorded(aws, "guard", {"services": new}, system_clock):
            write_once(aws, new, system_clock)
    out.result({"guarded": new, "dry_run": dry_run}, _words(new, dry_run))


def _words(new: Sequence[str], dry_run: bool) -> str:
    if not new:
        return "every service is already guarded"
    return f"{'would be guarded' if dry_run else 'now guarded'}: {', '.join(new)}"


def write_once(aws: Aws, services: Sequence[str], clock: Clock) -> None:
    """Leaves a table that was guarded before as it is, even if it has lost its sentinel."""
    for service in services:
        new = unguarded(aws, service)
        if any(RECEIPTS.name == table.name for table in new):
            _begin_sweeps(aws, service, clock)
        _write(aws, service, new, clock)


def _begin_sweeps(aws: Aws, service: str, clock: Clock) -> None:
    """Writes the first watermark; one that a sweep has written already stays.

    Records may have been journaled since the deployment, so it is not later than a sweep's own would be.
    """
    first = watermark(clock() - SETTLE_AFTER)
    with suppress(aws.dynamodb.exceptions.ConditionalCheckFailedException):
        aws.dynamodb.put_item(
            TableName=aws.target.name(service, RECEIPTS.name),
            Item={name: tables.typed(value) for name, value in asdict(first).items()},
            ConditionExpression="attribute_not_exists(receipt_id)",
        )


def write(aws: Aws, service: str, clock: Clock = system_clock) -> None:
    """Writes all sentinels; call it only when the tables are known to be complete."""
    _write(aws, service, tables.guarded(service), clock)


def _write(aws: Aws, service: str, guarded: Sequence[Table], clock: Clock) -> None:
    table_io.fill(aws, service, {each.row: [sentinel(each.row)] for each in guarded}, lambda _count: None)
    for each in guarded:
        item = {**_marker(service, each), "began_at": {"S": rfc3339(clock())}}
        aws.dynamodb.put_item(TableName=aws.target.operations, Item=item)


def unguarded(aws: Aws, service: str) -> list[Table]:
    """Guarded tables whose sentinels were never written."""
    return [each for each in tables.guarded(service) if not _is_marked(aws, service, each)]


def _is_marked(aws: Aws, service: str, table: Table) -> bool:
    answer = aws.dynamodb.get_item(
        TableName=aws.target.operations, Key=_marker(service, table), ConsistentRead=True
    )
    return "Item" in answer


def _marker(service: str, table: Table) -> dict[str, dict[str, str]]:
    """A row among the operations that belongs to no month."""
    return {"month": {"S": GUARDED}, "operation_id": {"S": f"{service}.{table.name}"}}
