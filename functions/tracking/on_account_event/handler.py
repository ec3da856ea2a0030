from collections.abc import Sequence

from events.auth import ACCOUNT_EVENTS, AccountState
from events.envelope import reader_of
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.spec import DELETE, GET, PUT, UPDATE, Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="on_account_event",
    summary="Keep the replica of the accounts, and the roster of the eligible",
    trigger=Events(ACCOUNT_EVENTS),
    access={"accounts": (GET, PUT, UPDATE), "roster": (DELETE, GET, PUT)},
)


def handle(messages: Sequence[Received[AccountState]], context: Context) -> Failed:
    return on_account_event(messages, store(TABLES))


handler = consumer(SPEC, read_event(reader_of(AccountState)), handle)
