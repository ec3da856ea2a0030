"""Rebuilds auth's tables from an older or incomplete copy of them and auth's own events.

Events have no e-mail addresses: for accounts missing in the copy they come from the address claims, if that
table is left, or from the user pool.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from events.auth import AccountState
from events.envelope import read_envelope
from functions.auth.domain import ACTIVE_ADMINS, NewAccount, account_of, is_active_admin
from functions.auth.rows import MISSING, Account, AddressClaim, Counter
from shared.clock import rfc3339
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import Tables, documents, with_published

EmailOf = Callable[[str], str | None]


def restored(
    tables: Tables, published: Iterable[EventDocument], email_of: EmailOf
) -> dict[type[Any], list[Any]]:
    """All rows; each account has the state of its highest version.

    `email_of` returns the pool's address by account_id, None without a user. A missing user is not created
    again, because it would have another account_id: the restored row says that it is missing.
    """
    journal = with_published(tables, published, "account_id")
    accounts = {account.account_id: account for account in tables[Account]}
    claimed = {claim.account_id: claim.email for claim in tables[AddressClaim]}
    for document in documents(journal):
        envelope, event = read_envelope(document)
        if isinstance(event, AccountState):
            before = accounts.get(event.account_id)
            if before is None:
                email = claimed.get(event.account_id) or _pool_email(
                    event.account_id, accounts.values(), email_of
                )
                new = NewAccount(email, event.name, event.role)
                before = replace(account_of(event.account_id, new, envelope.occurred_at), version=0)
            accounts[event.account_id] = _latest(before, event, envelope.occurred_at)
    rows = [_with_identity(account, email_of) for account in accounts.values()]
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: journal,
        Account: rows,
        AddressClaim: list(_claims(rows)),
        Counter: [Counter(ACTIVE_ADMINS, sum(map(is_active_admin, rows)))],
    }


def without_user(rows: Tables) -> list[str]:
    """Messages to the operator about accounts restored without address or user."""
    messages = []
    for account in rows.get(Account, ()):
        if not account.email:
            messages.append(f"account {account.account_id}: its e-mail address is lost")
        if account.identity == MISSING:
            messages.append(f"account {account.account_id}: there is no such user in the user pool")
    return messages


def _pool_email(account_id: str, others: Iterable[Account], email_of: EmailOf) -> str:
    """The pool's address, or "" if there is none or another row has it."""
    email = (email_of(account_id) or "").lower()
    return "" if any(other.email == email for other in others) else email


def _latest(before: Account, event: AccountState, occurred_at: datetime) -> Account:
    if before.version >= event.version:
        return before
    return replace(
        before,
        name=event.name,
        role=event.role,
        status=event.status,
        version=event.version,
        updated_at=rfc3339(occurred_at),
    )


def _with_identity(account: Account, email_of: EmailOf) -> Account:
    return replace(account, identity=MISSING) if email_of(account.account_id) is None else account


def _claims(accounts: Iterable[Account]) -> Iterable[AddressClaim]:
    """If two rows have one address, which older releases allowed, the older row gets the claim."""
    oldest_first = sorted(accounts, key=lambda account: account.listing_key)
    claims = {account.email: account.account_id for account in reversed(oldest_first) if account.email}
    return [AddressClaim(email, account_id) for email, account_id in claims.items()]
