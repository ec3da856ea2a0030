"""What invocations cost at AWS's list prices, in `prices.json`, everything but mail and storage.

How long a function runs on AWS can't be measured here: it follows from its calls, at the assumed times.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.in_memory import Invocation
from benchmarks.log_size import access_log_bytes
from shared.spec import Events, Http, Jobs

FILE = Path(__file__).with_name("prices.json")
GIGABYTE = 10**9
RECEIVED_AT_ONCE = 10


def price_list() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def usage(invocations: Iterable[Invocation], times: Mapping[str, int]) -> Counter[str]:
    """What is billed, by the names of the prices; GB-seconds and gigabytes in their thousand-millionths."""
    used: Counter[str] = Counter()
    for each in invocations:
        used["dynamodb.write_units"] += each.writes
        used["dynamodb.half_read_units"] += int(2 * each.reads)
        used["lambda.requests"] += 1
        used["lambda.mb_milliseconds"] += each.spec.memory_mb * milliseconds(each, times)
        used["eventbridge.events"] += each.sent.get("events.entries", 0)
        used["eventbridge.archived_bytes"] += each.sent.get("events.bytes", 0)
        used["sqs.requests"] += _queue_requests(each)
        used["cloudwatch.log_bytes"] += each.log_bytes
        if isinstance(each.spec.trigger, Http):
            used["apigateway.requests"] += 1
            used["cloudwatch.log_bytes"] += access_log_bytes(each.spec.trigger)
    return used


def milliseconds(invocation: Invocation, times: Mapping[str, int]) -> int:
    """How long it would take on AWS, by its calls."""
    calls = sum(
        times["transaction" if call.operation == "TransactWriteItems" else "read"]
        for call in invocation.calls
    )
    return (
        times["invocation"]
        + calls
        + sum(times[name] * invocation.sent.get(name, 0) for name in ("events", "sqs", "lambda"))
    )


def _queue_requests(invocation: Invocation) -> int:
    """A send per delivery of the bus and per call; a consumer's messages are received and deleted by tens."""
    is_fed = isinstance(invocation.spec.trigger, Events | Jobs)
    consumed = 2 * math.ceil(invocation.messages / RECEIVED_AT_ONCE) if is_fed else 0
    return consumed + invocation.sent.get("events.deliveries", 0) + invocation.sent.get("sqs", 0)


def cost(used: Counter[str], prices: Mapping[str, Any]) -> dict[str, Decimal]:
    """US dollars, by the names of the prices."""
    amounts = {
        "dynamodb.write_units": Decimal(used["dynamodb.write_units"]),
        "dynamodb.read_units": Decimal(used["dynamodb.half_read_units"]) / 2,
        "lambda.requests": Decimal(used["lambda.requests"]),
        "lambda.gb_seconds": Decimal(used["lambda.mb_milliseconds"]) / 1024 / 1000,
        "apigateway.requests": Decimal(used["apigateway.requests"]),
        "eventbridge.events": Decimal(used["eventbridge.events"]),
        "eventbridge.archived_gb": Decimal(used["eventbridge.archived_bytes"]) / GIGABYTE,
        "sqs.requests": Decimal(used["sqs.requests"]),
        "cloudwatch.log_gb": Decimal(used["cloudwatch.log_bytes"]) / GIGABYTE,
        "xray.traces": Decimal(used["apigateway.requests"]) / prices["assumed"]["traced_one_in"],
    }
    return {name: amount * price(name, prices) for name, amount in amounts.items()}


def price(name: str, prices: Mapping[str, Any]) -> Decimal:
    """US dollars for one."""
    listed = prices["prices"][name]
    return Decimal(listed["usd"]) / int(listed["per"])
