"""Accounts as the auth service keeps them: who may sign in, and as what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from shared.clock import rfc3339
from shared.ids import shard_of

LISTING_SHARDS = 4
ACTIVE = "active"
DEACTIVATED = "deactivated"
ADMIN = "admin"
ACTIVE_ADMINS = "active_admins"


class AuthError(Exception):
    """The root of what this service raises."""


class UnknownAccount(AuthError):
    """There is no such account."""


class AddressTaken(AuthError):
    """There is an account with this e-mail address already."""


class AddressRefused(AuthError):
    """The user pool does not take this e-mail address."""


class LastAdmin(AuthError):
    """The last active admin stays one."""


class IdentityProviderDown(AuthError):
    """The user pool gave no answer, or refused for now."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the company; the only row anywhere with an e-mail address.

    `listing_key` is the time of creation and the account_id, joined by `#`: unique, and sorted by age.
    """

    account_id: str
    name: str
    email: str
    role: str
    status: str
    version: int
    created_at: str
    updated_at: str
    listing_shard: int
    listing_key: str


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """What the index by age holds of an account."""

    listing_shard: int
    listing_key: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that a transaction can be held to, such as that of the active admins."""

    counter: str
    amount: int


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Whom to create; the e-mail address is in lower case."""

    email: str
    name: str
    role: str


def account_of(account_id: str, new: NewAccount, now: datetime) -> Account:
    """The first version of an account."""
    created_at = rfc3339(now)
    return Account(
        account_id=account_id,
        name=new.name,
        email=new.email,
        role=new.role,
        status=ACTIVE,
        version=1,
        created_at=created_at,
        updated_at=created_at,
        listing_shard=shard_of(account_id, LISTING_SHARDS),
        listing_key=f"{created_at}#{account_id}",
    )


def is_active(account: Account) -> bool:
    return account.status == ACTIVE


def is_active_admin(account: Account) -> bool:
    return account.role == ADMIN and is_active(account)


@dataclass(frozen=True, slots=True)
class Change:
    """What an account is to become; None for what is to stay."""

    name: str | None = None
    role: str | None = None
    status: str | None = None


ASPECTS = ("name", "role", "status")


def steps(account: Account, change: Change, now: datetime) -> Iterator[tuple[str, Account]]:
    """The way to the changed account: each aspect that becomes another one, and the version it makes."""
    for aspect in ASPECTS:
        wanted = getattr(change, aspect)
        if wanted not in (None, getattr(account, aspect)):
            account = replace(
                account, version=account.version + 1, updated_at=rfc3339(now), **{aspect: wanted}
            )
            yield aspect, account
