"""What Lambda passes to a handler: a request from API Gateway, messages from SQS, its context."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.fakes import NOON

SENT_MILLISECONDS = str(int(NOON.timestamp()) * 1000)


@dataclass
class LambdaContext:
    aws_request_id: str = "request-1"
    remaining_milliseconds: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds


def environment(service: str, **more: str) -> dict[str, str]:
    """The variables that a stack sets for a service's functions."""
    return {
        "ATES_STAGE": "test",
        "ATES_SERVICE": service,
        "ATES_USE_CASE": "test",
        "TABLE_PREFIX": f"ates-test-{service}-",
        "BUS_NAME": "ates-test",
        "BUSINESS_TIMEZONE": "UTC",
        "POWERTOOLS_SERVICE_NAME": service,
        "DEAD_LETTER_QUEUE_URL": "https://queue.test/dead",
        "MAX_RECEIVES": "8",
        **more,
    }


def http_request(
    method: str = "GET",
    path: str = "/",
    *,
    account_id: str = "sub-1",
    groups: str = "[worker]",
    id_token: bool = False,
    body: Any = None,
    query: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A request as an HTTP API (payload 2.0) with a JWT authorizer passes it; a `str` body as it is."""
    claims = {"sub": account_id, "token_use": "id" if id_token else "access", "cognito:groups": groups}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": query,
        "pathParameters": parameters,
        "requestContext": {
            "requestId": "gateway-1",
            "http": {"method": method, "path": path},
            "authorizer": {"jwt": {"claims": claims, "scopes": None}},
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }


def answered(response: Mapping[str, Any]) -> tuple[int, Any]:
    """Status and document of an answer, whose content type must fit the status."""
    kind = "application/json" if response["statusCode"] < 400 else "application/problem+json"
    assert response["headers"]["content-type"] == kind
    return response["statusCode"], json.loads(response["body"])


def sqs_message(body: Any, number: int | str = 1, receives: int = 1) -> dict[str, Any]:
    """A message as SQS passes it; a `str` body as it is."""
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"handle-{number}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": SENT_MILLISECONDS,
            "ApproximateFirstReceiveTimestamp": SENT_MILLISECONDS,
        },
        "eventSource": "aws:sqs",
    }


def bus_message(document: Any, number: int | str = 1, receives: int = 1) -> dict[str, Any]:
    """A message that EventBridge's rule has put on the queue."""
    return sqs_message({"source": "ates.test", "detail": document}, number, receives)


def job_message(content: Any, number: int | str = 1, receives: int = 1) -> dict[str, Any]:
    """A message of a work queue."""
    return sqs_message({"correlation_id": "test-correlation", "job": content}, number, receives)


def batch(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(messages)}
