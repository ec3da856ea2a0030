"""What a schedule or a caller by name invokes: a resource of boto3, a logger, metrics."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from boto3.dynamodb.conditions import Key

logger = Logger(service="tutorial")
metrics = Metrics(namespace="tutorial", service="tutorial")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    found = table.query(KeyConditionExpression=Key("task_id").eq("none"))
    metrics.add_metric(name="TasksDue", unit=MetricUnit.Count, value=found["Count"])
    logger.info("looked")
    return {"due": found["Count"]}
