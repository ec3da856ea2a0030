"""The auth service's rows and tables."""

from dataclasses import field

from shared.records import IDEMPOTENCY, JOURNAL, RECEIPTS
from shared.tables import Index, Row, Table

MATCHES, DIFFERS, MISSING = "matches", "differs", "missing"


class Account(Row):
    """A person of the company; the only row anywhere with an e-mail address.

    `listing_key` is the time of creation and the account_id, joined by `#`: unique, and sorted by age.
    `identity` is how the last check found the user in the pool. `invited_at` is when the invitation was last
    sent, None once its owner has signed in. Neither changes `version`.
    `email` is empty if a restore could not find the address.
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
    """Assigns an e-mail address to one account; written with the account's row."""

    email: str
    account_id: str


class ListedAccount(Row):
    """An account in the index by age."""

    listing_shard: int
    listing_key: str
    account_id: str


class Reconciliation(Row):
    """The progress of the latest comparison of all accounts with all users; the only row.

    Its position is `above` in `shard` of the accounts, or `users_after` in the pool; the lists name the
    first few findings. `is_alarming` stays set until a later one has found less to change.
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
    """A number on which a transaction can be conditional, such as that of the active admins."""

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
    RECEIPTS,
    IDEMPOTENCY,
)
