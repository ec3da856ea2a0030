"""`ates correct`: corrects a wrong ledger entry by another one."""

from typing import Annotated
from uuid import uuid4

import typer

from ops.console import ask
from ops.console.options import AsJson, Stage, Yes
from ops.console.output import Output
from ops.daily.accounts import AsAdmin
from ops.stage import stage_api
from shared.money import in_words

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT_ID", help="Whose entry it is.")]
EntryId = Annotated[str, typer.Argument(metavar="ENTRY_ID", help="The entry that is wrong.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the entry keeps it.")]


def command(
    account_id: AccountId,
    entry_id: EntryId,
    reason: Reason,
    who: AsAdmin = "admin",
    yes: Yes = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Correct a wrong entry by another one, which can't be taken back."""
    where = "the local AWS" if stage is None else f"stage {stage}"
    ask.confirmed(
        f"Correct entry {entry_id} of account {account_id} on {where}? A correction can't be taken back.", yes
    )
    body = {"entry_id": entry_id, "reason": reason}
    with stage_api.opened("accounting", who, stage) as api:
        made = stage_api.checked(api.post(f"/accounts/{account_id}/corrections", body, str(uuid4())))
    amount, after = made["amount"], made["balance_after"]
    Output(as_json).result(
        made,
        f"entry {made['entry_number']}: {made['kind']} of {in_words(amount['amount'], amount['currency'])},"
        f" balance {in_words(after['amount'], after['currency'])}",
    )
