from functions.accounting.api import ACCOUNTANTS, PayoutAnswer
from shared.api import Page, PageQuery
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_payouts",
    summary="Whom to pay what for a business day, by account; a page may be short",
    trigger=Http("GET", "/closes/{day}/payouts", ACCOUNTANTS, Page[PayoutAnswer], query=PageQuery),
    access={
        "accounts/by_shard": (QUERY,),
        "account_days": (BATCH_GET,),
        "balances/by_closed_through": (QUERY,),
        "closes": (BATCH_GET,),
        "day_totals": (QUERY,),
        "entries": (BATCH_GET,),
    },
)
