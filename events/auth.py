"""Published by the auth service. Each event carries the account's whole public state, no e-mail address."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.envelope import Event, Identifier, published

Role = Literal["worker", "accountant", "manager", "admin"]
Status = Literal["active", "deactivated"]

ROLES: tuple[Role, ...] = ("worker", "accountant", "manager", "admin")
PRODUCER = "auth"


class AccountState(Event):
    """The account's state after the change. The highest `version` is the current one."""

    producer: ClassVar[str] = PRODUCER

    account_id: Identifier
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role
    status: Status
    version: Annotated[int, Field(ge=1)]


@published
class AccountCreated(AccountState):
    event_name: ClassVar[str] = "Account.Created"
    event_version: ClassVar[int] = 1


@published
class AccountRoleChanged(AccountState):
    event_name: ClassVar[str] = "Account.RoleChanged"
    event_version: ClassVar[int] = 1


@published
class AccountDeactivated(AccountState):
    event_name: ClassVar[str] = "Account.Deactivated"
    event_version: ClassVar[int] = 1


@published
class AccountReactivated(AccountState):
    event_name: ClassVar[str] = "Account.Reactivated"
    event_version: ClassVar[int] = 1


@published
class AccountRenamed(AccountState):
    event_name: ClassVar[str] = "Account.Renamed"
    event_version: ClassVar[int] = 1


ACCOUNT_EVENTS = (AccountCreated, AccountRoleChanged, AccountDeactivated, AccountReactivated, AccountRenamed)
