"""Requests and batches as API Gateway and SQS hand them to a Lambda."""

import json
from types import ModuleType
from typing import Any

from events.envelope import Event
from shared.memory_store import MemoryStore
from tests.support.fakes import envelope_of

ENVIRONMENT = {
    "ATES_STAGE": "test",
    "ATES_SERVICE": "tracking",
    "ATES_USE_CASE": "test",
    "TABLE_PREFIX": "ates-test-tracking-",
    "BUS_NAME": "ates-test",
    "BUSINESS_TIMEZONE": "UTC",
    "POWERTOOLS_SERVICE_NAME": "tracking",
    "QUEUE_URL_SHUFFLE_COUNTS": "https://queue.test/shuffle-counts",
    "QUEUE_URL_SHUFFLE_CHUNKS": "https://queue.test/shuffle-chunks",
    "DEAD_LETTER_QUEUE_URL": "https://queue.test/dead",
    "MAX_RECEIVES": "8",
}


def call(
    module: ModuleType,
    *,
    caller: str = "ann",
    role: str = "worker",
    body: Any = None,
    query: dict[str, str] | None = None,
    path: dict[str, str] | None = None,
    key: str | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and document of an answer."""
    headers = {"idempotency-key": key} if key else {}
    event = {
        "rawPath": "/".join(["", module.__name__, *(path or {}).values()]),
        "headers": headers,
        "pathParameters": path,
        "queryStringParameters": query,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "request-1",
            "authorizer": {
                "jwt": {"claims": {"sub": caller, "token_use": "access", "cognito:groups": f"[{role}]"}}
            },
        },
    }
    response = module.handler(event, None)
    kind = "application/json" if response["statusCode"] < 400 else "application/problem+json"
    assert response["headers"]["content-type"] == kind
    return response["statusCode"], json.loads(response["body"])


def record(body: Any, message_id: str = "message-1", receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "body": json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": "1795348800000",
            "ApproximateFirstReceiveTimestamp": "1795348800000",
        },
    }


def event_record(event: Event, **options: Any) -> dict[str, Any]:
    return record({"detail": envelope_of(event)}, **options)


def consume(module: ModuleType, *records: dict[str, Any]) -> list[str]:
    """The ids of the messages that are to come again."""
    response = module.handler({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def use(monkeypatch: Any, module: ModuleType, store: MemoryStore) -> None:
    monkeypatch.setattr(module, "store", lambda tables: store)
