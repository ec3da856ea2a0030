"""Creates the tables of a service that are missing, as they and their stage are declared.

CloudFormation would not create again what it believes to exist; as all names are fixed, it adopts what is
created here.
"""

from typing import Any

from botocore.exceptions import ClientError

from infra import names
from infra.discovery import Service, discover
from infra.schema import schema
from ops.console.errors import TimedOut
from ops.console.wait import Timer, until
from ops.stage import event_sources, stage_settings, tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.spec import Stream
from shared.tables import Table

TIMEOUT_SECONDS = 300
GONE, READY = "GONE", "ACTIVE"
# The settings that a new mapping takes over from the old one.
SETTINGS = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)


def make(aws: Aws, service: str, timer: Timer) -> list[str]:
    """Returns the logical names of the tables it created; raises TimedOut."""
    declared = {table.name: table for table in tables.of(service)}
    missing = [name for name in declared if _settled(aws, aws.target.name(service, name), timer) == GONE]
    for name in missing:
        _create(aws, aws.target.name(service, name), declared[name])
    for name in missing:
        physical = aws.target.name(service, name)
        if _settled(aws, physical, timer) != READY:
            raise TimedOut(f"table {physical} was created but does not exist")
        _finish(aws, physical, declared[name])
    (found,) = (each for each in discover() if each.name == service)
    _follow_streams(aws, found)
    return missing


def _settled(aws: Aws, name: str, timer: Timer) -> str:
    """The table's state once it is stable; raises TimedOut."""
    states: list[str] = []

    def is_settled() -> bool:
        states.append(_state(aws, name))
        return states[-1] in (GONE, READY)

    if not until(is_settled, timer, TIMEOUT_SECONDS):
        raise TimedOut(f"table {name} is still {states[-1]} after {TIMEOUT_SECONDS} s")
    return states[-1]


def _state(aws: Aws, name: str) -> str:
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]
    except ClientError as refused:
        if error_code(refused) == "ResourceNotFoundException":
            return GONE
        raise


def _create(aws: Aws, name: str, table: Table) -> None:
    options: dict[str, Any] = schema(table, retired=stage_settings.keeps_older_form(aws.target.stage))
    if table.stream:
        options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream}
    if stage_settings.is_durable(aws.target.stage):
        options["DeletionProtectionEnabled"] = True
        options["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
    aws.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **options)


def _finish(aws: Aws, name: str, table: Table) -> None:
    """Settings that only an existing table can be given."""
    if table.expires:
        aws.dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expires}
        )
    if stage_settings.is_durable(aws.target.stage):
        aws.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def _follow_streams(aws: Aws, service: Service) -> None:
    """A new table has a new stream, and an event source mapping can't be moved to another stream."""
    stage = aws.target.stage
    for spec in service.use_cases:
        if isinstance(spec.trigger, Stream):
            table = names.physical(stage, service.name, spec.trigger.table)
            stream = aws.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
            _follow(aws, names.function(stage, spec), stream)


def _follow(aws: Aws, function: str, stream: str) -> None:
    """Creates the mapping disabled; the end of the pause enables it. Does nothing if it exists."""
    found = event_sources.mappings(aws, [function])
    if not any(each["EventSourceArn"] == stream for each in found):
        settings = {name: found[0][name] for name in SETTINGS if found and found[0].get(name) is not None}
        aws.functions.create_event_source_mapping(
            FunctionName=function,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            Enabled=False,
            **settings,
        )
    for each in found:
        if each["EventSourceArn"] != stream:
            aws.functions.delete_event_source_mapping(UUID=each["UUID"])
