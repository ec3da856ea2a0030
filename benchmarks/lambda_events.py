"""The events with which AWS calls functions."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.meter import typed_row
from shared.spec import Http


def http_event(
    trigger: Http,
    caller: str,
    role: str,
    path: Mapping[str, str],
    query: Mapping[str, str] | None,
    body: Any,
    key: str | None,
) -> dict[str, Any]:
    """As an HTTP API (payload 2.0) with a JWT authorizer passes it."""
    claims = {"sub": caller, "token_use": "access", "cognito:groups": f"[{role}]"}
    return {
        "version": "2.0",
        "rawPath": trigger.path.format(**path),
        "headers": {"content-type": "application/json", **({"idempotency-key": key} if key else {})},
        "queryStringParameters": dict(query) if query else None,
        "pathParameters": dict(path) or None,
        "requestContext": {
            "requestId": "JKJaXmPLvHcESHA=",
            "http": {"method": trigger.method},
            "authorizer": {"jwt": {"claims": claims}},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def stream_record(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventName": "INSERT",
        "dynamodb": {"NewImage": typed_row(row)},
    }
