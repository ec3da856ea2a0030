from events.auth import ROLES
from functions.auth.api import FullAccountAnswer
from shared.spec import GET, UPDATE, Http, UseCase

SPEC = UseCase(
    service="auth",
    name="get_me",
    summary="Show the caller's own account",
    trigger=Http("GET", "/me", roles=ROLES, answer=FullAccountAnswer),
    access={"accounts": (GET, UPDATE)},
)
