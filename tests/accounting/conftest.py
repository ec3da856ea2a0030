"""Accounting as deployed, empty or with a few entries."""

from collections.abc import Iterator

import pytest

from events.auth import AccountCreated
from events.tracking import TaskAssigned, TaskCompleted
from shared.settings import journal_form, settings
from tests.accounting.deployed import Deployed
from tests.accounting.support import priced


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    yield Deployed(monkeypatch)
    settings.cache_clear()
    journal_form.cache_clear()


@pytest.fixture
def busy(service: Deployed) -> Deployed:
    """Ann earned today; Bob was charged. An accountant and an admin are known."""
    priced(service.store)
    service.know("olga", "accountant")
    service.know("boss", "admin")
    for account_id in ("ann", "bob"):
        state = AccountCreated(
            account_id=account_id, name=account_id.title(), role="worker", status="active", version=1
        )
        service.hear("on_account_event", (f"joined-{account_id}", state))
    service.hear(
        "on_task_event",
        ("e1", TaskAssigned(task_id="task-1", title="Fix it", jira_id="POPUG-1", assignee_id="ann")),
        ("e2", TaskCompleted(task_id="task-1", title="Fix it", jira_id="POPUG-1", assignee_id="ann")),
        ("e3", TaskAssigned(task_id="task-1", title="Fix it", assignee_id="bob")),
    )
    return service
