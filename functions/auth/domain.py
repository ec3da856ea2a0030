"""Decisions about accounts: who may sign in, and with which role."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from functions.auth.rows import DIFFERS, MATCHES, MISSING, Account
from shared.clock import parse_rfc3339, rfc3339
from shared.frozen import Frozen
from shared.ids import shard_of

LISTING_SHARDS = 4
ACTIVE = "active"
DEACTIVATED = "deactivated"
ADMIN = "admin"
ACTIVE_ADMINS = "active_admins"
Invitation = Literal["pending", "expired", "accepted"]
# How long the user pool accepts the password in an invitation.
INVITATION_GOOD_FOR = timedelta(days=7)
# The subject and the phases of a reconciliation.
IDENTITIES = "identities"
LOOKING, SEARCHING, BRINGING, DONE, STOPPED = "looking", "searching", "bringing", "done", "stopped"


class AuthError(Exception):
    """The base of this service's errors."""


class UnknownAccount(AuthError):
    """There is no such account."""


class AddressTaken(AuthError):
    """There is an account with this e-mail address already."""


class AddressRefused(AuthError):
    """The user pool does not accept this e-mail address."""

    field: ClassVar[str] = "email"


class AddressOccupied(AuthError):
    """Another user of the pool has this e-mail address, whatever the rows say."""


class InvitationAccepted(AuthError):
    """The account's owner has signed in already and set a password."""


class NotInvitable(AuthError):
    """The account is deactivated, or its user is missing or has another address."""


class BookmarkLost(AuthError):
    """The user pool does not accept the bookmark: users must be listed from the beginning."""


class UserMissing(AuthError):
    """The user pool has no user of this account."""


class LastAdmin(AuthError):
    """The last active admin can't be demoted or deactivated."""


class IdentityProviderDown(AuthError):
    """The user pool did not answer, or refused for now."""


class User(Frozen):
    """An account's user in the pool; without an own password, the person has never signed in."""

    account_id: str
    name: str
    email: str
    email_verified: bool
    groups: frozenset[str]
    enabled: bool
    has_own_password: bool


class NewAccount(Frozen):
    """An account to create; the e-mail address is in lower case."""

    email: str
    name: str
    role: str


def account_of(account_id: str, new: NewAccount, now: datetime, *, invited: bool = False) -> Account:
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
        invited_at=created_at if invited else None,
    )


def invitation_of(account: Account, now: datetime) -> Invitation:
    """Whether the owner has signed in, or can still do so with the mailed password."""
    if account.invited_at is None:
        return "accepted"
    return "pending" if now < parse_rfc3339(account.invited_at) + INVITATION_GOOD_FOR else "expired"


def is_active(account: Account) -> bool:
    return account.status == ACTIVE


def is_active_admin(account: Account) -> bool:
    return account.role == ADMIN and is_active(account)


class Change(Frozen):
    """The new values of an account; None keeps the old one."""

    name: str | None = None
    role: str | None = None
    status: str | None = None


ASPECTS = ("name", "role", "status")


def steps(account: Account, change: Change, now: datetime) -> Iterator[tuple[str, Account]]:
    """Each aspect that changes, and the account after it."""
    for aspect in ASPECTS:
        wanted = getattr(change, aspect)
        if wanted not in (None, getattr(account, aspect)):
            account = replace(
                account, version=account.version + 1, updated_at=rfc3339(now), **{aspect: wanted}
            )
            yield aspect, account


def address_changes(account: Account, user: User) -> dict[str, str]:
    """The attributes to set so that the user has the row's address, verified."""
    if account.email in ("", user.email):
        return {} if user.email_verified or not account.email else {"email_verified": "true"}
    return {"email": account.email, "email_verified": "true"}


def identity_of(account: Account, user: User | None) -> str:
    """How the pool's user compares with the row."""
    if user is None:
        return MISSING
    same = (user.name, user.groups, user.enabled) == (
        account.name,
        frozenset({account.role}),
        is_active(account),
    )
    return MATCHES if same and not address_changes(account, user) else DIFFERS


def noted(account: Account, identity: str, user: User | None) -> Account:
    """The account with what was found; a user with an own password has accepted the invitation."""
    has_come = user is not None and user.has_own_password
    return replace(account, identity=identity, invited_at=None if has_come else account.invited_at)


def max_differing(accounts: int) -> int:
    """How many users may be changed without an operator: 10, or 1 % of a large company."""
    return max(10, accounts // 100)
