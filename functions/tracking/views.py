"""Reads that several use cases share: names of accounts, and a task with the names to show."""

from collections.abc import Iterable, Mapping

from functions.tracking.rows import Account, Task
from shared.frozen import Frozen
from shared.store import Store

Names = Mapping[str, str]
"""By account_id; an account without a replica yet is named by its id."""


def names_of(account_ids: Iterable[str | None], store: Store) -> Names:
    """Missing ids are ignored; a restored task may also have an empty one."""
    wanted = sorted({account_id for account_id in account_ids if account_id})
    found = store.get_many(Account, [{"account_id": account_id} for account_id in wanted])
    return {account_id: account_id for account_id in wanted} | {row.account_id: row.name for row in found}


class TaskDetails(Frozen):
    task: Task
    names: Names


def with_names(task: Task, store: Store) -> TaskDetails:
    return TaskDetails(task, names_of([task.assignee_id, task.created_by], store))
