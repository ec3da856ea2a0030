"""Invoked by the schedule, or by name with {"by": "operator", "begin", "override"}."""

from dataclasses import asdict
from typing import Any

from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import FOLLOW_ACCOUNT, LIST_USERS
from functions.auth.reconcile_identities.use_case import TICK, Busy, Order, reconcile_identities
from functions.auth.rows import TABLES, Reconciliation
from shared.context import invocation
from shared.pace import Pace
from shared.settings import per_second, required
from shared.spec import BATCH_GET, GET, POOL_CALLS, PUT, QUERY, UPDATE, Every, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store

# Each run continues where the last one had to stop; the command line invokes it by name.
SPEC = UseCase(
    service="auth",
    name="reconcile_identities",
    summary="Compare all accounts with the user pool, and bring the pool back to the rows",
    trigger=Every(minutes=5),
    access={
        "accounts": (BATCH_GET, GET, UPDATE),
        "accounts/by_shard": (QUERY,),
        "addresses": (BATCH_GET, PUT),
        "reconciliations": (GET, PUT),
    },
    actions=(*FOLLOW_ACCOUNT, *LIST_USERS),
    paced_by=POOL_CALLS,
    timeout_seconds=60,
)


RESERVE_MILLISECONDS = 20_000
COUNTS = ("accounts", "differing", "missing", "without_account", "brought")


class TooManyDiffer(Exception):
    """Nothing was changed: an operator must check, and override the limit if the rows are right."""


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Raises TooManyDiffer at every run until it is resolved, so that the function's error alarm stays on."""

    def has_time() -> bool:
        return bool(lambda_context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    context = invocation(lambda_context)
    order = _order(event)
    identity = CognitoUserPool(required("USER_POOL_ID"), Pace(per_second(POOL_CALLS)))
    try:
        found = reconcile_identities(store(TABLES), context, identity, has_time, order)
    except Busy:
        invocation_log(context.correlation_id, "busy")
        return {"busy": True}
    counts = {name: getattr(found, name) for name in COUNTS}
    invocation_log(context.correlation_id, found.phase, **counts)
    if order is TICK:
        _raise_alarm(found)
    return {"busy": False, **asdict(found)}


def _order(event: dict[str, Any]) -> Order:
    if event.get("by") != "operator":
        return TICK
    return Order(begin=event.get("begin") is True, override=event.get("override") is True)


def _raise_alarm(found: Reconciliation) -> None:
    if found.is_alarming:
        raise TooManyDiffer(
            "more than 10 users, and more than 1 % of them, differ from their accounts: none was changed"
        )
