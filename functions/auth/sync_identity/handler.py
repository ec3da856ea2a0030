from collections.abc import Sequence

from events.auth import AccountState
from events.envelope import reader_of
from functions.auth.cognito import CognitoUserPool
from functions.auth.rows import TABLES
from functions.auth.sync_identity.spec import SPEC
from functions.auth.sync_identity.use_case import sync_identity
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import required
from shared.wiring import store


def handle(messages: Sequence[Received[AccountState]]) -> Failed:
    return sync_identity(messages, store(TABLES), CognitoUserPool(required("USER_POOL_ID")))


handler = consumer(SPEC, read_event(reader_of(AccountState)), handle)
