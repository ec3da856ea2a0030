from functions.auth.api import ADMINS, FullAccountAnswer
from shared.spec import GET, Http, UseCase

SPEC = UseCase(
    service="auth",
    name="get_account",
    summary="Show an account",
    trigger=Http("GET", "/accounts/{account_id}", roles=ADMINS, answer=FullAccountAnswer),
    access={"accounts": (GET,)},
)
