from collections.abc import Sequence

from events.auth import ACCOUNT_EVENTS, AccountState
from events.envelope import reader_of
from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import FOLLOW_ACCOUNT
from functions.auth.rows import TABLES
from functions.auth.sync_identity.use_case import sync_identity
from shared.context import Context
from shared.messages import Failed, Received
from shared.pace import Pace
from shared.queue import consumer, read_event
from shared.settings import per_second, required
from shared.spec import GET, POOL_CALLS, UPDATE, Events, UseCase
from shared.wiring import store

# One account at a time, because each takes several calls; the tries outlast an outage of an hour.
SPEC = UseCase(
    service="auth",
    name="sync_identity",
    summary="Bring the user pool to an account's latest state",
    trigger=Events(ACCOUNT_EVENTS, batch_size=1, max_receives=20),
    access={"accounts": (GET, UPDATE)},
    actions=FOLLOW_ACCOUNT,
    paced_by=POOL_CALLS,
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[AccountState]], context: Context) -> Failed:
    identity = CognitoUserPool(required("USER_POOL_ID"), Pace(per_second(POOL_CALLS)))
    return sync_identity(messages, store(TABLES), identity)


handler = consumer(SPEC, read_event(reader_of(AccountState)), handle)
