"""Shortcuts in time: close a business day before it is over, end a lease early."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.notifications.domain import WAITING
from ops.stage import in_flight
from shared.clients import error_code
from shared.clock import business_day, next_day, rfc3339, system_clock
from tests.system.failures.effects import mails
from tests.system.failures.installation import Installation
from tests.system.product import Product

ZONE = "UTC"
REPORTS = "notifications.send_report"


def first_open_day(product: Product) -> str:
    """Today, or the day after the last one closed for any account."""
    rows = product.rows("accounting", "balances")
    closed = [row["closed_through"] for row in rows if row.get("closed_through")]
    return max([business_day(system_clock(), ZONE), *map(next_day, closed)])


def survived(product: Product, function: str, **payload: str) -> bool:
    """Invoke a scheduled function (`accounting/close_days`); whether it ran to its end."""
    aws = product.aws
    answer = aws.functions.invoke(
        FunctionName=aws.target.name(*function.split("/")), Payload=json.dumps(payload).encode()
    )
    return not answer.get("FunctionError")


def waiting_reports(installation: Installation) -> list[dict[str, Any]]:
    return [row for row in installation.product.rows("notifications", "reports") if row["state"] == "waiting"]


def crashed_senders(installation: Installation) -> set[str]:
    """Reports that wait although they were mailed; call it while no report is being sent."""
    mailed = mails(installation.product)
    return {row["report_id"] for row in waiting_reports(installation) if mailed[row["report_id"]]}


def none_being_sent(installation: Installation) -> bool:
    """Whether no report is being sent; a running sender's job is still in the queue."""
    return not in_flight.depths(installation.aws, [installation.queue(REPORTS)])[0].total


def end_leases(installation: Installation) -> None:
    """Make waiting reports due, as minutes would: after a dead sender's lease or before the next attempt."""
    for row in waiting_reports(installation):
        make_due(installation, row)


def make_due(installation: Installation, row: Mapping[str, Any]) -> bool:
    """Make the next attempt of a waiting report due now; False if its row has changed meanwhile."""
    try:
        installation.aws.dynamodb.update_item(
            TableName=installation.aws.target.name("notifications", "reports"),
            Key={"report_id": {"S": row["report_id"]}},
            UpdateExpression="SET next_attempt_at = :now",
            ConditionExpression="attempts = :attempts AND next_attempt_at = :then AND #state = :waiting",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":now": {"S": rfc3339(system_clock())},
                ":attempts": {"N": str(row["attempts"])},
                ":then": {"S": row["next_attempt_at"]},
                ":waiting": {"S": WAITING},
            },
        )
    except ClientError as refused:
        if error_code(refused) == "ConditionalCheckFailedException":
            return False
        raise
    return True
