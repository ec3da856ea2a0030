"""`ates verify`: recomputes the ledger, compares the services, and says what is wrong and where."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer
from botocore.exceptions import ClientError

from ops.audit import grouped, ledger, services
from ops.audit.disagreement import Disagreement
from ops.audit.ledger import LedgerTables
from ops.audit.services import Agreement
from ops.console.errors import CommandFailed
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage import connection, tables
from ops.stage.aws import Aws
from ops.stage.stacks import SERVICES

Only = Literal["ledger", "agreement"]

OneAccount = Annotated[
    str | None, typer.Option("--account", metavar="ACCOUNT_ID", help="Only the ledger of this account.")
]
OnlyHalf = Annotated[
    Only | None, typer.Option("--only", help="The ledger by itself, or the services with each other.")
]

Every = Annotated[
    bool,
    typer.Option("--all", help=f"Show every finding, not only the first {grouped.MAX_OF_A_KIND} of a kind."),
]


def command(
    account: OneAccount = None,
    only: OnlyHalf = None,
    every: Every = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Recompute the ledger, and compare the services with each other."""
    out, aws = Output(as_json), connection.aws(stage)
    if not everything(aws, account, only, out, Timer(), most=None if every else grouped.MAX_OF_A_KIND):
        raise typer.Exit(CommandFailed.exit_code)


def everything(
    aws: Aws,
    account_id: str | None,
    only: Only | None,
    out: Output,
    timer: Timer,
    also: Mapping[str, Any] | None = None,
    most: int | None = grouped.MAX_OF_A_KIND,
) -> bool:
    """Prints what is wrong in the ledger and between the services; returns whether all is right.

    `also` is added to the JSON document. If a table is missing, nothing is compared. `most` of each kind are
    shown; the document has all.
    """
    try:
        return _compared(aws, account_id, only, out, timer, also or {}, most)
    except ClientError as refused:
        if "Table" not in refused.response["Error"]:
            raise
    gone = [(service, name) for service in SERVICES for name in tables.missing(aws, service)]
    findings = [
        Disagreement("missing table", f"{service}'s table {aws.target.name(service, name)}", "does not exist")
        for service, name in gone
    ]
    found = Agreement(tuple(findings), (), "unknown", {})
    out.result({**(also or {}), "agreement": found.json()}, *services.words(found, most))
    return False


def _compared(
    aws: Aws,
    account_id: str | None,
    only: Only | None,
    out: Output,
    timer: Timer,
    also: Mapping[str, Any],
    most: int | None,
) -> bool:
    books = None if only == "agreement" else ledger.recompute(LedgerTables(aws), account_id, out, timer)
    with_agreement = only != "ledger" and account_id is None
    agreement = services.compare(aws, out, timer) if with_agreement else None
    document = {**also, **(books.json() if books else {})} | (
        {"agreement": agreement.json()} if agreement else {}
    )
    lines = [
        *(ledger.words(books, most) if books else ()),
        *(services.words(agreement, most) if agreement else ()),
    ]
    out.result(document, *lines)
    return not any(half.findings for half in (books, agreement) if half)
