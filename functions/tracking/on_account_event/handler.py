from collections.abc import Sequence

from events.auth import AccountState
from events.envelope import reader_of
from functions.tracking.on_account_event.spec import SPEC
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.rows import TABLES
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.wiring import store


def handle(messages: Sequence[Received[AccountState]]) -> Failed:
    return on_account_event(messages, store(TABLES))


handler = consumer(SPEC, read_event(reader_of(AccountState)), handle)
