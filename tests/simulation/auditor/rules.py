"""The product's rules for money and days, written independently from the requirements."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FEES = {dollars * 100 for dollars in range(10, 21)}
REWARDS = {dollars * 100 for dollars in range(20, 41)}

SIGNS = {
    "assignment_fee": -1,
    "completion_reward": +1,
    "payout": -1,
    "fee_correction": +1,
    "reward_correction": -1,
}
COLUMNS = {
    "assignment_fee": "fees",
    "completion_reward": "rewards",
    "payout": "payouts",
    "fee_correction": "fee_corrections",
    "reward_correction": "reward_corrections",
}
OPEN_DAY = (
    "fees",
    "rewards",
    "fee_corrections",
    "reward_corrections",
    "payouts",
    "entry_count",
    "last_entry_number",
)
"""What a balance has of each open day, in this order."""

CORRECTED_KIND = {"fee_correction": "assignment_fee", "reward_correction": "completion_reward"}
KIND_OF_SOURCE = {"Task.Assigned": "assignment_fee", "Task.Completed": "completion_reward"}
ELIGIBLE_ROLES = {"worker", "accountant"}
MANAGING_ROLES = {"manager", "admin"}

SETTLED = timedelta(minutes=5)
AT_THE_LATEST = timedelta(hours=1)
CLOCKS_APART = timedelta(milliseconds=500)
"""The most that two hosts' clocks differ; each differs from the true time by at most half of it."""

COVERED_AFTER = timedelta(seconds=1)
"""A press may cover tasks created up to this long after it."""

COMPLETIONS_KNOWN = timedelta(days=14)
"""A press that a restore starts again counts tasks that ended less than this long ago."""

NO_HASH = "0" * 64


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def same_time(one: str, other: str) -> bool:
    return instant(one) == instant(other)


def day_of(text: str, zone: str) -> str:
    return instant(text).astimezone(ZoneInfo(zone)).date().isoformat()


def end_of(day: str, zone: str) -> datetime:
    """Midnight after the day, in the company's time zone."""
    return datetime.combine(date.fromisoformat(after(day)), time(), ZoneInfo(zone)).astimezone(UTC)


def after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def signed(entry: Mapping[str, Any]) -> int:
    return SIGNS[entry["kind"]] * int(entry["amount"])


def counts_as_earned(entry: Mapping[str, Any]) -> int:
    return 0 if entry["kind"] == "payout" else signed(entry)


def hash_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 of the sorted JSON of an entry's fields, without the hash itself."""
    said = {name: value for name, value in entry.items() if name != "hash"}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def in_dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d} USD"
