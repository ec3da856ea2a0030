"""`ates reports`: lists reports that wait or have failed, with the reason; retries failed ones.

Accounts are shown by id, because only auth has addresses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import typer
from botocore.exceptions import ClientError
from rich.text import Text

from functions.notifications.domain import FAILED, WAITING
from functions.notifications.rows import REPORTS
from ops.console.errors import BadInput
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.stage import connection, operation_log
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import Clock, rfc3339, system_clock

StateOption = Annotated[
    Literal["waiting", "failed", "all"], typer.Option("--state", help="Which unsent reports to show.")
]
ReportIds = Annotated[
    list[str] | None, typer.Argument(metavar="REPORT_ID", help="ACCOUNT_ID#DAY, as listed.")
]
AllFailed = Annotated[bool, typer.Option("--all", help="All failed reports.")]


@dataclass(frozen=True, slots=True)
class Unsent:
    """A report that was not sent; `reason` is that of the last attempt."""

    report_id: str
    account_id: str
    business_day: str
    state: str
    attempts: int
    next_attempt_at: str
    reason: str | None = None


def list_command(state: StateOption = "all", as_json: AsJson = False, stage: Stage = None) -> None:
    """List reports that were not sent, oldest day first."""
    states = (WAITING, FAILED) if state == "all" else (state,)
    found = sorted(
        unsent(connection.aws(stage), states), key=lambda each: (each.business_day, each.report_id)
    )
    report(Output(as_json), found, state)


def retry_command(
    ids: ReportIds = None,
    every: AllFailed = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Retry failed reports; fix the cause first."""
    if bool(ids) == every:
        raise BadInput("give either REPORT_IDs or --all")
    aws = connection.aws(stage)
    failed = [each.report_id for each in unsent(aws, (FAILED,))]
    if unknown := sorted(set(ids or ()) - set(failed)):
        raise BadInput(f"there is no failed report {unknown[0]!r}")
    wanted = sorted(set(ids or failed))
    revived = wanted if dry_run else retry(aws, wanted, system_clock)
    words = "would be retried" if dry_run else "will be retried"
    Output(as_json).result({"dry_run": dry_run, "reports": revived}, f"{len(revived)} reports {words}")


def unsent(aws: Aws, states: Sequence[str]) -> Iterator[Unsent]:
    """Scans the whole table; acceptable for an operator, not for a request."""
    names = list(Unsent.__dataclass_fields__)
    wanted = {f":state{n}": {"S": state} for n, state in enumerate(states)}
    pages = aws.dynamodb.get_paginator("scan").paginate(
        TableName=aws.target.name("notifications", "reports"),
        ConsistentRead=True,
        FilterExpression=f"#state IN ({', '.join(wanted)})",
        ProjectionExpression=", ".join(f"#{name}" for name in names),
        ExpressionAttributeNames={f"#{name}": name for name in names},
        ExpressionAttributeValues=wanted,
    )
    for page in pages:
        for item in page["Items"]:
            yield Unsent(**{name: _plain(value) for name, value in item.items()})


def retry(aws: Aws, report_ids: Sequence[str], clock: Clock) -> list[str]:
    """Makes them due now, and returns those it changed; a report that is no longer failed is skipped.

    A failed report was refused by SES, so sending it again can't duplicate it.
    """
    with operation_log.recorded(aws, "reports retry", {"reports": list(report_ids)}, clock) as operation:
        revived = [each for each in report_ids if _revive(aws, each, rfc3339(clock()))]
        operation.result["reports"] = revived
    return revived


def report(out: Output, found: Sequence[Unsent], state: str = "all") -> None:
    lines = [Text(line) for each in found for line in _lines(each)]
    none = Text("every report is sent" if state == "all" else f"no report is {state}")
    out.result({"reports": [asdict(each) for each in found]}, *(lines or [none]))


def _lines(each: Unsent) -> Iterator[str]:
    """The id is complete, to be copied."""
    due = f", the next {each.next_attempt_at}" if each.state == WAITING else ""
    yield f"{each.report_id}  {each.state}: {each.attempts} attempts{due}"
    if each.reason:
        yield f"    {each.reason}"


def _revive(aws: Aws, report_id: str, now: str) -> bool:
    try:
        aws.dynamodb.update_item(
            TableName=aws.target.name("notifications", "reports"),
            Key={"report_id": {"S": report_id}},
            UpdateExpression="SET #state = :waiting, due_shard = :shard, next_attempt_at = :now",
            ConditionExpression="#state = :failed",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":waiting": {"S": WAITING},
                ":failed": {"S": FAILED},
                ":shard": {"N": str(REPORTS.default.of(report_id))},
                ":now": {"S": now},
            },
        )
    except ClientError as refused:
        if error_code(refused) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _plain(typed: Any) -> Any:
    return int(typed["N"]) if "N" in typed else typed.get("S")
