"""The main job from sign-in to the mailed report, compared with the rules to the cent."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.clock import business_day, next_day, parse_rfc3339, system_clock
from shared.money import in_words
from tests.system.product import Product, wait_for

TASKS = 30
SETTLED_SECONDS = 90
MAILED_SECONDS = 150
ZONE = "UTC"


@dataclass
class Story:
    """What this test did, according to the answers; only this is used to compute the expected results."""

    first_day: str
    assigned: list[tuple[str, str]] = field(default_factory=list)
    completed: list[tuple[str, str]] = field(default_factory=list)
    task_ids: list[str] = field(default_factory=list)
    open_before_shuffle: int = 0
    shuffle: dict[str, Any] = field(default_factory=dict)

    @property
    def last_day(self) -> str:
        """The day after the first one, in case the test runs past midnight."""
        return next_day(self.first_day)


@pytest.fixture(scope="module")
def story(product: Product) -> Story:
    product.settle()
    story = Story(_first_day(product))
    _create_tasks(product, story)
    _shuffle(product, story)
    _complete_some(product, story)
    product.settle()
    return story


def _first_day(product: Product) -> str:
    """The day of the earliest task event, since other tests may have run before midnight."""
    events = [each for name in ("Task.Assigned", "Task.Completed") for each in _task_events(product, name)]
    instants = [system_clock(), *(parse_rfc3339(event["occurred_at"]) for event in events)]
    return business_day(min(instants), ZONE)


@pytest.fixture(scope="module")
def closed(product: Product, story: Story) -> Story:
    product.ates("close-day", "--through", story.last_day, "--yes")
    wait_for(lambda: not _open_accounts(product, story.last_day), SETTLED_SECONDS, "accounts are still open")
    product.settle()
    return story


def _create_tasks(product: Product, story: Story) -> None:
    signed_in = ("worker", "manager", "admin", "accountant")
    for number in range(TASKS):
        body = {"title": f"Task {number}", "jira_id": f"POPUG-{number}"}
        answer = product.call(signed_in[number % 4], "POST", "tracking", "/tasks", json=body)
        assert answer.status_code == 201, answer.text
        task = answer.json()
        assert (task["title"], task["jira_id"], task["status"]) == (body["title"], body["jira_id"], "open")
        story.task_ids.append(task["task_id"])
        story.assigned.append((task["task_id"], task["assignee"]["account_id"]))


def _shuffle(product: Product, story: Story) -> None:
    story.open_before_shuffle = len(product.rows("tracking", "open_tasks"))
    pressed = product.call("manager", "POST", "tracking", "/shuffles", json={})
    assert pressed.status_code == 202, pressed.text
    path = f"/shuffles/{pressed.json()['shuffle_id']}"

    def done() -> dict[str, Any] | None:
        progress: dict[str, Any] = product.get("manager", "tracking", path)
        return progress if progress["status"] == "done" else None

    story.shuffle = wait_for(done, SETTLED_SECONDS, "the shuffle is not done")
    story.assigned += [(task_id, _assignee(product, task_id)) for task_id in story.task_ids]


def _complete_some(product: Product, story: Story) -> None:
    """Each worker completes every other task of their own."""
    for worker in product.local.accounts:
        mine = product.all_items(worker.email, "tracking", "/tasks", assignee="me", status="open", limit=5)
        for task in [task for task in mine if task["task_id"] in story.task_ids][::2]:
            answer = product.call(worker.email, "POST", "tracking", f"/tasks/{task['task_id']}/complete")
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == "completed"
            story.completed.append((task["task_id"], worker.account_id))


def _assignee(product: Product, task_id: str) -> str:
    return str(product.get("worker", "tracking", f"/tasks/{task_id}")["assignee"]["account_id"])


def _postings(product: Product) -> list[dict[str, Any]]:
    kinds = ("assignment_fee", "completion_reward")
    return [entry for entry in product.rows("accounting", "entries") if entry["kind"] in kinds]


def _open_accounts(product: Product, day: str) -> list[str]:
    balances = product.rows("accounting", "balances")
    return [row["account_id"] for row in balances if row["closed_through"] < day]


def _prices(product: Product) -> dict[str, dict[str, int]]:
    return {row["task_id"]: row for row in product.rows("accounting", "prices")}


def _task_events(product: Product, name: str) -> list[dict[str, Any]]:
    """Tracking's events of this name, including those of other tests."""
    return [event for event in product.events("tracking") if event["event_name"] == name]


def _nets(product: Product) -> dict[tuple[str, str], int]:
    """Rewards minus fees by (account, day), from tracking's events and the prices."""
    prices = _prices(product)
    nets: dict[tuple[str, str], int] = defaultdict(int)
    for name, price, sign in (("Task.Assigned", "fee", -1), ("Task.Completed", "reward", 1)):
        for event in _task_events(product, name):
            day = business_day(parse_rfc3339(event["occurred_at"]), ZONE)
            nets[event["data"]["assignee_id"], day] += sign * prices[event["data"]["task_id"]][price]
    return nets


def test_the_shuffle_reassigned_every_open_task_once(product: Product, story: Story) -> None:
    counts = {name: story.shuffle[name] for name in ("total", "reassigned", "skipped")}
    expected = story.open_before_shuffle
    assert counts == {"total": expected, "reassigned": expected, "skipped": 0}
    assert expected >= TASKS
    for task_id in story.task_ids:
        history = product.all_items("worker", "tracking", f"/tasks/{task_id}/history")
        assert len([each for each in history if each["what"] == "assigned"]) == 2


def test_only_eligible_accounts_were_drawn(product: Product, story: Story) -> None:
    assert {account for _, account in story.assigned} <= {each.account_id for each in product.workers()}


def test_prices_are_whole_dollars_within_the_rules(product: Product, story: Story) -> None:
    prices = _prices(product)
    assert set(story.task_ids) <= set(prices)
    for price in prices.values():
        assert price["fee"] in range(1000, 2001, 100)
        assert price["reward"] in range(2000, 4001, 100)


def test_each_assignment_was_charged_and_each_completion_rewarded_once(
    product: Product, story: Story
) -> None:
    prices = _prices(product)
    expected = sorted(
        [(task, who, "assignment_fee", prices[task]["fee"]) for task, who in story.assigned]
        + [(task, who, "completion_reward", prices[task]["reward"]) for task, who in story.completed]
    )
    booked = sorted(
        (each["task_id"], each["account_id"], each["kind"], each["amount"])
        for each in _postings(product)
        if each["task_id"] in story.task_ids
    )
    assert booked == expected


def test_every_event_of_tracking_is_booked_once(product: Product, story: Story) -> None:
    sources = [each["source_event_id"] for each in _postings(product)]
    events = _task_events(product, "Task.Assigned") + _task_events(product, "Task.Completed")
    assert sorted(sources) == sorted(event["event_id"] for event in events)


def test_every_account_sees_the_balance_computed_from_the_rules(product: Product, closed: Story) -> None:
    nets = _nets(product)
    for account in product.local.accounts:
        balance = 0
        for day in (closed.first_day, closed.last_day):
            balance = min(0, balance + nets[account.account_id, day])
        shown = product.get(account.email, "accounting", "/me/balance")
        assert shown["balance"] == {"amount": balance, "currency": "USD"}, account.email


def test_every_payout_is_the_positive_balance_of_its_day(product: Product, closed: Story) -> None:
    nets = _nets(product)
    expected, carried = {}, dict.fromkeys([each.account_id for each in product.local.accounts], 0)
    for day in (closed.first_day, closed.last_day):
        for account_id, debt in carried.items():
            end = debt + nets[account_id, day]
            if end > 0:
                expected[account_id, day] = end
            carried[account_id] = min(0, end)
    paid = [each for each in product.rows("accounting", "entries") if each["kind"] == "payout"]
    assert {(each["account_id"], each["business_day"]): each["amount"] for each in paid} == expected
    assert len(paid) == len(expected)


def test_the_audit_log_is_numbered_without_gaps_and_adds_up(product: Product, closed: Story) -> None:
    for account in product.local.accounts:
        entries = product.all_items(account.email, "accounting", "/me/entries", limit=7)
        entries.reverse()
        assert [entry["entry_number"] for entry in entries] == list(range(1, len(entries) + 1))
        balance = 0
        for entry in entries:
            sign = 1 if entry["kind"] == "completion_reward" else -1
            balance += sign * entry["amount"]["amount"]
            assert entry["balance_after"]["amount"] == balance


def test_company_statistics_are_the_sums_of_the_entries(product: Product, closed: Story) -> None:
    days = product.get(
        "accountant", "accounting", "/days", **{"from": closed.first_day, "to": closed.last_day}
    )
    entries = product.rows("accounting", "entries")
    for shown in days["items"]:
        sums: dict[str, int] = defaultdict(int)
        for entry in entries:
            if entry["business_day"] == shown["day"]:
                sums[entry["kind"]] += entry["amount"]
        assert shown["fees"]["amount"] == sums["assignment_fee"]
        assert shown["rewards"]["amount"] == sums["completion_reward"]
        assert shown["payouts"]["amount"] == sums["payout"]
        earned = sums["assignment_fee"] - sums["completion_reward"]
        assert shown["management_earnings"]["amount"] == earned


def test_analytics_agrees_with_the_ledger(product: Product, closed: Story) -> None:
    for day in (closed.first_day, closed.last_day):
        query = {"from": day, "to": day}
        ledger = product.get("accountant", "accounting", "/days", **query)["items"]
        expected = ledger[0]["management_earnings"] if ledger else {"amount": 0, "currency": "USD"}
        assert product.get("admin", "analytics", "/summary", day=day)["management_earnings"] == expected
    prices = _prices(product)
    completed = _task_events(product, "Task.Completed")
    best = max(prices[event["data"]["task_id"]]["reward"] for event in completed)
    query = {"from": closed.first_day, "to": closed.last_day}
    top = product.get("admin", "analytics", "/top-tasks", **query)
    assert top["top"]["completion_reward"]["amount"] == best


def test_every_account_with_entries_gets_one_report_per_day_with_its_payout(
    product: Product, closed: Story
) -> None:
    nets = _nets(product)
    entries = product.rows("accounting", "entries")
    emails = {each.account_id: each.email for each in product.local.accounts}
    expected = {(emails[each["account_id"]], each["business_day"]) for each in entries}
    product.tick("notifications", "queue_due_reports")
    wait_for(lambda: len(product.mails()) >= len(expected), MAILED_SECONDS, "mails are missing")
    mails = {
        (mail.to[0], day): mail for mail in product.mails() for day in _days(closed) if day in mail.subject
    }
    assert len(product.mails()) == len(expected)
    assert set(mails) == expected
    payouts = {
        (emails[each["account_id"]], each["business_day"]): each["amount"]
        for each in entries
        if each["kind"] == "payout"
    }
    for account_id, day in nets:
        mail = mails[emails[account_id], day]
        for text in (mail.text, mail.html):
            assert in_words(nets[account_id, day]) in text
            assert in_words(payouts.get((emails[account_id], day), 0)) in text


def _days(story: Story) -> tuple[str, str]:
    return story.first_day, story.last_day


def test_status_is_healthy_at_the_end(product: Product, closed: Story) -> None:
    assert product.ates("status", check=False).returncode == 0
