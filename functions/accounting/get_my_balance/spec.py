from functions.accounting.api import ANY, MyBalanceAnswer
from shared.spec import GET, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="get_my_balance",
    summary="One's own balance, and what one earned today",
    trigger=Http("GET", "/me/balance", ANY, MyBalanceAnswer),
    access={"balances": (GET,), "account_days": (GET,)},
)
