"""What the auth service takes and gives over HTTP and by invocation."""

from typing import Annotated

from pydantic import StringConstraints

from events.auth import Role, Status
from functions.auth.domain import Account, IdentityProviderDown, NewAccount, UnknownAccount
from shared.api import AccountAnswer, Problems, RequestModel

# Plain ASCII and a domain with a dot: what both Cognito and SES deliver to. Cognito keeps 128 characters.
EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"

Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=128, pattern=EMAIL_PATTERN)
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]

PROBLEMS: Problems = {UnknownAccount: 404, IdentityProviderDown: 503}


class NewAccountRequest(RequestModel):
    """A person to be given an account."""

    email: Email
    name: Name
    role: Role

    def as_new_account(self) -> NewAccount:
        return NewAccount(email=self.email, name=self.name, role=self.role)


class FullAccountAnswer(AccountAnswer):
    """An account as its owner and the admins see it."""

    email: str
    role: Role
    status: Status
    created_at: str


def full_account(account: Account) -> FullAccountAnswer:
    return FullAccountAnswer.model_validate(account, from_attributes=True)
