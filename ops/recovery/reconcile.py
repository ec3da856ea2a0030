"""`ates accounts reconcile`: compares all accounts with the user pool, and corrects the pool."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Annotated, Any

import typer

from functions.auth.domain import IDENTITIES, STOPPED
from functions.auth.rows import Reconciliation
from ops.console.errors import CommandFailed, TimedOut
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.recovery import pause_service
from ops.stage import connection, operation_log
from ops.stage.aws import Aws
from ops.stage.lambdas import invoke
from shared.clock import system_clock

SERVICE, USE_CASE = "auth", "reconcile_identities"
BUSY_SECONDS = 3.0
TIMEOUT_SECONDS = 4 * 3600
MAX_SHOWN = 5

Override = Annotated[
    bool,
    typer.Option(
        "--override", help="Change the users even if more than 10 and more than 1 % of them differ."
    ),
]


def lines(found: Reconciliation | None) -> Iterator[str]:
    """The result in words."""
    if found is None:
        yield "accounts were never compared with the user pool"
        return
    when = f"since {found.began_at}" if found.ended_at is None else f"at {found.began_at}"
    yield f"accounts compared with the user pool {when}: {found.accounts}"
    kinds = (
        ("users differ from their accounts", found.differing, found.named_differing),
        ("accounts have no user", found.missing, found.named_missing),
        ("users have no account", found.without_account, found.named_without_account),
    )
    for what, count, named in kinds:
        if count:
            shown = named[:MAX_SHOWN]
            yield f"{count} {what}: {', '.join(shown)}{', …' if count > len(shown) else ''}"
    if found.phase == STOPPED:
        yield "too many differ, so nothing was changed; `ates accounts reconcile --override` changes them"
    elif found.differing:
        yield f"{found.brought} corrected"


def command(
    override: Override = False, dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None
) -> None:
    """Compare all accounts with the user pool, and correct the pool; a dry run shows the last comparison."""
    aws, out, timer = connection.aws(stage), Output(as_json), Timer()
    if dry_run:
        found = last(aws)
        out.result({"dry_run": True, "last": found and asdict(found)}, "\n".join(lines(found)))
        return
    pause_service.check_not_paused(aws, SERVICE)
    asked = {"override": override or None}
    with operation_log.recorded(aws, "accounts reconcile", asked, system_clock) as operation:
        with out.working("comparing accounts with the user pool") as status:
            found = reconcile(aws, override, timer, status.update)
        operation.result.update(asdict(found))
    out.result(asdict(found), "\n".join(lines(found)))
    if found.phase == STOPPED:
        raise typer.Exit(CommandFailed.exit_code)


def reconcile(aws: Aws, override: bool, timer: Timer, progress: Callable[[str], None]) -> Reconciliation:
    """Runs a whole comparison; raises TimedOut or InvocationFailed."""
    deadline = timer.now() + TIMEOUT_SECONDS
    asked: dict[str, Any] = {"by": "operator", "begin": True, "override": override}
    while timer.now() < deadline:
        answer = invoke(aws, SERVICE, USE_CASE, asked)
        if answer["busy"]:
            progress("another comparison is running")
            timer.sleep(BUSY_SECONDS)
            continue
        found, asked = _read(answer), {"by": "operator"}
        if found.ended_at is not None:
            return found
        progress(f"{found.phase}: {found.accounts} accounts")
    raise TimedOut(f"the comparison is not finished after {TIMEOUT_SECONDS} s; the schedule continues it")


def last(aws: Aws) -> Reconciliation | None:
    """The latest comparison; None before the first, or if its table is lost."""
    try:
        answer = aws.dynamodb.get_item(
            TableName=aws.target.name(SERVICE, "reconciliations"),
            Key={"subject": {"S": IDENTITIES}},
            ConsistentRead=True,
        )
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return None
    item = answer.get("Item")
    return None if item is None else _read({name: _value(typed) for name, typed in item.items()})


def _read(document: Mapping[str, Any]) -> Reconciliation:
    names = {field.name for field in fields(Reconciliation)}
    return Reconciliation(**{name: value for name, value in document.items() if name in names})


def _value(typed: Any) -> Any:
    ((kind, value),) = typed.items()
    if kind == "L":
        return [_value(each) for each in value]
    return int(value) if kind == "N" else value
