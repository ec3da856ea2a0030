"""Auth's HTTP API and the payloads of its functions: requests, answers and error statuses."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from events.auth import ROLES, Role, Status
from functions.auth.addresses import EMAIL_PATTERN, MAX_EMAIL_LENGTH, mailable
from functions.auth.domain import (
    AddressRefused,
    AddressTaken,
    Change,
    IdentityProviderDown,
    Invitation,
    InvitationAccepted,
    LastAdmin,
    NewAccount,
    NotInvitable,
    UnknownAccount,
    invitation_of,
)
from functions.auth.rows import Account
from shared.api import LINE, AccountAnswer, PageQuery, Problems, RequestModel, Search

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=MAX_EMAIL_LENGTH),
    AfterValidator(mailable),
    Field(json_schema_extra={"pattern": EMAIL_PATTERN}),
]
Name = Annotated[str, Field(min_length=1, max_length=200), LINE]

# How the account's user in the user pool compared with the row at the last check.
Identity = Literal["matches", "differs", "missing"]

LISTING_POSITION = r"[0-9TZ:.-]{1,40}#[0-9A-Za-z-]{1,128}"

EVERYONE = ROLES
ADMINS: tuple[Role, ...] = ("admin",)

PROBLEMS: Problems = {
    UnknownAccount: 404,
    AddressTaken: 409,
    AddressRefused: 400,
    LastAdmin: 409,
    InvitationAccepted: 409,
    NotInvitable: 409,
    IdentityProviderDown: 503,
}


class ListAccountsQuery(PageQuery):
    """`q` is a part of the name or of the e-mail address; `accepted` is whether the invitation is."""

    q: Search | None = None
    role: Role | None = None
    status: Status | None = None
    accepted: bool | None = None


class NewAccountRequest(RequestModel):
    """The person to invite."""

    email: Email
    name: Name
    role: Role

    def as_new_account(self) -> NewAccount:
        return NewAccount(email=self.email, name=self.name, role=self.role)


def _no_default(schema: dict[str, Any]) -> None:
    del schema["default"]


# An absent field changes nothing; null is refused.
_ABSENT: Any = Field(default=None, json_schema_extra=_no_default)


class ChangeAccountRequest(RequestModel):
    """The changes to an account: at least one of the three fields, none of them null."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: Name = _ABSENT
    role: Role = _ABSENT
    status: Status = _ABSENT

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give a name, a role or a status, or several of them")
        return self

    def as_change(self) -> Change:
        return Change(**self.model_dump(exclude_unset=True))


class FullAccountAnswer(AccountAnswer):
    """An account as its owner and the admins see it.

    `invitation` is `accepted` once the owner has signed in; until then it is `pending`, and `expired` when
    the password that was mailed is too old. `invited_at` is when it was last sent, null when accepted.
    """

    email: str
    role: Role
    status: Status
    created_at: str
    identity: Identity
    invitation: Invitation
    invited_at: str | None


def full_account(account: Account, now: datetime) -> FullAccountAnswer:
    return FullAccountAnswer.model_validate({**asdict(account), "invitation": invitation_of(account, now)})
