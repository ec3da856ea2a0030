"""How far a stage goes, what stops it first, and what it costs: the tables in docs/scale.md.

Units are measured in memory; everything else is AWS's quotas and prices, and the estimates below.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial
from typing import Any

from benchmarks.capacity import Lifecycles, live
from benchmarks.dollars import milliseconds, price, price_list
from functions.accounting.rows import BALANCES, DAY_TOTALS
from functions.analytics.rows import FIGURES
from functions.notifications.rows import REPORTS
from functions.tracking.rows import TASKS
from infra.discovery import discover
from infra.documents.__main__ import with_part
from shared.journal import SHARDS as JOURNAL_SHARDS
from shared.spec import Events, Http, Jobs, Stream
from shared.tables import Shards

LIFECYCLES, EMPLOYEES, AT_ONCE = 200, 100, 50
"""Enough that a figure per lifecycle doesn't change with more."""
UNEVEN = Decimal("1.25")
"""A hash fills the fullest partition this much more than the average."""

# AWS's quotas, by default in us-east-1.
KEY_WRITES = 1_000
"""Write units per second of one partition key. Sort keys that grow with time keep it from being split."""
KEY_GLANCES = 6_000
TABLE_WRITES = 40_000
API_REQUESTS = 10_000
EVENTS = 10_000
"""Entries, if each counts; the relay sends ten per call when there are many."""
DELIVERIES = 18_750
LAMBDAS = 1_000

# Estimates.
ROW_TRANSACTIONS = 50
"""Transactions per second on one row: each holds it for about 10 ms, and more and more meet beyond that."""
PAGES_A_DAY, REQUESTS_OF_A_PAGE, WORKDAYS = 10, 3, 22
READS_OF_A_PAGE = 60
FREE_USERS = 10_000
SECONDS_OF_A_MONTH = 30 * 24 * 3600
SECONDS_OF_A_DAY = 24 * 3600
POLLS_OF_AN_IDLE_QUEUE = 5 * 3 * 60 * 24 * 30
"""Five pollers that each wait 20 seconds."""

ALARMS_OF_A_SERVICE = 4
"""Throttled reads and writes, conflicts, events that were not delivered."""
ALARMS_OF_A_STAGE = 6
"""Throttled functions, bounces, complaints, late closes and entries, failed mails."""

RATES = (1, 100, 1_000, 5_000)
COMPANIES = (100, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Settings:
    """What cdk.json says of a stage's size; the defaults are those of a stage that says nothing."""

    requests_per_second: int = 100
    consumers_at_once: int = 50
    mail_per_second: int = 14
    journal_shards: int = JOURNAL_SHARDS
    shards: Mapping[str, int] = field(default_factory=dict)

    def written(self, name: str) -> int:
        return self.shards.get(name) or {each.name: each.shards for each in SPREADS}[name]

    @property
    def sharding(self) -> dict[str, Shards]:
        return {name: Shards(number, number) for name, number in self.shards.items()}


SPREADS = (TASKS, BALANCES, DAY_TOTALS, REPORTS, FIGURES)
SIZES: Mapping[int, Settings] = {
    1: Settings(),
    100: Settings(requests_per_second=400),
    1_000: Settings(
        requests_per_second=4_000,
        consumers_at_once=150,
        mail_per_second=100,
        journal_shards=16,
        shards={"tasks": 8, "balances": 8, "day_totals": 64, "figures": 32},
    ),
    5_000: Settings(
        requests_per_second=20_000,
        consumers_at_once=600,
        mail_per_second=500,
        journal_shards=48,
        shards={"tasks": 32, "balances": 32, "day_totals": 256, "figures": 128, "reports": 16},
    ),
}
"""For each number of lifecycles per second, settings that hold it."""


@dataclass(frozen=True)
class Measured:
    """Per lifecycle, when many go on at once."""

    written: Mapping[str, Decimal]
    """Write units by `service/table` or `service/table/index`."""
    transactions: Mapping[str, Decimal]
    """How often transactions write a row of a table whose rows are few, or one per account."""
    events: Decimal
    deliveries: Decimal
    milliseconds: Decimal
    of_task_events: Decimal
    """The part of `milliseconds` of charging and rewarding."""
    usd_per_million: Mapping[str, Decimal]
    """By the names of the price list."""


@cache
def measured() -> Measured:
    lived = busy({})
    times = price_list()["assumed"]["milliseconds"]
    spent: Counter[str] = Counter()
    for each in lived.invocations:
        spent[each.name] += milliseconds(each, times)
    written: Counter[str] = Counter()
    for (service, place, _), units in lived.meter.written.items():
        written[f"{service}/{place}"] += units
    rows: Counter[str] = Counter()
    for (service, table, _), transactions in lived.meter.rows.items():
        rows[f"{service}/{table}"] += transactions
    return Measured(
        {place: lived.each(units) for place, units in written.items()},
        {table: lived.each(rows[table]) for table in (*FEW_ROWS, OF_ACCOUNTS)},
        lived.each(sum(each.sent.get("events.entries", 0) for each in lived.invocations)),
        lived.each(sum(each.sent.get("events.deliveries", 0) for each in lived.invocations)),
        lived.each(sum(spent.values())),
        lived.each(spent["accounting.on_task_event"]),
        lived.usd_per_million(),
    )


def busy(sharding: Mapping[str, Shards]) -> Lifecycles:
    """Batches are as full as on a busy stage."""
    return live(AT_ONCE, LIFECYCLES, EMPLOYEES, sharding)


@dataclass(frozen=True)
class Limit:
    """Where something ends, in lifecycles per second; `moved_by` is a setting, or what else to do."""

    what: str
    per_second: Decimal
    moved_by: str


def limits(settings: Settings, employees: int) -> list[Limit]:
    """The lowest first."""
    found = [*_of_settings(settings), *_of_journals(settings), *_of_aws(), *_of_keys(employees)]
    return sorted(found, key=lambda limit: limit.per_second)


def _of_settings(settings: Settings) -> Iterator[Limit]:
    units = measured()
    yield Limit(
        "throttle of tracking's API (2 requests)",
        Decimal(settings.requests_per_second) / 2,
        "`requests_per_second`",
    )
    yield Limit(
        "invocations of `on_task_event` at once",
        settings.consumers_at_once / (units.of_task_events / 1000),
        "`consumers_at_once`",
    )
    for table, name in FEW_ROWS.items():
        yield Limit(
            f"rows of `{table}`, each {ROW_TRANSACTIONS} transactions per second",
            settings.written(name) * ROW_TRANSACTIONS / units.transactions[table],
            f"`shards.{name}`",
        )
    for place, name in SPREAD_PLACES.items():
        if units.written.get(place):
            yield Limit(
                f"partition keys of `{place}`",
                settings.written(name) * KEY_WRITES / (units.written[place] * UNEVEN),
                f"`shards.{name}`",
            )


FEW_ROWS: Mapping[str, str] = {
    "accounting/day_totals": DAY_TOTALS.name,
    "analytics/day_totals": FIGURES.name,
}
OF_ACCOUNTS = "accounting/balances"
SPREAD_PLACES: Mapping[str, str] = {
    "tracking/open_tasks": TASKS.name,
    "tracking/tasks/by_created": TASKS.name,
    "accounting/balances/by_balance": BALANCES.name,
    "accounting/balances/by_closed_through": BALANCES.name,
    "accounting/day_totals": DAY_TOTALS.name,
    "analytics/day_totals": FIGURES.name,
    "analytics/minus_counts": FIGURES.name,
}
JOURNALS = ("tracking/journal", "accounting/journal")
"""A shard's record goes to the partition of its day."""
RECEIPTS = ("tracking/receipts", "accounting/receipts")


def _of_journals(settings: Settings) -> Iterator[Limit]:
    for journal in JOURNALS:
        yield Limit(
            f"partition keys of `{journal}`",
            settings.journal_shards * KEY_WRITES / (measured().written[journal] * UNEVEN),
            "`journal_shards`",
        )
    for receipts in RECEIPTS:
        yield Limit(
            f"partition keys of `{receipts}`",
            JOURNAL_SHARDS * KEY_WRITES / (measured().written[receipts] * UNEVEN),
            "none: the code",
        )


def _of_aws() -> Iterator[Limit]:
    units = measured()
    largest = max(units.written, key=lambda place: units.written[place] if place.count("/") == 1 else 0)
    yield Limit("API Gateway's requests", Decimal(API_REQUESTS) / 2, "AWS quota")
    yield Limit("EventBridge's events", EVENTS / units.events, "AWS quota")
    yield Limit("EventBridge's deliveries", DELIVERIES / units.deliveries, "AWS quota")
    yield Limit("Lambdas at once", LAMBDAS / (units.milliseconds / 1000), "AWS quota")
    yield Limit(f"writes of `{largest}`", TABLE_WRITES / units.written[largest], "AWS quota")


def _of_keys(employees: int) -> Iterator[Limit]:
    """What no setting moves."""
    transactions = measured().transactions[OF_ACCOUNTS]
    yield Limit("the roster's head, read by every creation", Decimal(KEY_GLANCES), "none: the code")
    yield Limit(
        "balances of accounts, one row each",
        employees * ROW_TRANSACTIONS / transactions,
        "none: more employees",
    )


def idle_bill() -> dict[str, Decimal]:
    """Dollars a month for a stage that nobody uses."""
    services, of = discover(), partial(price, prices=price_list())
    specs = [spec for service in services for spec in service.use_cases]
    queues = sum(isinstance(spec.trigger, Events | Jobs) for spec in specs)
    hot = sum(isinstance(spec.trigger, Http) and spec.trigger.is_hot for spec in specs)
    streams = sum(isinstance(spec.trigger, Stream) for spec in specs)
    apis = sum(any(isinstance(each.trigger, Http) for each in service.use_cases) for service in services)
    more_alarms = 2 * apis + ALARMS_OF_A_SERVICE * len(services) + ALARMS_OF_A_STAGE
    gigabytes = Decimal("0.5")
    return {
        "alarms": (len(specs) + 2 * queues + streams + more_alarms) * of("cloudwatch.alarm_months"),
        "key of the alarms' topic": of("kms.key_months"),
        "snapshots": hot * gigabytes * SECONDS_OF_A_MONTH * of("lambda.snapstart_gb_seconds"),
        "polling of queues": queues * POLLS_OF_AN_IDLE_QUEUE * of("sqs.requests"),
        "dashboards": max(0, len(services) + 1 - 3) * of("cloudwatch.dashboard_months"),
    }


def people_bill(employees: int, lifecycles_per_second: int) -> Decimal:
    """Dollars a month for sign-ins, reports and pages that people look at."""
    of = partial(price, prices=price_list())
    users = max(0, employees - FREE_USERS) * of("cognito.user_months")
    with_entries = min(employees, lifecycles_per_second * SECONDS_OF_A_DAY)
    mails = with_entries * WORKDAYS * of("ses.mails")
    requests = employees * PAGES_A_DAY * REQUESTS_OF_A_PAGE * WORKDAYS
    of_request = (
        of("apigateway.requests") + of("lambda.requests") + READS_OF_A_PAGE * of("dynamodb.read_units")
    )
    return users + mails + requests * of_request


def monthly_bill(employees: int, lifecycles_per_second: int) -> Decimal:
    """Dollars, at this rate day and night."""
    work = (
        sum(measured().usd_per_million.values(), Decimal(0))
        * lifecycles_per_second
        * SECONDS_OF_A_MONTH
        / 10**6
    )
    return sum(idle_bill().values(), Decimal(0)) + work + people_bill(employees, lifecycles_per_second)


# The page


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def number(value: Decimal) -> str:
    """Two digits are what an estimate is worth."""
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value / 10**digits) * 10**digits:,}"


def dollars(value: Decimal) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def first_limits() -> str:
    """Rows: settings; columns: employees."""
    head = ["settings for", *(f"{employees:,}" for employees in COMPANIES)]
    return table(head, [[f"{rate:,}/s", *map(_first(rate), COMPANIES)] for rate in RATES])


def _first(rate: int) -> Any:
    def cell(employees: int) -> str:
        first = limits(SIZES[rate], employees)[0]
        return f"{number(first.per_second)}/s: {first.what}"

    return cell


def all_limits() -> str:
    """Every limit, at a stage's defaults and at the settings for the highest rate."""
    default, large = (
        {limit.what: limit for limit in limits(SIZES[rate], COMPANIES[-1])} for rate in (1, RATES[-1])
    )
    rows = [
        [each.what, number(each.per_second), number(large[each.what].per_second), each.moved_by]
        for each in default.values()
    ]
    return table(["limit", "by default", f"settings for {RATES[-1]:,}/s", "moved by"], rows)


def sizes() -> str:
    names = ("requests_per_second", "consumers_at_once", "mail_per_second", "journal_shards")
    rows = [[f"`{name}`", *(getattr(SIZES[rate], name) for rate in RATES)] for name in names]
    rows += [
        [f"`shards.{each.name}`", *(SIZES[rate].written(each.name) for rate in RATES)] for each in SPREADS
    ]
    return table(["setting", *(f"{rate:,}/s" for rate in RATES)], rows)


def bills() -> str:
    idle = [[name, dollars(value)] for name, value in idle_bill().items()]
    idle.append(["**in all**", f"**{dollars(sum(idle_bill().values(), Decimal(0)))}**"])
    each = measured().usd_per_million
    work = [[f"`{name}`", dollars(value)] for name, value in each.items()]
    work.append(["**in all**", f"**{dollars(sum(each.values(), Decimal(0)))}**"])
    months = [
        [f"{rate:,}/s", *(dollars(monthly_bill(employees, rate)) for employees in COMPANIES)]
        for rate in RATES
    ]
    return "\n".join(
        [
            table(["an idle stage, a month", "dollars"], idle),
            table(["a million lifecycles", "dollars"], work),
            table(["a month, by employees", *(f"{each:,}" for each in COMPANIES)], months),
        ]
    )


def page(text: str) -> str:
    parts = {
        "settings": sizes(),
        "first limits": first_limits(),
        "limits": all_limits(),
        "bills": bills(),
    }
    for name, part in parts.items():
        text = with_part(text, (f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"), part)
    return text
