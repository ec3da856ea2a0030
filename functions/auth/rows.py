"""The auth service's rows and tables, private to it."""

from dataclasses import field

from shared.records import IDEMPOTENCY, JOURNAL
from shared.tables import Index, Row, Table

MATCHES, DIFFERS, MISSING = "matches", "differs", "missing"


class Account(Row):
    """A person of the company; the only row anywhere with an e-mail address.

    `listing_key` is the time of creation and the account_id, joined by `#`: unique, and sorted by age.
    `identity` is how the user in the pool was found by the last look, which is no part of the versions.
    `invited_at` is when the invitation was last sent, None once its owner has signed in; no part of them too.
    `email` is empty where a restore could find the address nowhere.
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
    identity: str = MATCHES
    invited_at: str | None = None


class AddressClaim(Row):
    """An e-mail address is one account's; written with its row, whatever the user pool says."""

    email: str
    account_id: str


class ListedAccount(Row):
    """What the index by age holds of an account."""

    listing_shard: int
    listing_key: str
    account_id: str


class Reconciliation(Row):
    """One comparison of all accounts with all users, as far as it has come; there is one row, the latest.

    It stands at `above` in `shard` of the accounts, or at `users_after` in the pool; the lists name the first
    few. It is `is_alarming` until a later one has found less to change.
    """

    subject: str
    revision: int
    phase: str
    began_at: str
    ended_at: str | None = None
    leased_until: str | None = None
    shard: int = 0
    above: str | None = None
    users_after: str | None = None
    accounts: int = 0
    differing: int = 0
    missing: int = 0
    without_account: int = 0
    brought: int = 0
    is_overridden: bool = False
    is_alarming: bool = False
    named_differing: list[str] = field(default_factory=list)
    named_missing: list[str] = field(default_factory=list)
    named_without_account: list[str] = field(default_factory=list)


class Counter(Row):
    """A number that a transaction can be held to, such as that of the active admins."""

    counter: str
    amount: int


TABLES = (
    Table(
        "accounts",
        Account,
        "account_id",
        indexes=(Index("by_shard", ListedAccount, "listing_shard", "listing_key"),),
        guarded=True,
    ),
    Table("addresses", AddressClaim, "email"),
    Table("counters", Counter, "counter"),
    Table("reconciliations", Reconciliation, "subject"),
    JOURNAL,
    IDEMPOTENCY,
)
