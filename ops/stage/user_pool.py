"""Reads e-mail addresses from the user pool."""

from ops.stage import stacks
from ops.stage.aws import Aws


def emails(aws: Aws) -> dict[str, str]:
    """By account_id; empty for a user without an address."""
    found: dict[str, str] = {}
    pages = aws.cognito.get_paginator("list_users").paginate(
        UserPoolId=stacks.output(aws, "auth", "UserPoolId")
    )
    for page in pages:
        for user in page["Users"]:
            attributes = {each["Name"]: each.get("Value", "") for each in user.get("Attributes", [])}
            found[attributes["sub"]] = attributes.get("email", "")
    return found
