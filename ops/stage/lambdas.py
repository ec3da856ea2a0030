"""Invokes functions that exist for the command line, and reads a function's settings."""

import json
from collections.abc import Mapping
from typing import Any

from ops.console.errors import CommandFailed
from ops.stage.aws import Aws
from shared.settings import REFORMED
from shared.tables import Spread


class InvocationFailed(CommandFailed):
    """The function raised, or did not answer a JSON object."""


def invoke(aws: Aws, service: str, use_case: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The function's answer; raises InvocationFailed."""
    name = aws.target.name(service, use_case)
    answer = aws.functions.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise InvocationFailed(f"{name} failed: {_reason(said)}; `ates logs {service}.{use_case}` has more")
    if not isinstance(said, dict):
        raise InvocationFailed(f"{name} gave an unexpected answer: {json.dumps(said)}")
    return said


def business_timezone(aws: Aws) -> str:
    """The company's time zone, as the deployed functions have it."""
    return _variables(aws, "accounting", "close_days").get("BUSINESS_TIMEZONE", "UTC")


def existing(aws: Aws) -> set[str]:
    """The names of the functions that exist, the product's and others."""
    pages = aws.functions.get_paginator("list_functions").paginate()
    return {each["FunctionName"] for page in pages for each in page["Functions"]}


def of_older_release(aws: Aws) -> list[str]:
    """The functions that don't know the newest form of rows, and would damage them when they write."""
    prefixes = tuple(aws.target.name(service, "") for service in REFORMED)
    pages = aws.functions.get_paginator("list_functions").paginate()
    return [
        each["FunctionName"]
        for page in pages
        for each in page["Functions"]
        if each["FunctionName"].startswith(prefixes)
        and "ROW_FORM" not in each.get("Environment", {}).get("Variables", {})
    ]


def shards_read(aws: Aws, service: str, use_case: str, spread: Spread) -> int:
    """Over how many shards this function looks for rows; the stage may have more than the default."""
    _, _, read = _variables(aws, service, use_case).get(f"SHARDS_{spread.name.upper()}", "").partition("/")
    return int(read or spread.shards)


def _variables(aws: Aws, service: str, use_case: str) -> Mapping[str, str]:
    name = aws.target.name(service, use_case)
    found = aws.functions.get_function_configuration(FunctionName=name).get("Environment", {})
    return found.get("Variables", {})


def _reason(said: Any) -> str:
    message = said.get("errorMessage") if isinstance(said, dict) else None
    return str(message or "it gave no reason")
