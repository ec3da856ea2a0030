import random
from collections.abc import Sequence

from functions.accounting.close_account.spec import SPEC
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob, read_close_job
from functions.accounting.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CloseJob]]) -> Failed:
    queue = SqsWorkQueue(queue_url("close_accounts"))
    return close_account(messages, store(TABLES), queue, system_clock, random.SystemRandom())


handler = consumer(SPEC, read_job(read_close_job), handle)
