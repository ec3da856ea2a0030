"""What comes in: an API Gateway event, a Lambda context."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class LambdaContext:
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def request(
    method: str,
    path: str,
    *,
    account_id: str = "sub-1",
    groups: str = "[worker]",
    body: Any = None,
    query: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    id_token: bool = False,
) -> dict[str, Any]:
    """A request as an HTTP API (payload 2.0) with a JWT authorizer hands it over."""
    claims = {"sub": account_id, "token_use": "id" if id_token else "access", "cognito:groups": groups}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": query,
        "pathParameters": parameters,
        "requestContext": {
            "requestId": "gateway-request-1",
            "http": {"method": method, "path": path},
            "authorizer": {"jwt": {"claims": claims, "scopes": None}},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
