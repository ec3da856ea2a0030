"""`ates close-day`: its limit, what it waits for, and its report."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from events.accounting import AccountDayClosed
from ops import __main__ as command_line
from ops.console.errors import BadInput, TimedOut
from ops.console.output import Output
from ops.daily import close_day
from ops.daily.close_day import ClosedDay, ClosedDays
from ops.stage import connection, in_flight, journal, lambdas
from ops.stage.aws import Aws
from ops.stage.in_flight import InFlight, Queue
from ops.stage.target import Target
from tests.ops.conftest import Answer, FakeTime

NOTHING = InFlight({}, {})


@dataclass
class Accounting:
    """A fake of the Lambda, its queue, and the ledger's journal."""

    open: list[int] = field(default_factory=lambda: [2])
    depths: list[int] = field(default_factory=lambda: [2, 1])
    left: InFlight = NOTHING
    zone: str = "UTC"
    payloads: list[dict[str, Any]] = field(default_factory=list)
    closed: list[AccountDayClosed] = field(default_factory=list)

    def invoke(self, aws: Aws, service: str, use_case: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert (service, use_case) == ("accounting", "close_days")
        self.payloads.append(payload)
        open_now = self.open.pop(0) if self.open else 0
        return {"through": payload.get("through", "2026-11-21") if open_now else None, "accounts": open_now}

    def depth(self, aws: Aws, urls: list[str]) -> tuple[Queue, ...]:
        return (Queue("close-accounts", self.depths.pop(0) if self.depths else 0, 0, 0),)


class Queues:
    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803
        return {"QueueUrl": QueueName}


@dataclass
class Functions:
    zone: str

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "ates-dev-accounting-close-days"
        return {"Environment": {"Variables": {"BUSINESS_TIMEZONE": self.zone}}}


@pytest.fixture
def accounting(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Accounting:
    found = Accounting()
    vars(aws)["queues"] = Queues()
    vars(aws)["functions"] = Functions(found.zone)
    monkeypatch.setattr(lambdas, "invoke", found.invoke)
    monkeypatch.setattr(in_flight, "depths", found.depth)
    monkeypatch.setattr(in_flight, "wait_until_none", lambda *_: found.left)
    monkeypatch.setattr(close_day, "_closed", lambda *_: close_day.by_day(found.closed))
    return found


def closed(day: str, account: str, paid_out: int = 0, carried_over: int = 0) -> AccountDayClosed:
    return AccountDayClosed(
        account_id=account,
        business_day=day,
        earned=paid_out + carried_over,
        paid_out=paid_out,
        carried_over=carried_over,
        currency="USD",
        entry_count=1,
    )


def run(aws: Aws, time: FakeTime, through: str | None = None) -> ClosedDays:
    return close_day.close_day(aws, Output(as_json=True), through, time.clock, time.timer)


def test_without_a_limit_it_closes_what_the_schedule_would(
    aws: Aws, accounting: Accounting, fake_time: FakeTime
) -> None:
    accounting.left = InFlight({"ates-dev-tracking-journal": 1}, {})
    accounting.closed = [
        closed("2026-11-21", "w1", paid_out=2500),
        closed("2026-11-21", "w2", carried_over=-500),
    ]
    found = run(aws, fake_time)
    assert accounting.payloads == [{}, {}]
    assert found == ClosedDays("2026-11-21", 2, (ClosedDay("2026-11-21", 2, 1, 2500, -500),))


@pytest.mark.parametrize(
    ("through", "day"),
    [
        ("today", "2026-11-22"),
        ("yesterday", "2026-11-21"),
        ("tomorrow", "2026-11-23"),
        ("2026-12-31", "2026-12-31"),
    ],
)
def test_on_dev_a_limit_is_passed_on(
    aws: Aws, accounting: Accounting, fake_time: FakeTime, through: str, day: str
) -> None:
    run(aws, fake_time, through)
    assert accounting.payloads == [{"through": day}] * 2


def test_today_is_taken_in_the_companys_time_zone(
    aws: Aws, accounting: Accounting, fake_time: FakeTime
) -> None:
    vars(aws)["functions"] = Functions("Pacific/Auckland")
    assert close_day.day_of("today", aws, fake_time.clock) == "2026-11-23"


@pytest.mark.parametrize("through", ["", "now", "22.11.2026", "2026-13-01"])
def test_an_invalid_day_is_bad_input(
    aws: Aws, accounting: Accounting, fake_time: FakeTime, through: str
) -> None:
    with pytest.raises(
        BadInput, match="--through takes yesterday, today, tomorrow or a date such as 2026-11-22"
    ):
        run(aws, fake_time, through)
    assert not accounting.payloads


def test_a_limit_is_refused_outside_dev(fake_time: FakeTime) -> None:
    prod = Aws(Target("prod", "us-east-1", None))
    with pytest.raises(BadInput, match="--through works only on stage dev"):
        run(prod, fake_time, "today")


def test_nothing_is_closed_while_events_are_in_flight(
    aws: Aws, accounting: Accounting, fake_time: FakeTime
) -> None:
    accounting.left = InFlight({}, {"ates-dev-accounting-on-task-event": 3})
    with pytest.raises(
        TimedOut,
        match="nothing was closed: after 180 s still in flight: 3 in ates-dev-accounting-on-task-event",
    ):
        run(aws, fake_time, "today")
    assert not accounting.payloads


def test_it_waits_until_the_close_has_finished(aws: Aws, accounting: Accounting, fake_time: FakeTime) -> None:
    accounting.depths = [0, 4, 0, 0, 1]
    run(aws, fake_time)
    assert not accounting.depths
    assert len(fake_time.slept) == 7


def test_it_repeats_until_no_account_is_open(aws: Aws, accounting: Accounting, fake_time: FakeTime) -> None:
    accounting.open = [4000, 4000, 7]
    assert run(aws, fake_time).accounts == 8007
    assert len(accounting.payloads) == 4


def test_it_gives_up_if_accounts_stay_open(aws: Aws, accounting: Accounting, fake_time: FakeTime) -> None:
    accounting.open = [1] * 10_000
    with pytest.raises(TimedOut, match="accounts are still open after 20 rounds"):
        run(aws, fake_time)


def test_it_gives_up_if_the_close_does_not_end(aws: Aws, accounting: Accounting, fake_time: FakeTime) -> None:
    accounting.depths = [5] * 10_000
    with pytest.raises(TimedOut, match="still running after 300 s: 5 messages"):
        run(aws, fake_time)


def test_it_says_if_nothing_was_open(
    aws: Aws, accounting: Accounting, fake_time: FakeTime, capsys: pytest.CaptureFixture[str]
) -> None:
    accounting.open = []
    close_day.report(Output(), run(aws, fake_time, "today"))
    assert capsys.readouterr().out == "nothing was open through 2026-11-22\n"


def test_the_report_shows_payouts_per_day(capsys: pytest.CaptureFixture[str]) -> None:
    days = (ClosedDay("2026-11-21", 3, 2, 4050, -1000), ClosedDay("2026-11-22", 1, 0, 0, -100_000))
    close_day.report(Output(), ClosedDays("2026-11-22", 3, days))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "closed 3 accounts through 2026-11-22: 2 payouts, 40.50 USD",
        "day accounts payouts paid out carried over",
        "2026-11-21 3 2 40.50 USD -10.00 USD",
        "2026-11-22 1 0 0.00 USD -1,000.00 USD",
    ]


def test_the_json_report_has_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    close_day.report(
        Output(as_json=True), ClosedDays("2026-11-22", 3, (ClosedDay("2026-11-22", 3, 2, 4050, 0),))
    )
    day = {"business_day": "2026-11-22", "accounts": 3, "payouts": 2, "paid_out": 4050, "carried_over": 0}
    assert json.loads(capsys.readouterr().out) == {"through": "2026-11-22", "accounts": 3, "days": [day]}


def test_an_event_found_twice_is_counted_once() -> None:
    event = closed("2026-11-22", "w1", paid_out=100)
    assert close_day.by_day([event, event]) == (ClosedDay("2026-11-22", 1, 1, 100, 0),)


def test_the_journal_is_read_by_the_days_of_the_range_and_the_first_form_by_its_hours() -> None:
    begin, end = datetime(2026, 11, 22, 23, 59, 58, tzinfo=UTC), datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC)
    days, hours = list(journal._buckets(begin, end, 8)), list(journal._first_form_buckets(begin, end))
    assert len(days) == len(hours) == 16
    assert (days[0], days[-1]) == ("2026-11-22#00", "2026-11-23#07")
    assert (hours[0], hours[-1]) == ("2026-11-22T23#00", "2026-11-23T00#07")


@pytest.mark.parametrize("yes", [True, False])
def test_a_day_in_the_future_is_asked_about(
    accounting: Accounting,
    aws: Aws,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    yes: bool,
) -> None:
    answer.yes = yes
    monkeypatch.setattr(connection, "aws", lambda _: aws)
    monkeypatch.setattr(close_day, "system_clock", fake_time.clock)
    assert command_line.main(["close-day", "--through", "2026-11-30"]) == (0 if yes else 1)
    (question,) = answer.questions
    assert question.startswith("2026-11-30 is in the future")
    assert "counts on 2026-12-01" in question
    assert bool(accounting.payloads) == yes


def test_today_is_closed_with_a_warning(
    accounting: Accounting,
    aws: Aws,
    fake_time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(connection, "aws", lambda _: aws)
    monkeypatch.setattr(close_day, "system_clock", fake_time.clock)
    assert command_line.main(["close-day", "--through", "today"]) == 0
    said = "2026-11-22 is not over: what is booked from now on counts on 2026-11-23\n"
    assert capsys.readouterr().err == said
    assert command_line.main(["close-day", "--through", "yesterday"]) == 0
    assert capsys.readouterr().err == ""
