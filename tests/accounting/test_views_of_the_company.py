"""All accounts and the statistics by day, for accountants and admins."""

import pytest

from events.auth import AccountCreated
from shared.clock import business_day, system_clock
from tests.accounting.deployed import ACCOUNTANT, ADMIN, Deployed, usd
from tests.accounting.support import FEE, REWARD, TODAY, TOMORROW, findings


def test_all_accounts_are_listed_with_their_balances_page_by_page(busy: Deployed) -> None:
    for number in range(9):
        name = f"account-{number}"
        state = AccountCreated(account_id=name, name=name, role="worker", status="active", version=1)
        busy.hear("on_account_event", (name, state))
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        assert 0 < len(page["items"]) <= 2
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len({item["account"]["account_id"] for item in seen}) == 13
    (ann,) = [item for item in seen if item["account"]["account_id"] == "ann"]
    assert ann == {
        "account": {"account_id": "ann", "name": "Ann"},
        "role": "worker",
        "status": "active",
        "balance": usd(REWARD - FEE),
    }


@pytest.mark.parametrize("order", ["account_id", "name", "balance"])
def test_the_lists_of_accounts_are_paged_in_their_order(busy: Deployed, order: str) -> None:
    listed, query = [], {"limit": "1", "order": order}
    for _ in range(9):
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        listed += [item["account"]["account_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    # Boss and Olga have no balance yet, so the order by balance lacks them.
    assert listed == (["bob", "ann"] if order == "balance" else ["ann", "bob", "boss", "olga"])


def test_a_cursor_of_one_order_is_refused_under_another(busy: Deployed) -> None:
    _, page = busy.call("list_accounts", query={"limit": "1", "order": "name"}, **ACCOUNTANT)
    query = {"limit": "1", "order": "balance", "cursor": page["next_cursor"]}
    assert busy.call("list_accounts", query=query, **ACCOUNTANT)[0] == 400


def test_accounts_are_filtered_by_minus_and_part_of_the_name(busy: Deployed) -> None:
    def listed(**query: str) -> list[str]:
        _, page = busy.call("list_accounts", query=query, **ACCOUNTANT)
        return [item["account"]["account_id"] for item in page["items"]]

    assert listed(in_minus="true") == ["bob"]
    assert listed(in_minus="true", q="AN") == []
    assert listed(q="bO") == ["bob", "boss"]
    assert listed(q="bO", in_minus="true", order="name") == ["bob"]


def test_company_statistics_by_day(busy: Deployed) -> None:
    query = {"from": "2026-11-21", "to": TODAY}
    status, answer = busy.call("list_days", query=query, **ACCOUNTANT)
    assert (status, answer["next_cursor"]) == (200, None)
    today, before = answer["items"]
    assert today == {
        "day": TODAY,
        "fees": usd(2 * FEE),
        "rewards": usd(REWARD),
        "fee_corrections": usd(0),
        "reward_corrections": usd(0),
        "management_earnings": usd(2 * FEE - REWARD),
        "payouts": usd(0),
    }
    assert (before["day"], before["management_earnings"]) == ("2026-11-21", usd(0))


def test_corrections_count_in_the_statistics_and_payouts_do_not(busy: Deployed) -> None:
    busy.tick(through=TODAY)
    busy.close_what_was_sent()
    _, entries = busy.call("list_my_entries", query={"day": TODAY})
    for item in entries["items"][1:]:
        body = {"entry_id": item["entry_id"], "reason": "a mistake"}
        status, _ = busy.call("correct_entry", path={"account_id": "ann"}, body=body, **ADMIN)
        assert status == 201
    # The correction counts on the day of this run, unless that is closed.
    corrected_on = max(TOMORROW, business_day(system_clock(), "UTC"))
    (closed,), (corrected,) = [
        busy.call("list_days", query={"from": day, "to": day}, **ACCOUNTANT)[1]["items"]
        for day in (TODAY, corrected_on)
    ]
    assert closed["management_earnings"] == usd(2 * FEE - REWARD)
    assert closed["payouts"] == usd(REWARD - FEE)
    assert (corrected["fee_corrections"], corrected["reward_corrections"]) == (usd(FEE), usd(REWARD))
    assert corrected["management_earnings"] == usd(REWARD - FEE)
    assert findings(busy.store) == []


def test_the_last_thirty_days_are_the_default(service: Deployed) -> None:
    for use_case in ("list_days", "list_my_days"):
        _, answer = service.call(use_case, **ACCOUNTANT)
        assert len(answer["items"]) == 30
