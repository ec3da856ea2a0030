from functions.accounting.api import ACCOUNTANTS, AccountBalanceAnswer
from shared.spec import GET, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="get_account_balance",
    summary="Any account's balance, and what it earned today",
    trigger=Http("GET", "/accounts/{account_id}/balance", ACCOUNTANTS, AccountBalanceAnswer),
    access={"accounts": (GET,), "balances": (GET,), "account_days": (GET,)},
)
