"""An HTTP API: a resolver with validation, a resource of boto3, a logger, metrics."""

import os
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel, Field

logger = Logger(service="tutorial")
metrics = Metrics(namespace="tutorial", service="tutorial")
app = APIGatewayHttpResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class NewTask(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    jira_id: str | None = None


class Task(BaseModel):
    task_id: str
    title: str
    jira_id: str | None = None


@app.post("/tasks")
def create_task(task: NewTask) -> Task:
    created = Task(task_id=str(uuid4()), **task.model_dump())
    table.put_item(Item=created.model_dump(exclude_none=True))
    metrics.add_metric(name="TasksCreated", unit=MetricUnit.Count, value=1)
    logger.info("task created", task_id=created.task_id)
    return created


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
