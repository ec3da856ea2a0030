"""Create the first admin, or a demo account; IAM decides who may invoke this function."""

from functions.auth.creation import find_or_create
from functions.auth.domain import NewAccount
from functions.auth.following import follow
from functions.auth.identity import IdentityProvider
from functions.auth.rows import Account
from shared.context import Context
from shared.store import Store


def bootstrap_account(new: NewAccount, store: Store, context: Context, identity: IdentityProvider) -> Account:
    """The account with this e-mail address, created if there is none; on return, its user can sign in."""
    account, _ = find_or_create(new, store, context, identity, invited=False)
    follow(account.account_id, store, identity)
    return account
