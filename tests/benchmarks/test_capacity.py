"""Units and dollars of a task's life; a change of the product changes these numbers, which is their point."""

from collections import Counter
from decimal import Decimal

import pytest

from benchmarks.capacity import Lifecycles, live
from benchmarks.dollars import cost, milliseconds, price_list, usage
from benchmarks.in_memory import Invocation
from benchmarks.meter import Call, Charge
from functions.accounting.on_task_event.handler import SPEC as ON_TASK_EVENT
from functions.tracking.create_task.handler import SPEC as CREATE_TASK

MOST_WRITE_UNITS = Decimal(46)
MOST_READ_UNITS = Decimal(16)
MOST_DOLLARS = Decimal(45)


@pytest.fixture(scope="module")
def lived() -> Lifecycles:
    return live()


def test_a_lifecycle_costs_no_more_units(lived: Lifecycles) -> None:
    assert lived.writes <= MOST_WRITE_UNITS
    assert lived.reads <= MOST_READ_UNITS


def test_a_million_lifecycles_cost_no_more_dollars(lived: Lifecycles) -> None:
    assert sum(lived.usd_per_million().values()) <= MOST_DOLLARS


def test_each_write_unit_has_a_cause(lived: Lifecycles) -> None:
    causes = lived.by_cause()
    assert sum(causes.values()) == lived.writes
    assert causes["tracking/journal"] > 0
    assert sum(each["write_units"] for each in lived.by_use_case().values()) == lived.writes


def test_every_part_of_the_product_takes_part(lived: Lifecycles) -> None:
    assert {name.partition(".")[0] for name in lived.by_use_case()} == {
        "accounting",
        "analytics",
        "notifications",
        "tracking",
    }
    assert all(each["runs"] > 0 for each in lived.by_use_case().values())


def test_a_second_run_makes_the_same_calls_and_logs_as_much(lived: Lifecycles) -> None:
    again = live()
    assert [each.calls for each in again.invocations] == [each.calls for each in lived.invocations]
    assert [each.log_bytes for each in again.invocations] == [each.log_bytes for each in lived.invocations]


WRITTEN = Call("tracking", "TransactWriteItems", 2, (Charge("tasks", writes=3), Charge("journal", writes=1)))
READ = Call("tracking", "GetItem", 1, (Charge("tasks", reads=0.5),))


def test_usage_is_counted_by_price() -> None:
    sent = {"events": 1, "events.entries": 2, "events.deliveries": 3, "events.bytes": 900, "sqs": 1}
    runs = [
        Invocation(CREATE_TASK, 1, (READ, WRITTEN), {}, 100),
        Invocation(ON_TASK_EVENT, 2, (WRITTEN,), sent, 0),
    ]
    times = {"invocation": 1, "read": 2, "transaction": 10, "events": 5, "sqs": 3, "lambda": 0}
    assert milliseconds(runs[0], times) == 1 + 2 + 10
    assert usage(runs, times) == {
        "dynamodb.write_units": 8,
        "dynamodb.half_read_units": 1,
        "lambda.requests": 2,
        "lambda.mb_milliseconds": 512 * (13 + 19),
        "apigateway.requests": 1,
        "eventbridge.events": 2,
        "eventbridge.archived_bytes": 900,
        "sqs.requests": 2 + 3 + 1,
        "cloudwatch.log_bytes": 100 + 227,
    }


def test_dollars_are_exact() -> None:
    """8 write units at 0.625 dollars per million, half a read unit at 0.125, 1 GB-second."""
    used = Counter(
        {"dynamodb.write_units": 8, "dynamodb.half_read_units": 1, "lambda.mb_milliseconds": 1024_000}
    )
    found = cost(used, price_list())
    assert found["dynamodb.write_units"] == Decimal("0.000005")
    assert found["dynamodb.read_units"] == Decimal("0.0000000625")
    assert found["lambda.gb_seconds"] == Decimal("0.0000133334")
    assert found["sqs.requests"] == 0


def test_every_price_has_a_source() -> None:
    prices = price_list()
    assert prices["region"]
    assert prices["as_of"]
    assert all(each["source"].startswith("https://aws.amazon.com/") for each in prices["prices"].values())
    assert cost(Counter(), prices).keys() <= prices["prices"].keys()
