from collections.abc import Sequence

from events.accounting import AccountDayClosed, LedgerEntryPosted
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob, read_close_job
from functions.accounting.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, Jobs, UseCase
from shared.wiring import store
from shared.work_queue import SqsWorkQueue

SPEC = UseCase(
    service="accounting",
    name="close_account",
    summary="Close accounts' business days in order, and pay out what each earned",
    trigger=Jobs("close_accounts"),
    access={
        "balances": (BATCH_GET, PUT),
        "entries": (PUT,),
        "account_days": (GET, PUT, QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "journal": (PUT,),
    },
    publishes=(LedgerEntryPosted, AccountDayClosed),
    sends_to=("close_accounts",),
    timeout_seconds=60,
)


def handle(messages: Sequence[Received[CloseJob]], context: Context) -> Failed:
    return close_account(messages, store(TABLES), context, SqsWorkQueue(queue_url("close_accounts")))


handler = consumer(SPEC, read_job(read_close_job), handle)
