"""Auth's tables written again from an older or half-taken copy of them and its own events.

No event has an e-mail address: those of accounts that the copy doesn't know come from the user pool.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from events.auth import AccountState
from events.envelope import read_envelope
from functions.auth.domain import ACTIVE_ADMINS, Account, Counter, NewAccount, account_of, is_active_admin
from shared.clock import rfc3339
from shared.records import JournalRecord
from shared.restoring import CannotRestore, Envelope, Tables, documents, with_published


def restored(
    tables: Tables, published: Iterable[Envelope], email_of: Callable[[str], str | None]
) -> dict[type[Any], list[Any]]:
    """All rows; of an account's states the highest version is the present one. Raises CannotRestore."""
    journal = with_published(tables[JournalRecord], list(published), "account_id")
    accounts = {account.account_id: account for account in tables[Account]}
    for document in documents(journal):
        envelope, event = read_envelope(document)
        if not isinstance(event, AccountState):
            continue
        before = accounts.get(event.account_id)
        if before is not None and before.version >= event.version:
            continue
        if before is None:
            email = email_of(event.account_id)
            if email is None:
                raise CannotRestore(f"account {event.account_id} has no user in the user pool")
            new = NewAccount(email, event.name, event.role)
            before = account_of(event.account_id, new, envelope.occurred_at)
        accounts[event.account_id] = replace(
            before,
            name=event.name,
            role=event.role,
            status=event.status,
            version=event.version,
            updated_at=rfc3339(envelope.occurred_at),
        )
    admins = sum(map(is_active_admin, accounts.values()))
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: journal,
        Account: list(accounts.values()),
        Counter: [Counter(ACTIVE_ADMINS, admins)],
    }
