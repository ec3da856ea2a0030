"""Invoked by name with {"email", "name", "role"}; answers {"account_id"}."""

from typing import Any

from pydantic import ValidationError

from events.auth import AccountCreated
from functions.auth.api import NewAccountRequest
from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from functions.auth.rows import TABLES
from shared.context import invocation
from shared.settings import required
from shared.spec import GET, PUT, UPDATE, Direct, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="bootstrap_account",
    summary="Create the first admin, or a demo account, for the command line",
    trigger=Direct(),
    access={
        "accounts": (GET, PUT, UPDATE),
        "addresses": (GET, PUT),
        "counters": (UPDATE,),
        "journal": (PUT,),
    },
    publishes=(AccountCreated,),
    actions=(*CREATE_USER, *FOLLOW_ACCOUNT),
    timeout_seconds=30,
)


class InvalidAccount(Exception):
    """The payload is not a valid account; the message names the fields, never their values."""


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, str]:
    context = invocation(lambda_context)
    identity = CognitoUserPool(required("USER_POOL_ID"))
    account = bootstrap_account(_parsed(event).as_new_account(), store(TABLES), context, identity)
    invocation_log(context.correlation_id, "bootstrapped", account_id=account.account_id)
    return {"account_id": account.account_id}


def _parsed(event: dict[str, Any]) -> NewAccountRequest:
    try:
        return NewAccountRequest.model_validate(event)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [f"{'.'.join(map(str, each['loc'])) or 'payload'}: {each['msg']}" for each in found]
        raise InvalidAccount("; ".join(problems)) from None
