"""What a report says, by language."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of a report; those in braces are filled in by `str.format`."""

    language: str
    subject: str
    greeting: str
    intro: str
    earned: str
    paid_out: str
    carried_over: str
    entries: str
    time: str
    entry: str
    change: str
    balance: str
    more: str
    closing: str
    kinds: Mapping[str, str]


ENGLISH = Words(
    language="en",
    subject="Your day {day}: earned {earned}, paid out {paid_out}",
    greeting="Hello {name},",
    intro="your business day {day} is closed.",
    earned="Earned",
    paid_out="Paid out",
    carried_over="Carried over",
    entries="Entries of the day",
    time="Time",
    entry="Entry",
    change="Amount",
    balance="Balance",
    more="{count} more entries of this day are in your audit log.",
    closing="Times are in the time zone {timezone}. Report {report_id}.",
    kinds={
        "assignment_fee": "Assignment fee",
        "completion_reward": "Completion reward",
        "payout": "Payout",
        "fee_correction": "Correction of a fee",
        "reward_correction": "Correction of a reward",
    },
)

WORDS: Mapping[str, Words] = {words.language: words for words in (ENGLISH,)}
