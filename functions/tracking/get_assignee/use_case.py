"""One of those who are or have been eligible, as the list of assignees has them."""

from functions.tracking.domain import AssigneeNotFound
from functions.tracking.rows import Account
from shared.store import Store


def get_assignee(account_id: str, store: Store) -> Account:
    """Raises AssigneeNotFound, also for an account that was never eligible."""
    found = store.get(Account, account_id=account_id)
    if found is None or found.name_key is None:
        raise AssigneeNotFound("there is nobody of that id who may be an assignee")
    return found
