"""What API Gateway logs of each request: no address, no header, no body."""

FIELDS = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "account_id": "$context.authorizer.claims.sub",
    "latency_ms": "$context.responseLatency",
    "error": "$context.error.message",
}
