"""Resources for recovery: backups of tables, a queue for archived events, a table of operators' commands."""

from aws_cdk import Duration, Stack
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_events import EventBus
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption
from aws_cdk.aws_sqs import Queue, QueueEncryption
from constructs import Construct

from infra import nag, names, patterns, rules
from infra.stages import Stage
from infra.tables import safeguards


def backups(scope: Construct, stage: Stage) -> Bucket:
    """Logical backups; versioned, so that an overwritten one is kept."""
    bucket = Bucket(
        scope,
        "backups",
        bucket_name=names.backups(stage.name, Stack.of(scope).account),
        block_public_access=BlockPublicAccess.BLOCK_ALL,
        encryption=BucketEncryption.S3_MANAGED,
        enforce_ssl=not stage.local,
        versioned=True,
        removal_policy=stage.removal,
        auto_delete_objects=stage.empties_buckets,
    )
    nag.acknowledge(bucket, "S1", "Only an operator reaches it, and each use is a row of the operations.")
    return bucket


def operations(scope: Construct, stage: Stage) -> CfnTable:
    """Operators' commands by month; only the command line writes it."""
    table = CfnTable(
        scope,
        "operations",
        table_name=names.operations(stage.name),
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=[
            CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type="S")
            for name in ("month", "operation_id")
        ],
        key_schema=[
            CfnTable.KeySchemaProperty(attribute_name="month", key_type="HASH"),
            CfnTable.KeySchemaProperty(attribute_name="operation_id", key_type="RANGE"),
        ],
        **safeguards(stage),
    )
    table.apply_removal_policy(stage.removal)
    if not stage.durable:
        nag.acknowledge(table, "DDB3", "A disposable stage's tables need no point-in-time recovery.")
    return table


def replayed_events(scope: Construct, stage: Stage, bus: EventBus) -> Queue:
    """The queue of archived events for the operator: replays named after it reach no consumer."""
    name = names.replayed(stage.name)
    queue = Queue(
        scope,
        "replayed",
        queue_name=name,
        encryption=QueueEncryption.SQS_MANAGED,
        enforce_ssl=not stage.local,
        retention_period=Duration.days(4),
        visibility_timeout=Duration.minutes(10),
    )
    nag.acknowledge(queue, "SQS3", "A person reads it; what is left over is replayed again.")
    rule = rules.to_queue(scope, "replays", name, names.bus(stage.name), patterns.replayed(name), queue)
    rule.node.add_dependency(bus)
    return queue
