"""DynamoDB tables as their pynamodb models describe them."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk.aws_dynamodb import CfnTable
from constructs import Construct
from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from infra import nag
from infra.discovery import stream_view
from infra.stages import Stage


def table(scope: Construct, stage: Stage, name: str, model: type[Model]) -> CfnTable:
    """A table on demand, named `name`: keys, indexes, stream and expiry are the model's."""
    schema: Any = model._get_schema()
    view, expiry = stream_view(model), _expiry(model)
    resource = CfnTable(
        scope,
        f"{model.Meta.table_name}_table",
        table_name=name,
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=_unique(schema["attribute_definitions"]),
        key_schema=_keys(schema["key_schema"]),
        global_secondary_indexes=[_index(index) for index in schema["global_secondary_indexes"]] or None,
        stream_specification=CfnTable.StreamSpecificationProperty(stream_view_type=view) if view else None,
        time_to_live_specification=expiry,
        **safeguards(stage),
    )
    resource.apply_removal_policy(RemovalPolicy.RETAIN if stage.durable else RemovalPolicy.DESTROY)
    if not stage.durable:
        nag.acknowledge(resource, "DDB3", "A disposable stage's tables need no point-in-time recovery.")
    return resource


def safeguards(stage: Stage) -> dict[str, Any]:
    """What protects a table of a stage that keeps its data."""
    if not stage.durable:
        return {}
    return {
        "deletion_protection_enabled": True,
        "point_in_time_recovery_specification": CfnTable.PointInTimeRecoverySpecificationProperty(
            point_in_time_recovery_enabled=True
        ),
        "sse_specification": CfnTable.SSESpecificationProperty(sse_enabled=True, sse_type="KMS"),
    }


def _unique(definitions: list[dict[str, str]]) -> list[CfnTable.AttributeDefinitionProperty]:
    """A key attribute may serve the table and several indexes; CloudFormation wants it once."""
    types = {each["AttributeName"]: each["AttributeType"] for each in definitions}
    return [
        CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type=kind)
        for name, kind in sorted(types.items())
    ]


def _keys(schema: list[dict[str, str]]) -> list[CfnTable.KeySchemaProperty]:
    """The partition key comes first, in whatever order the model has them."""
    return [
        CfnTable.KeySchemaProperty(attribute_name=each["AttributeName"], key_type=each["KeyType"])
        for each in sorted(schema, key=lambda each: each["KeyType"])
    ]


def _index(index: dict[str, Any]) -> CfnTable.GlobalSecondaryIndexProperty:
    projection = index["projection"]
    return CfnTable.GlobalSecondaryIndexProperty(
        index_name=index["index_name"],
        key_schema=_keys(index["key_schema"]),
        projection=CfnTable.ProjectionProperty(
            projection_type=projection["ProjectionType"],
            non_key_attributes=projection.get("NonKeyAttributes"),
        ),
    )


def _expiry(model: type[Model]) -> CfnTable.TimeToLiveSpecificationProperty | None:
    """Rows go when the model's TTL attribute, if it has one, says so."""
    for attribute in model.get_attributes().values():
        if isinstance(attribute, TTLAttribute):
            return CfnTable.TimeToLiveSpecificationProperty(enabled=True, attribute_name=attribute.attr_name)
    return None
