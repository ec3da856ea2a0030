"""A queue's consumer: a batch processor, models of the messages, a resource of boto3, a logger, metrics."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

logger = Logger(service="tutorial")
metrics = Metrics(namespace="tutorial", service="tutorial")
processor = BatchProcessor(event_type=EventType.SQS)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class TaskEvent(BaseModel):
    task_id: str
    title: str


def charge(record: SQSRecord) -> None:
    event = TaskEvent.model_validate_json(record.body)
    table.put_item(Item=event.model_dump())
    metrics.add_metric(name="TasksCharged", unit=MetricUnit.Count, value=1)
    logger.info("task charged", task_id=event.task_id)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event=event, record_handler=charge, processor=processor, context=context)
