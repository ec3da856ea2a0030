"""`ates verify`: recomputes the ledger, compares the services, and says what is wrong and where."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from ops.audit import ledger, services
from ops.audit.ledger import LedgerTables
from ops.console.errors import CommandFailed
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage import connection
from ops.stage.aws import Aws

Only = Literal["ledger", "agreement"]

OneAccount = Annotated[
    str | None, typer.Option("--account", metavar="ACCOUNT_ID", help="Only the ledger of this account.")
]
OnlyHalf = Annotated[
    Only | None, typer.Option("--only", help="The ledger by itself, or the services with each other.")
]


def command(
    account: OneAccount = None, only: OnlyHalf = None, as_json: AsJson = False, stage: Stage = None
) -> None:
    """Recompute the ledger, and compare the services with each other."""
    out, aws = Output(as_json), connection.aws(stage)
    if not everything(aws, account, only, out, Timer()):
        raise typer.Exit(CommandFailed.exit_code)


def everything(
    aws: Aws,
    account_id: str | None,
    only: Only | None,
    out: Output,
    timer: Timer,
    also: Mapping[str, Any] | None = None,
) -> bool:
    """Prints what is wrong in the ledger and between the services; returns whether all is right.

    `also` is added to the JSON document.
    """
    books = None if only == "agreement" else ledger.recompute(LedgerTables(aws), account_id, out, timer)
    with_agreement = only != "ledger" and account_id is None
    agreement = services.compare(aws, out, timer) if with_agreement else None
    document = {**(also or {}), **(books.json() if books else {})} | (
        {"agreement": agreement.json()} if agreement else {}
    )
    lines = [*(ledger.words(books) if books else ()), *(services.words(agreement) if agreement else ())]
    out.result(document, *lines)
    return not any(half.findings for half in (books, agreement) if half)
