"""The cost of a cold start, as imported modules in a fresh process; seconds would differ by machine."""

import json
import subprocess
import sys
from collections.abc import Iterable

from infra.discovery import discover
from shared.spec import Http, UseCase

LARGEST_ROUTE = 500
LARGEST_CONSUMER = 600
EXPENSIVE = (
    "asyncio",
    "aws_lambda_powertools.event_handler",
    "aws_xray_sdk",
    "boto3",
    "multiprocessing",
)
"""boto3 is only for what pynamodb can't do; the others are for mails only, or unused."""


def imported_by(modules: Iterable[str]) -> set[str]:
    program = f"import {', '.join(modules)}, json, sys; print(json.dumps(sorted(sys.modules)))"
    return set(json.loads(output_of(program)))


def output_of(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout


def uses_only_tables(spec: UseCase) -> bool:
    return isinstance(spec.trigger, Http) and not (
        spec.sends_to or spec.watches or spec.invokes or spec.actions
    )


def test_a_route_that_only_uses_tables_imports_nothing_expensive() -> None:
    handlers = [
        service.handler_module(spec)
        for service in discover()
        for spec in service.use_cases
        if uses_only_tables(spec)
    ]
    assert "functions.tracking.create_task.handler" in handlers
    assert imported_by(handlers) & set(EXPENSIVE) == set()


def test_no_table_has_a_model_before_it_is_used() -> None:
    """A function uses few of its service's tables; a table's pynamodb class takes long to create."""
    handlers = [module for service in discover() for module in service.handler_modules()]
    program = "from pynamodb.models import Model; print(Model.__subclasses__())"
    assert output_of(f"import {', '.join(handlers)}; {program}") == "[]\n"


def test_a_route_keeps_to_its_budget() -> None:
    assert len(imported_by(["functions.tracking.create_task.handler"])) <= LARGEST_ROUTE


def test_the_largest_consumer_keeps_to_its_budget() -> None:
    assert len(imported_by(["functions.notifications.send_report.handler"])) <= LARGEST_CONSUMER


IMPORT_QUIETLY = """
import importlib, socket, sys
import aws_lambda_powertools, boto3, pynamodb.models
import botocore.session
from shared import settings

def refuse(*_args, **_more):
    raise AssertionError("an import opened, read or made something")

socket.socket.__init__ = refuse
botocore.session.Session.create_client = refuse
settings.required = settings.settings = refuse
for module in sys.stdin.read().split():
    importlib.import_module(module)
"""


def test_importing_handlers_opens_no_socket_reads_no_setting_makes_no_client() -> None:
    """Discovery imports all handlers, for a synthesis and for every command of the tools."""
    handlers = [module for service in discover() for module in service.handler_modules()]
    command = [sys.executable, "-c", IMPORT_QUIETLY]
    done = subprocess.run(command, input="\n".join(handlers), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
