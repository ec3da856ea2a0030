"""For a tick of the schedule, or invoked by name with {"by": "operator", "begin", "override"}."""

from dataclasses import asdict
from typing import Any

from functions.auth.cognito import CognitoUserPool
from functions.auth.pace import Pace
from functions.auth.reconcile_identities.use_case import TICK, Busy, Effort, Order, reconcile_identities
from functions.auth.rows import TABLES, Reconciliation
from shared.clock import system_clock
from shared.settings import required
from shared.telemetry import invocation_log
from shared.wiring import store

RESERVE_MILLISECONDS = 20_000
COUNTS = ("accounts", "differing", "missing", "without_account", "brought")


class TooManyDiffer(Exception):
    """Nothing was changed: an operator has to look, and to override the limit if the rows are right."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises TooManyDiffer at every tick until it is dealt with: the function's alarm on errors stays on."""

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    order, effort = _order(event), Effort(Pace(), has_time)
    identity = CognitoUserPool(required("USER_POOL_ID"))
    try:
        found = reconcile_identities(store(TABLES), system_clock, identity, effort, order)
    except Busy:
        invocation_log(context.aws_request_id, "busy")
        return {"busy": True}
    counts = {name: getattr(found, name) for name in COUNTS}
    invocation_log(context.aws_request_id, found.phase, **counts)
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
