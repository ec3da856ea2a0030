"""`ates guard`: the sentinels by which services notice that a table was lost; `shared.guards` says why.

They are written once for each table, by the first deployment that guards it. That it was done is kept outside
of the service's tables, in `operations`: who finds a table without its sentinel afterwards knows that it was
lost, and nothing but a restore (of analytics a rebuild) writes it again.
"""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from ops import copies, operations, options, stacks, tables
from ops.aws import Aws
from ops.options import AsJson, DryRun, Stage
from ops.output import Output
from shared.clock import Clock, rfc3339, system_clock
from shared.guards import SENTINEL, sentinel
from shared.tables import Table

GUARDED = "guarded"


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """After a deployment to AWS: let each service notice when a table is lost."""
    aws, out = options.aws(stage), Output(as_json)
    new = [service for service in services() if _new(aws, service)]
    if not dry_run and new:
        with operations.recorded(aws, "guard", {"services": new}, system_clock):
            once(aws, new, system_clock)
    out.result({"guarded": new, "dry_run": dry_run}, _said(new, dry_run))


def _said(new: Sequence[str], dry_run: bool) -> str:
    if not new:
        return "every service is guarded already"
    return f"{'would be guarded' if dry_run else 'guarded now'}: {', '.join(new)}"


def once(aws: Aws, wanted: Sequence[str], clock: Clock) -> None:
    """A table that was guarded before is left as it is, also if it has lost its sentinel."""
    for service in wanted:
        _write(aws, service, _new(aws, service), clock)


def write(aws: Aws, service: str, clock: Clock = system_clock) -> None:
    """For who knows that the tables are whole; from then on they count as guarded."""
    _write(aws, service, tables.guarded(service), clock)


def _write(aws: Aws, service: str, wanted: Sequence[Table], clock: Clock) -> None:
    copies.fill(aws, service, {each.row: [sentinel(each.row)] for each in wanted}, lambda _count: None)
    for each in wanted:
        item = {**_marker(service, each), "began_at": {"S": rfc3339(clock())}}
        aws.dynamodb.put_item(TableName=aws.target.name("operations"), Item=item)


def lost(aws: Aws, service: str) -> list[str]:
    """The tables that have no sentinel, or are not there."""
    names = copies.keys_by_table(service)
    return [
        each.name
        for each in tables.guarded(service)
        if not _stands(aws, aws.target.name(service, each.name), names[each.name])
    ]


def services() -> list[str]:
    """Those that have a guarded table."""
    return [service for service in stacks.SERVICES if tables.guarded(service)]


def _stands(aws: Aws, table: str, key: Sequence[str]) -> bool:
    own = {name: {"S": SENTINEL} for name in key}
    try:
        return "Item" in aws.dynamodb.get_item(TableName=table, Key=own, ConsistentRead=True)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False


def _new(aws: Aws, service: str) -> list[Table]:
    return [each for each in tables.guarded(service) if not _is_guarded(aws, service, each)]


def _is_guarded(aws: Aws, service: str, table: Table) -> bool:
    answer = aws.dynamodb.get_item(
        TableName=aws.target.name("operations"), Key=_marker(service, table), ConsistentRead=True
    )
    return "Item" in answer


def _marker(service: str, table: Table) -> dict[str, dict[str, str]]:
    """A row of its own among the operations, in no month."""
    return {"month": {"S": GUARDED}, "operation_id": {"S": f"{service}.{table.name}"}}
