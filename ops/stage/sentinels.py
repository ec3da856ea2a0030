"""Which tables have lost the sentinel by which their service would notice that they were emptied.

`shared.guards` says why there are sentinels.
"""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from ops.stage import stacks, tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.guards import SENTINEL


def guarded_services() -> list[str]:
    """Services that have a guarded table."""
    return [service for service in stacks.SERVICES if tables.guarded(service)]


def lost_tables(aws: Aws, service: str) -> list[str]:
    """Guarded tables that have no sentinel, or are gone."""
    names = tables.key_names(service)
    return [
        each.name
        for each in tables.guarded(service)
        if not _has_sentinel(aws, aws.target.name(service, each.name), names[each.name])
    ]


def _has_sentinel(aws: Aws, table: str, key: Sequence[str]) -> bool:
    own = {name: {"S": SENTINEL} for name in key}
    try:
        return "Item" in aws.dynamodb.get_item(TableName=table, Key=own, ConsistentRead=True)
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise
        return False
