from collections.abc import Sequence

from functions.accounting.close_account.spec import SPEC
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob, read_close_job
from functions.accounting.tables import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CloseJob]], context: Context) -> Failed:
    return close_account(messages, store(TABLES), context, SqsWorkQueue(queue_url("close_accounts")))


handler = consumer(SPEC, read_job(read_close_job), handle)
