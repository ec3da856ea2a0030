"""The cost of a cold start, as imported modules in a fresh process; seconds would differ by machine."""

import json
import subprocess
import sys
from collections.abc import Iterable

from infra.discovery import discover
from shared.spec import Http, UseCase

LARGEST_ROUTE = 500
LARGEST_CONSUMER = 600
DEAR = (
    "asyncio",
    "aws_lambda_powertools.event_handler",
    "aws_xray_sdk",
    "boto3",
    "jinja2",
    "multiprocessing",
)
"""boto3 is only for what pynamodb can't do; the others are for mails only, or unused."""


def imported_by(modules: Iterable[str]) -> set[str]:
    program = f"import {', '.join(modules)}, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def reaches_tables_alone(spec: UseCase) -> bool:
    return isinstance(spec.trigger, Http) and not (
        spec.sends_to or spec.watches or spec.invokes or spec.actions
    )


def test_a_route_that_only_uses_tables_imports_nothing_expensive() -> None:
    handlers = [
        service.handler_module(spec)
        for service in discover()
        for spec in service.use_cases
        if reaches_tables_alone(spec)
    ]
    assert "functions.tracking.create_task.handler" in handlers
    assert imported_by(handlers) & set(DEAR) == set()


def test_a_route_keeps_to_its_budget() -> None:
    assert len(imported_by(["functions.tracking.create_task.handler"])) <= LARGEST_ROUTE


def test_the_largest_consumer_keeps_to_its_budget() -> None:
    assert len(imported_by(["functions.notifications.send_report.handler"])) <= LARGEST_CONSUMER
