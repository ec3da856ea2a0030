"""What people do in a day, over HTTP: every command and every list of every service, and the day's close."""

import uuid
from functools import partial
from typing import Any

import httpx

from infra.discovery import discover
from shared.spec import Http
from tests.system.failures.days import first_open_day, survived
from tests.system.failures.load import Load
from tests.system.product import Product, wait_for
from tests.system.test_callers import ALLOWED

CLOSED_SECONDS = 60
REPORTED_SECONDS = 120


def work(product: Product) -> Load:
    """A load, a task that is cancelled, an account that is invited and changed, a correction, a close."""
    load = Load(product, tasks=8, shuffles=1).start().finish()
    settle(product)
    task = asked(product, "manager", "POST", "tracking", "/tasks", json={"title": "Cancel this"}).json()
    asked(product, "manager", "POST", "tracking", f"/tasks/{task['task_id']}/cancel")
    account_id = people(product)
    settle(product)
    entry = next(row for row in product.rows("accounting", "entries") if row["kind"] == "assignment_fee")
    correct = f"/accounts/{entry['account_id']}/corrections"
    why = {"entry_id": entry["entry_id"], "reason": "It was a duplicate"}
    asked(product, "admin", "POST", "accounting", correct, json=why)
    asked(product, "accountant", "POST", "accounting", "/closes")
    close(product)
    (shuffle_id,) = load.subjects("shuffle")
    look(product, {"task_id": task["task_id"], "account_id": account_id, "shuffle_id": shuffle_id})
    return load


def people(product: Product) -> str:
    """Invites somebody, and again; renames, promotes, deactivates, reactivates. Returns the account's id."""
    email = f"new-{uuid.uuid4().hex[:8]}@ates.example"
    new = {"email": email, "name": "Newcomer Quill", "role": "worker"}
    account_id: str = asked(product, "admin", "POST", "auth", "/accounts", json=new).json()["account_id"]
    asked(product, "admin", "POST", "auth", f"/accounts/{account_id}/invitation")
    changes: list[dict[str, Any]] = [
        {"name": "Newcomer Feather"},
        {"role": "accountant"},
        {"status": "deactivated"},
        {"status": "active"},
    ]
    for change in changes:
        asked(product, "admin", "PATCH", "auth", f"/accounts/{account_id}", json=change)
    return account_id


def close(product: Product) -> None:
    """Closes the first open day; waits until all its reports are mailed."""
    settle(product)
    day = first_open_day(product)
    ran = partial(survived, product, "accounting/close_days", through=day)
    wait_for(ran, CLOSED_SECONDS, "no close ran to its end")
    settle(product)
    wait_for(lambda: all_reported(product), REPORTED_SECONDS, "reports are not sent")


def all_reported(product: Product) -> bool:
    product.tick("notifications", "queue_due_reports")
    reports = product.rows("notifications", "reports")
    return bool(reports) and all(each["state"] == "sent" for each in reports)


def look(product: Product, ids: dict[str, str]) -> None:
    """Everybody asks for all that they may."""
    day = product.rows("accounting", "closes")[0]["business_day"]
    for service in discover():
        for spec in service.use_cases:
            if isinstance(spec.trigger, Http) and spec.trigger.method == "GET":
                path = spec.trigger.path.replace("{day}", day)
                for name, value in ids.items():
                    path = path.replace(f"{{{name}}}", value)
                for role in sorted(ALLOWED[service.name, "GET", spec.trigger.path]):
                    asked(product, role, "GET", service.name, path)


def sweep(product: Product) -> None:
    """Runs what a schedule runs."""
    for service in discover():
        for spec in service.use_cases:
            if spec.name in ("sweep_journal", "reconcile_identities", "close_days", "queue_due_reports"):
                product.tick(service.name, spec.name)


def settle(product: Product) -> None:
    product.settle(300)


def asked(product: Product, who: str, method: str, service: str, path: str, **content: Any) -> httpx.Response:
    """The answer, which must be a good one."""
    headers = {} if method == "GET" else {"Idempotency-Key": uuid.uuid4().hex}
    answer = product.once_confirmed(
        lambda: product.call(who, method, service, path, headers=headers, **content)
    )
    assert answer.is_success, f"{who}: {method} {path}: {answer.status_code} {answer.text}"
    return answer
