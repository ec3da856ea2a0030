"""Fills the local AWS with a week of life.

Past days can't be had through the API, so the use cases run in this process under a clock that is set back,
on the tables of the local AWS. The schedules and the deployed consumers stand still meanwhile. The relays
publish as ever, so the bus and its archive have every event, and each consumer gets it once more in the end,
which changes nothing.
"""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.text import Text

from functions.accounting.ledger import AccountingError
from functions.auth.cognito import CognitoUserPool
from functions.auth.domain import AuthError
from functions.notifications.mailer import SesMailer
from functions.tracking.domain import TrackingError
from ops import (
    accounts,
    consumers,
    facts,
    local,
    mappings,
    operations,
    options,
    quiet,
    schedules,
    stage_settings,
    tables,
    verify,
)
from ops.aws import Aws
from ops.demo.company import Company, ConsumerFailed, Outside
from ops.demo.people import INVITED, JOINING, Person
from ops.demo.week import Week, open_since, past_days
from ops.errors import BadInput, CommandFailed, TimedOut
from ops.home import Home
from ops.local import DemoAccount, Local
from ops.lock import alone
from ops.output import Output
from ops.stacks import SERVICES
from ops.target import Target
from ops.wait import Timer
from shared.authority import AuthorityNotConfirmed
from shared.clock import Clock, business_day, day_end, previous_day, system_clock
from shared.dynamo_store import DynamoStore
from shared.store import StoreError

QUIET_TIMEOUT_SECONDS = 180
REFUSALS = (AccountingError, AuthError, AuthorityNotConfirmed, ConsumerFailed, StoreError, TrackingError)


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of it; `minus` is the e-mail address of one who is in the minus."""

    first_day: str
    today: str
    people: int
    tasks: int
    completed: int
    shuffles: int
    minus: str


def fill(home: Home, aws: Aws, found: Local, out: Output, again: bool) -> bool:
    """Whether everything adds up then."""
    timer = Timer()
    with alone(home):
        lived = demo(home, aws, found, out, again, system_clock, timer)
    well = verify.everything(aws, None, None, out, timer, {"demo": asdict(lived)})
    if not out.as_json:
        show(out, options.installed(), lived)
    return well


def demo(home: Home, aws: Aws, found: Local, out: Output, again: bool, clock: Clock, timer: Timer) -> Lived:
    """Raises BadInput where there are tasks already, unless it is asked for again.

    That is looked at while all stands still, so that what an earlier one has left switched off, for it was
    killed, is switched on again in any case.
    """
    with out.working("pausing the schedules and consumers") as status, standing_still(aws, timer):
        if not again and _has_tasks(aws):
            raise BadInput(
                "there are tasks already; `ates demo --again` puts another week on top of them,"
                " `ates clean` and `ates up` begin anew"
            )
        with operations.recorded(aws, "demo", {"again": again}, clock), in_environment(aws.target):
            week = _week(aws, found, clock, status.update)
            _live(week)
            joined = _with_passwords(aws, found, week)
        local.save(home.local_json, found.model_copy(update={"accounts": (*found.accounts, *joined)}))
    _await_quiet(aws, out, timer)
    return _lived(week, [*found.accounts, *joined])


def show(out: Output, found: Local, lived: Lived) -> None:
    """What to look at next."""
    out.result(
        None,
        Text(f"{lived.people} people and {lived.tasks} tasks since {lived.first_day}; today is open"),
        Text(f"dashboards: {found.web}"),
        Text(f"sign in as admin@ates.example, irina@ates.example or {lived.minus} (in the minus)"),
        Text(f"password of all: {found.accounts[0].password}"),
        Text(f"{INVITED.email} has not accepted the invitation yet"),
        Text(f"mails: curl '{found.endpoint}/_ministack/ses/messages'"),
    )


@contextmanager
def standing_still(aws: Aws, timer: Timer) -> Iterator[None]:
    """No schedule ticks and no consumer consumes; whatever happens, all of them go on then."""
    found = list(consumers.of(aws.target.stage).values())
    queues = [consumers.url(aws, each.queue) for each in found]
    functions = [each.function for each in found]
    with schedules.paused(aws), mappings.paused(aws, functions, queues, timer, "demo"):
        yield


@contextmanager
def in_environment(target: Target) -> Iterator[None]:
    """The adapters of the functions find their AWS in the environment: here it is this emulator alone."""
    before = dict(os.environ)
    try:
        _replace_environment(target.environment(before))
        yield
    finally:
        _replace_environment(before)


def _replace_environment(wanted: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(wanted)


def _has_tasks(aws: Aws) -> bool:
    page: Any = aws.dynamodb.scan(TableName=aws.target.name("tracking", "tasks"), Limit=1)
    return bool(page["Items"])


def _week(aws: Aws, found: Local, clock: Clock, say: Any) -> Week:
    zone, now = facts.business_timezone(aws), clock()
    stores = {
        service: DynamoStore(tables.of(service), f"{aws.target.name(service)}-") for service in SERVICES
    }
    first_day = past_days(business_day(now, zone))[0]
    open_since(stores["accounting"], [each.account_id for each in found.accounts], first_day)
    sender = stage_settings.sender(aws.target.stage)
    outside = Outside(CognitoUserPool(found.user_pool_id), SesMailer(sender), sender)
    begins = day_end(previous_day(first_day), zone)
    company = Company(stores, outside, zone, random.Random(), begins)
    people = [Person(each.account_id, each.role) for each in found.accounts]
    return Week(company, people, now, say)


def _live(week: Week) -> None:
    """What a use case refuses, for something else has changed this company meanwhile, is one line."""
    try:
        week.live()
    except REFUSALS as refusal:
        raise CommandFailed(
            f"the week was not finished ({type(refusal).__name__}: {refusal}); what it did is whole,"
            " and schedules and consumers go on"
        ) from refusal


def _with_passwords(aws: Aws, found: Local, week: Week) -> list[DemoAccount]:
    """Of those who joined and stay, as `local.json` has them: the password of all the others."""
    known, password = {each.email for each in found.accounts}, found.accounts[0].password
    joined = []
    for person in JOINING:
        account_id = week.joined[person.email]
        accounts.set_password(aws, found.user_pool_id, account_id, password)
        account = DemoAccount(role=person.role, email=person.email, password=password, account_id=account_id)
        joined += [account] if person.email not in known else []
    return joined


def _await_quiet(aws: Aws, out: Output, timer: Timer) -> None:
    """Until every consumer has had what it knows already."""
    with out.working("waiting for the events on their way") as status:
        left = quiet.wait_until_quiet(
            aws, timer, QUIET_TIMEOUT_SECONDS, lambda seen: status.update(f"on their way: {seen}")
        )
    if left.total:
        raise TimedOut(f"the demo is there, but after {QUIET_TIMEOUT_SECONDS} s still on their way: {left}")


def _lived(week: Week, known: Sequence[DemoAccount]) -> Lived:
    days = past_days(business_day(week.now, week.company.zone))
    emails = {account.account_id: account.email for account in known}
    return Lived(
        first_day=days[0],
        today=business_day(week.now, week.company.zone),
        people=len(known),
        tasks=len(week.task_ids),
        completed=week.completed,
        shuffles=week.shuffles,
        minus=emails[week.idle],
    )
