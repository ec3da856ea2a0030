from collections.abc import Sequence

from events.auth import ACCOUNT_EVENTS, AccountState
from events.envelope import reader_of
from functions.accounting.on_account_event.use_case import on_account_event
from functions.accounting.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.spec import BATCH_GET, PUT, Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="on_account_event",
    summary="Keep the replica of accounts, and have a balance for each",
    trigger=Events(ACCOUNT_EVENTS),
    access={"accounts": (PUT,), "balances": (BATCH_GET, PUT)},
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[AccountState]], context: Context) -> Failed:
    return on_account_event(messages, store(TABLES), settings().business_timezone)


handler = consumer(SPEC, read_event(reader_of(AccountState)), handle)
