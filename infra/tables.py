"""The services' DynamoDB tables."""

from typing import Any

from aws_cdk.aws_dynamodb import CfnTable
from constructs import Construct

from infra import nag
from infra.schema import schema
from infra.stages import Stage
from shared.tables import Table


def table(scope: Construct, stage: Stage, name: str, declared: Table) -> CfnTable:
    """An on-demand table with the declared keys, indexes, stream and expiry."""
    own = schema(declared, retired=bool(stage.journal_form))
    resource = CfnTable(
        scope,
        f"{declared.name}_table",
        table_name=name,
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=[_definition(each) for each in own["AttributeDefinitions"]],
        key_schema=_keys(own["KeySchema"]),
        global_secondary_indexes=[_index(each) for each in own.get("GlobalSecondaryIndexes", ())] or None,
        stream_specification=_stream(declared),
        time_to_live_specification=_expiry(declared),
        **safeguards(stage),
    )
    resource.apply_removal_policy(stage.removal)
    if not stage.durable:
        nag.acknowledge(resource, "DDB3", "A disposable stage's tables need no point-in-time recovery.")
    return resource


def safeguards(stage: Stage) -> dict[str, Any]:
    """Protection of a durable stage's tables."""
    if not stage.durable:
        return {}
    return {
        "deletion_protection_enabled": True,
        "point_in_time_recovery_specification": CfnTable.PointInTimeRecoverySpecificationProperty(
            point_in_time_recovery_enabled=True
        ),
        "sse_specification": CfnTable.SSESpecificationProperty(sse_enabled=True, sse_type="KMS"),
    }


def _definition(each: dict[str, str]) -> CfnTable.AttributeDefinitionProperty:
    return CfnTable.AttributeDefinitionProperty(
        attribute_name=each["AttributeName"], attribute_type=each["AttributeType"]
    )


def _keys(own: list[dict[str, str]]) -> list[CfnTable.KeySchemaProperty]:
    return [
        CfnTable.KeySchemaProperty(attribute_name=each["AttributeName"], key_type=each["KeyType"])
        for each in own
    ]


def _index(index: dict[str, Any]) -> CfnTable.GlobalSecondaryIndexProperty:
    projection = index["Projection"]
    return CfnTable.GlobalSecondaryIndexProperty(
        index_name=index["IndexName"],
        key_schema=_keys(index["KeySchema"]),
        projection=CfnTable.ProjectionProperty(
            projection_type=projection["ProjectionType"],
            non_key_attributes=projection.get("NonKeyAttributes"),
        ),
    )


def _stream(declared: Table) -> CfnTable.StreamSpecificationProperty | None:
    if declared.stream is None:
        return None
    return CfnTable.StreamSpecificationProperty(stream_view_type=declared.stream)


def _expiry(declared: Table) -> CfnTable.TimeToLiveSpecificationProperty | None:
    if declared.expires is None:
        return None
    return CfnTable.TimeToLiveSpecificationProperty(enabled=True, attribute_name=declared.expires)
