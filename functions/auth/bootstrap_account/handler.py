"""Invoked by name with {"email", "name", "role"}; answers {"account_id"}."""

import random
from typing import Any

from pydantic import ValidationError

from functions.auth.api import NewAccountRequest
from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.rows import TABLES
from shared.clock import system_clock
from shared.scope import Scope
from shared.settings import required
from shared.telemetry import invocation_log
from shared.wiring import store


class InvalidAccount(Exception):
    """The payload is no account; the message names the fields, never their values."""


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    scope = Scope(system_clock, random.SystemRandom(), context.aws_request_id)
    identity = CognitoUserPool(required("USER_POOL_ID"))
    account = bootstrap_account(_parsed(event).as_new_account(), store(TABLES), scope, identity)
    invocation_log(scope.correlation_id, "bootstrapped", account_id=account.account_id)
    return {"account_id": account.account_id}


def _parsed(event: dict[str, Any]) -> NewAccountRequest:
    try:
        return NewAccountRequest.model_validate(event)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [f"{'.'.join(map(str, each['loc'])) or 'payload'}: {each['msg']}" for each in found]
        raise InvalidAccount("; ".join(problems)) from None
