"""What comes in: an API Gateway event, and the environment that the stack sets."""

from dataclasses import dataclass
from typing import Any

ENVIRONMENT = {
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "analytics",
    "ATES_USE_CASE": "any",
    "TABLE_PREFIX": "ates-dev-analytics-",
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "UTC",
    "DEAD_LETTER_QUEUE_URL": "https://queues.example/dlq",
    "MAX_RECEIVES": "8",
}


@dataclass
class LambdaContext:
    aws_request_id: str = "request-1"


def get(path: str, query: dict[str, str] | None = None, *, groups: str = "[admin]") -> dict[str, Any]:
    """A GET as an HTTP API (payload 2.0) with a JWT authorizer hands it over."""
    claims = {"sub": "sub-1", "token_use": "access", "cognito:groups": groups}
    return {
        "version": "2.0",
        "routeKey": f"GET {path}",
        "rawPath": path,
        "headers": {"accept": "application/json"},
        "queryStringParameters": query,
        "requestContext": {
            "requestId": "gateway-request-1",
            "http": {"method": "GET", "path": path},
            "authorizer": {"jwt": {"claims": claims, "scopes": None}},
        },
        "isBase64Encoded": False,
    }
