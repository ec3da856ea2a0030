"""Invoked by name with {"account_id"}; answers {"email", "name"} or {"error": "unknown"}."""

from typing import Any

from functions.auth.domain import UnknownAccount
from functions.auth.get_email.use_case import get_email
from functions.auth.rows import TABLES
from shared.spec import GET, Direct, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="get_email",
    summary="Tell the sender of reports an account's e-mail address",
    trigger=Direct(),
    access={"accounts": (GET,)},
)


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, str]:
    """Raises if the tables can't be reached, so that the caller retries."""
    account_id = str(event.get("account_id") or "")
    correlation_id = str(event.get("correlation_id") or lambda_context.aws_request_id)
    try:
        account = get_email(account_id, store(TABLES))
    except UnknownAccount:
        invocation_log(correlation_id, "unknown", account_id=account_id)
        return {"error": "unknown"}
    invocation_log(correlation_id, "answered", account_id=account_id)
    return {"email": account.email, "name": account.name}
