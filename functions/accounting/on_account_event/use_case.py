"""Keeps the replica of accounts: the highest version wins, in any order of events."""

from collections.abc import Iterable, Sequence

from events.auth import AccountState
from functions.accounting.ledger import listing_shard, new_balance
from functions.accounting.posting import balance_action
from functions.accounting.rows import Account, Balance
from shared.clock import business_day
from shared.guards import get_guarded
from shared.messages import Failed, Received
from shared.names import name_key
from shared.store import Action, Below, ConditionFailed, Put, Store, StoreError

MAX_TRIES = 3


def on_account_event(messages: Sequence[Received[AccountState]], store: Store, zone: str) -> Failed:
    """Also create the account's balance, so that it is listed and closed before it has an entry.

    If the balances' sentinel is missing (RowsLost), none is created: an account that had one would start
    again at zero, and its days would be closed a second time.
    """
    failed: dict[str, Exception] = {}
    for account_id in sorted({message.payload.account_id for message in messages}):
        own = [message for message in messages if message.payload.account_id == account_id]
        try:
            _keep(max(own, key=lambda message: message.payload.version), store, zone)
        except StoreError as error:
            failed.update(dict.fromkeys(_ids(own), error))
    return failed


def _ids(messages: Iterable[Received[AccountState]]) -> list[str]:
    return [message.message_id for message in messages]


def _keep(message: Received[AccountState], store: Store, zone: str) -> None:
    """Raises StoreError; an older version than the replica's needs nothing."""
    account = _account(message.payload)
    first_day = business_day(message.occurred_at, zone)
    for _ in range(MAX_TRIES):
        # The event of the same version adds `name_key` to an old row.
        actions: list[Action] = [Put(account, expected={"version": Below(account.version + 1)})]
        if not get_guarded(store, Balance, [{"account_id": account.account_id}]):
            new = new_balance(account.account_id, first_day)
            actions.append(balance_action(None, new, store))
        try:
            return store.transact(actions)
        except ConditionFailed as refusal:
            if 0 in refusal.failed:
                return None  # the write of the higher version has created the balance too
            trouble = refusal
    raise trouble


def _account(state: AccountState) -> Account:
    return Account(
        account_id=state.account_id,
        name=state.name,
        role=state.role,
        status=state.status,
        version=state.version,
        listing_shard=listing_shard(state.account_id),
        name_key=name_key(state.name, state.account_id),
    )
