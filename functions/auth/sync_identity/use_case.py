"""Updates the identity provider from the account's row, whatever the event says."""

from collections.abc import Sequence

from events.auth import AccountState
from functions.auth.following import follow
from functions.auth.identity import IdentityProvider
from shared.messages import NONE_FAILED, Failed, Received
from shared.store import Store


def sync_identity(
    messages: Sequence[Received[AccountState]], store: Store, identity: IdentityProvider
) -> Failed:
    """Raises IdentityProviderDown, or UnknownAccount if the event's account has no row."""
    for account_id in dict.fromkeys(message.payload.account_id for message in messages):
        follow(account_id, store, identity)
    return NONE_FAILED
