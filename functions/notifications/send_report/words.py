"""The phrases of a report, by language."""

from collections.abc import Mapping

from shared.frozen import Frozen


class Words(Frozen):
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

RUSSIAN = Words(
    language="ru",
    subject="Ваш день {day}: заработано {earned}, выплачено {paid_out}",
    greeting="Здравствуйте, {name}!",
    intro="Ваш рабочий день {day} закрыт.",
    earned="Заработано",
    paid_out="Выплачено",
    carried_over="Перенесено",
    entries="Записи за день",
    time="Время",
    entry="Запись",
    change="Сумма",
    balance="Баланс",
    more="Записей этого дня, которые есть только в вашем журнале: {count}.",
    closing="Время указано в часовом поясе {timezone}. Отчёт {report_id}.",
    kinds={
        "assignment_fee": "Плата за назначение",
        "completion_reward": "Награда за выполнение",
        "payout": "Выплата",
        "fee_correction": "Исправление платы",
        "reward_correction": "Исправление награды",
    },
)

LANGUAGES = (ENGLISH, RUSSIAN)
"""A mail has the report in each of them, in this order: no service knows an account's language."""
