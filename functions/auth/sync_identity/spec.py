from events.auth import ACCOUNT_EVENTS
from functions.auth.identity import FOLLOW_ACCOUNT
from shared.spec import GET, UPDATE, Bus, UseCase

# One account at a time, as each takes some calls; together the tries outlast an outage of an hour.
SPEC = UseCase(
    service="auth",
    name="sync_identity",
    summary="Bring the user pool to an account's latest state",
    trigger=Bus(ACCOUNT_EVENTS, batch_size=1, max_receives=20),
    access={"accounts": (GET, UPDATE)},
    actions=FOLLOW_ACCOUNT,
    timeout_seconds=30,
)
