"""`ates close-day`: runs the scheduled close now; on stage `dev` also for days that are not over."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from events.accounting import AccountDayClosed
from ops.console import ask
from ops.console.errors import BadInput, TimedOut
from ops.console.options import AsJson, Stage, Yes
from ops.console.output import Output
from ops.console.wait import Timer, until
from ops.console.words import counted
from ops.stage import connection, in_flight, journal, lambdas
from ops.stage.aws import Aws
from ops.stage.in_flight import InFlight
from ops.stage.target import LOCAL_STAGE
from shared.clock import Clock, business_day, system_clock
from shared.money import in_words

IN_FLIGHT_TIMEOUT_SECONDS = 180
CLOSE_TIMEOUT_SECONDS = 300
# Messages that were just sent may not show in the queue at once.
EMPTY_LOOKS = 3
MAX_ROUNDS = 20
# The function's clock and ours may differ a little.
CLOCK_SKEW = timedelta(seconds=5)
NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


Through = Annotated[
    str | None, typer.Option("--through", metavar="DATE", help="On dev: close as if this day were over.")
]


def command(through: Through = None, yes: Yes = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Close the days that are over, and show what was closed."""
    out, aws = Output(as_json), connection.aws(stage)
    if through is not None:
        through = day_of(through, aws, system_clock)
        _warn(out, aws, through, business_day(system_clock(), lambdas.business_timezone(aws)), yes)
    report(out, close_day(aws, out, through, system_clock, Timer()))


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """One business day of all closed accounts; amounts in cents."""

    business_day: str
    accounts: int
    payouts: int
    paid_out: int
    carried_over: int


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """`accounts` counts those that had a day to close; `days` are sorted, oldest first."""

    through: str | None
    accounts: int
    days: tuple[ClosedDay, ...]

    def json(self) -> dict[str, Any]:
        names = ClosedDay.__slots__
        days = [{name: getattr(day, name) for name in names} for day in self.days]
        return {"through": self.through, "accounts": self.accounts, "days": days}


def close_day(aws: Aws, out: Output, through: str | None, clock: Clock, timer: Timer) -> ClosedDays:
    """Raises BadInput for `through` on another stage than dev, and TimedOut."""
    payload: dict[str, str] = {}
    if through is not None:
        payload = {"through": day_of(through, aws, clock)}
        _await_events(aws, out, timer)
    begin = clock() - CLOCK_SKEW
    with out.working("closing") as status:
        limit, accounts = _close_all(aws, payload, timer, status.update)
    closed = _closed(aws, begin, clock) if accounts else ()
    return ClosedDays(limit or payload.get("through"), accounts, closed)


def _warn(out: Output, aws: Aws, day: str, today: str, yes: bool) -> None:
    """Says what closing a day that is not over means; asks before one in the future."""
    after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    if day > today:
        ask.confirmed(
            f"{day} is in the future: until it is over, what is booked on {aws.target.title} counts on"
            f" {after}, and nobody earns anything before. Close all days through {day}?",
            yes,
        )
    elif day == today:
        out.step(f"{today} is not over: what is booked from now on counts on {after}")


def day_of(text: str, aws: Aws, clock: Clock) -> str:
    """`today`, `yesterday`, `tomorrow` or a date, as a business day of the company's time zone."""
    if aws.target.stage != LOCAL_STAGE:
        raise BadInput(
            f"--through works only on stage {LOCAL_STAGE}: on {aws.target.stage} a day closes when it is over"
        )
    today = date.fromisoformat(business_day(clock(), lambdas.business_timezone(aws)))
    if text in NAMED_DAYS:
        return (today + timedelta(days=NAMED_DAYS[text])).isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadInput(
            f"--through takes {', '.join(NAMED_DAYS)} or a date such as {today}, not {text!r}"
        ) from None


def by_day(events: Iterable[AccountDayClosed]) -> tuple[ClosedDay, ...]:
    """Each account counts once per day, even if its event was found twice."""
    days: dict[str, dict[str, AccountDayClosed]] = defaultdict(dict)
    for event in events:
        days[event.business_day][event.account_id] = event
    return tuple(_summed(day, days[day].values()) for day in sorted(days))


def report(out: Output, close: ClosedDays) -> None:
    out.result(close.json(), _words(close), *([_table(close)] if close.days else []))


def _summed(day: str, events: Iterable[AccountDayClosed]) -> ClosedDay:
    closed = list(events)
    return ClosedDay(
        business_day=day,
        accounts=len(closed),
        payouts=sum(event.paid_out > 0 for event in closed),
        paid_out=sum(event.paid_out for event in closed),
        carried_over=sum(event.carried_over for event in closed),
    )


def _await_events(aws: Aws, out: Output, timer: Timer) -> None:
    with out.working("waiting for events in flight") as status:

        def seen(moving: InFlight) -> None:
            status.update(f"waiting for events in flight: {moving}")

        left = in_flight.wait_until_none(aws, timer, IN_FLIGHT_TIMEOUT_SECONDS, seen)
    if left.total:
        raise TimedOut(f"nothing was closed: after {IN_FLIGHT_TIMEOUT_SECONDS} s still in flight: {left}")


def _close_all(
    aws: Aws, payload: dict[str, str], timer: Timer, say: Callable[[str], None]
) -> tuple[str | None, int]:
    """The day closed through, and how many accounts were closed.

    One invocation takes a limited number of accounts; the one that finds none marks the close as finished.
    """
    limit: str | None = None
    accounts = 0
    for _ in range(MAX_ROUNDS):
        answer = lambdas.invoke(aws, "accounting", "close_days", payload)
        if not answer["accounts"]:
            return limit, accounts
        limit, accounts = answer["through"], accounts + answer["accounts"]
        _await_close(aws, timer, say)
    raise TimedOut(f"accounts are still open after {MAX_ROUNDS} rounds; see `ates status`")


def _await_close(aws: Aws, timer: Timer, say: Callable[[str], None]) -> None:
    """Waits until the work queue was empty several times in a row."""
    name = aws.target.name("accounting", "close_accounts")
    url = aws.queues.get_queue_url(QueueName=name)["QueueUrl"]
    looks: list[int] = []

    def done() -> bool:
        looks.append(in_flight.depths(aws, [url])[0].total)
        say(f"closing: {looks[-1]} messages left")
        return len(looks) >= EMPTY_LOOKS and not any(looks[-EMPTY_LOOKS:])

    if not until(done, timer, CLOSE_TIMEOUT_SECONDS, interval_seconds=0.3):
        raise TimedOut(
            f"the close is still running after {CLOSE_TIMEOUT_SECONDS} s: {looks[-1]} messages in {name}"
        )


def _closed(aws: Aws, begin: datetime, clock: Clock) -> tuple[ClosedDay, ...]:
    """From the ledger's events; includes what the schedule closed meanwhile."""
    found = journal.since(aws, "accounting", AccountDayClosed.event_name, begin, clock() + CLOCK_SKEW)
    return by_day(AccountDayClosed.model_validate(envelope.data) for envelope in found)


def _words(close: ClosedDays) -> str:
    limit = f" through {close.through}" if close.through else ""
    if not close.accounts:
        return f"nothing was open{limit}"
    closed = f"closed {counted(close.accounts, 'account')}{limit}"
    if not close.days:
        return f"{closed}: none had entries or a debt"
    payouts, paid = sum(day.payouts for day in close.days), sum(day.paid_out for day in close.days)
    return f"{closed}: {counted(payouts, 'payout')}, {in_words(paid)}"


def _table(close: ClosedDays) -> Table:
    table = Table("day", "accounts", "payouts", "paid out", "carried over", box=None, pad_edge=False)
    for day in close.days:
        counts = (str(day.accounts), str(day.payouts))
        table.add_row(day.business_day, *counts, in_words(day.paid_out), in_words(day.carried_over))
    return table
