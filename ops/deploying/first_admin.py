"""Creates the first admin, who invites all others."""

from dataclasses import dataclass, field

from ops.local.demo_accounts import new_password
from ops.stage import lambdas, stacks
from ops.stage.aws import Aws

ADMIN = "admin"
TO_BE_CHANGED = "FORCE_CHANGE_PASSWORD"
"""A user who has not signed in yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Their password is mailed, or `shown` by the command."""

    email: str
    name: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Made:
    """`password` is None if it was mailed."""

    account_id: str
    password: str | None = field(repr=False)


def exists(aws: Aws) -> bool:
    """Whether an admin has signed in already."""
    pages = aws.cognito.get_paginator("list_users_in_group").paginate(
        UserPoolId=stacks.output(aws, "auth", "UserPoolId"), GroupName=ADMIN
    )
    return any(user.get("UserStatus") != TO_BE_CHANGED for page in pages for user in page["Users"])


def create(aws: Aws, wanted: Wanted) -> Made:
    """May be repeated until they have signed in: each time they get another password, good for 7 days."""
    pool = stacks.output(aws, "auth", "UserPoolId")
    account = {"email": wanted.email, "name": wanted.name, "role": ADMIN}
    account_id = str(lambdas.invoke(aws, "auth", "bootstrap_account", account)["account_id"])
    if wanted.shown:
        password = new_password()
        aws.cognito.admin_set_user_password(
            UserPoolId=pool, Username=account_id, Password=password, Permanent=False
        )
        return Made(account_id, password)
    aws.cognito.admin_create_user(
        UserPoolId=pool, Username=account_id, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]
    )
    return Made(account_id, None)
