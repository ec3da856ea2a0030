from functools import partial

from events.accounting import LedgerEntryPosted
from functions.accounting.api import ADMINS, PROBLEMS, CorrectionRequest, EntryAnswer, entry_answer
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.rows import TABLES, Account, Entry
from functions.accounting.views import names_of
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import settings
from shared.spec import BATCH_GET, CHECK, GET, PUT, QUERY, UPDATE, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="correct_entry",
    summary="Correct a wrong fee or reward: post the opposite entry, linked to it",
    trigger=Http(
        "POST",
        "/accounts/{account_id}/corrections",
        ADMINS,
        EntryAnswer,
        status=201,
        body=CorrectionRequest,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (BATCH_GET, CHECK, GET),
        "balances": (GET, PUT),
        "entries": (PUT, QUERY),
        "account_days": (GET, QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "inbox": (CHECK, PUT),
        "journal": (PUT,),
        "idempotency": (GET, PUT),
    },
    publishes=(LedgerEntryPosted,),
)


def run(request: Request[None, CorrectionRequest]) -> Answer:
    body, tables, zone = request.body, store(TABLES), settings().business_timezone
    asked = Correction(request.path["account_id"], body.entry_id, request.caller.account_id, body.reason)

    def answer(new: Entry) -> EntryAnswer:
        return entry_answer(new, names_of([asked.corrected_by], tables))

    return request.once(tables, partial(correct_entry, asked, tables, request.context, zone), answer)


handler = endpoint(SPEC, run, PROBLEMS)
