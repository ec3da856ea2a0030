"""Fills the local AWS with the demo's week.

The API can't create past days, so the use cases run in this process, under a clock that is set back, on the
tables of the local AWS. Schedules and deployed consumers are paused meanwhile. The relays keep publishing,
so the bus and its archive have every event; each consumer gets it again at the end, which changes nothing.
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
from ops.audit import verify
from ops.console.errors import BadInput, CommandFailed, TimedOut
from ops.console.output import Output
from ops.console.wait import Timer
from ops.local import demo_accounts
from ops.local.demo.company import Company, Outside, UseCaseFailed
from ops.local.demo.people import INVITED, JOINING, Person
from ops.local.demo.week import Week, open_since, past_days
from ops.local.lock import alone
from ops.stage import (
    connection,
    consumers,
    event_sources,
    in_flight,
    lambdas,
    local_json,
    operation_log,
    schedules,
    stage_settings,
    tables,
)
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import DemoAccount, LocalAws
from ops.stage.stacks import SERVICES
from ops.stage.target import Target
from shared.authority import AuthorityNotConfirmed
from shared.clock import Clock, business_day, day_end, previous_day, system_clock
from shared.dynamo_store import DynamoStore
from shared.store import StoreError

IN_FLIGHT_TIMEOUT_SECONDS = 180
REFUSALS = (AccountingError, AuthError, AuthorityNotConfirmed, UseCaseFailed, StoreError, TrackingError)


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """What happened; `minus` is the e-mail address of a person with a negative balance."""

    first_day: str
    today: str
    people: int
    tasks: int
    completed: int
    shuffles: int
    minus: str


def fill(files: InstallationFiles, aws: Aws, found: LocalAws, out: Output, again: bool) -> bool:
    """Whether everything adds up in the end."""
    timer = Timer()
    with alone(files):
        lived = demo(files, aws, found, out, again, system_clock, timer)
    well = verify.everything(aws, None, None, out, timer, {"demo": asdict(lived)})
    if not out.as_json:
        show(out, connection.local_aws(), lived)
    return well


def demo(
    files: InstallationFiles,
    aws: Aws,
    found: LocalAws,
    out: Output,
    again: bool,
    clock: Clock,
    timer: Timer,
) -> WeekSummary:
    """Raises BadInput if there are tasks already, unless `again`.

    Checked during the pause, so that whatever a killed demo left paused is resumed in any case.
    """
    with out.working("pausing the schedules and consumers") as status, paused(aws, timer):
        if not again and _has_tasks(aws):
            raise BadInput(
                "there are tasks already; add another week with `ates demo --again`,"
                " or start over with `ates clean` and `ates up`"
            )
        with operation_log.recorded(aws, "demo", {"again": again}, clock), in_environment(aws.target):
            week = _week(aws, found, clock, status.update)
            _play(week)
            joined = _with_passwords(aws, found, week)
        local_json.save(files.local_json, found.model_copy(update={"accounts": (*found.accounts, *joined)}))
    _await_events(aws, out, timer)
    return _summary(week, [*found.accounts, *joined])


def show(out: Output, found: LocalAws, lived: WeekSummary) -> None:
    """What to look at next."""
    out.result(
        None,
        Text(f"{lived.people} people and {lived.tasks} tasks since {lived.first_day}; today is open"),
        Text(f"dashboards: {found.web}"),
        Text(f"sign in as admin@ates.example, irina@ates.example or {lived.minus} (in the minus)"),
        Text(f"password of all: {found.accounts[0].password}"),
        Text(f"{INVITED.email} has not accepted the invitation yet"),
        Text("mails: ates mail list"),
    )


@contextmanager
def paused(aws: Aws, timer: Timer) -> Iterator[None]:
    """Pauses all schedules and consumers; resumes them in any case."""
    found = list(consumers.of(aws.target.stage).values())
    queues = [consumers.url(aws, each.queue) for each in found]
    functions = [each.function for each in found]
    with schedules.paused(aws), event_sources.paused(aws, functions, queues, timer, "demo"):
        yield


@contextmanager
def in_environment(target: Target) -> Iterator[None]:
    """The functions' adapters find AWS in the environment: here it is this emulator only."""
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


def _week(aws: Aws, found: LocalAws, clock: Clock, say: Any) -> Week:
    zone, now = lambdas.business_timezone(aws), clock()
    stores = {service: DynamoStore(tables.of(service), aws.target.name(service, "")) for service in SERVICES}
    first_day = past_days(business_day(now, zone))[0]
    open_since(stores["accounting"], [each.account_id for each in found.accounts], first_day)
    sender = stage_settings.sender(aws.target.stage)
    outside = Outside(CognitoUserPool(found.user_pool_id), SesMailer(sender), sender)
    begins = day_end(previous_day(first_day), zone)
    company = Company(stores, outside, zone, random.Random(), begins)
    people = [Person(each.account_id, each.role) for each in found.accounts]
    return Week(company, people, now, say)


def _play(week: Week) -> None:
    """Raises CommandFailed if a use case refuses, as something else may have changed the data meanwhile."""
    try:
        week.play()
    except REFUSALS as refusal:
        raise CommandFailed(
            f"the week was not finished ({refusal}); its data is consistent,"
            " and schedules and consumers run again"
        ) from refusal


def _with_passwords(aws: Aws, found: LocalAws, week: Week) -> list[DemoAccount]:
    """The accounts that are new in `local.json`; those who joined get everybody's password."""
    known, password = {each.email for each in found.accounts}, found.accounts[0].password
    joined = []
    for person in JOINING:
        account_id = week.joined[person.email]
        demo_accounts.set_password(aws, found.user_pool_id, account_id, password)
        account = DemoAccount(role=person.role, email=person.email, password=password, account_id=account_id)
        joined += [account] if person.email not in known else []
    return joined


def _await_events(aws: Aws, out: Output, timer: Timer) -> None:
    """Waits until every deployed consumer has consumed the events again."""
    with out.working("waiting for events in flight") as status:
        left = in_flight.wait_until_none(
            aws, timer, IN_FLIGHT_TIMEOUT_SECONDS, lambda seen: status.update(f"in flight: {seen}")
        )
    if left.total:
        raise TimedOut(
            f"the demo is complete, but still in flight after {IN_FLIGHT_TIMEOUT_SECONDS} s: {left}"
        )


def _summary(week: Week, known: Sequence[DemoAccount]) -> WeekSummary:
    days = past_days(business_day(week.now, week.company.zone))
    emails = {account.account_id: account.email for account in known}
    return WeekSummary(
        first_day=days[0],
        today=business_day(week.now, week.company.zone),
        people=len(known),
        tasks=len(week.task_ids),
        completed=week.completed,
        shuffles=week.shuffles,
        minus=emails[week.idle],
    )
