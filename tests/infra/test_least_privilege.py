"""Every call that a use case makes is allowed by its role, and every action that a role allows is made.

The calls are those of all unit tests of the services, with their refusals, retries and faults, of the
measured cases and of hostile messages (`tests.support.recorded_calls`); the roles are the synthesised ones.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package import ROOT
from shared.spec import Events, Jobs, UseCase
from tests.infra.templates import Template
from tests.infra.test_use_cases import (
    ARN,
    LOG,
    READ_STREAM,
    RESOURCES,
    SPECS,
    granted,
    named,
    queue_of,
    stack_of,
    wanted,
)
from tests.infra.test_use_cases import (
    SERVICES as FOUND,
)
from tests.support.recorded_calls import CALLS_FOLDER, DEAD_LETTERS

pytestmark = [pytest.mark.night, pytest.mark.timeout(900)]

SERVICES = {service.name: service for service in FOUND}
RECORDED = (
    "tests/accounting",
    "tests/analytics",
    "tests/auth",
    "tests/notifications",
    "tests/tracking",
    "tests/shared/test_relay.py",
    "tests/shared/test_outbox.py",
    "tests/shared/test_sweep.py",
    "tests/benchmarks/test_budgets.py",
    "tests/contracts/test_hostile_messages.py",
)
RECORDED_SECONDS = 800
OF_THE_PLATFORM = {
    *LOG,  # Lambda writes what a function logs
    *READ_STREAM,  # Lambda polls the journal's stream
    "dynamodb:ListStreams",
    "sqs:ReceiveMessage",  # Lambda polls a consumer's queue, and deletes what was done
    "sqs:DeleteMessage",
}
"""What Lambda does in the function's name; no code of ours makes these calls."""

BY_A_FAKE = {
    # On what is too long for one run: test_close_account.py, test_count_shard.py.
    ("accounting/close_account", "sqs:SendMessage", "close-accounts"),
    ("tracking/count_shard", "sqs:SendMessage", "shuffle-counts"),
    # Only soon after midnight: test_start_close.py.
    ("accounting/start_close", "sqs:GetQueueAttributes", "on-task-event"),
}
"""What these use cases do only where the unit tests have a queue of their own."""

Calls = dict[str, set[tuple[str, str]]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """Actions and resources by use case."""
    folder = tmp_path_factory.mktemp("calls")
    options = ["-q", "-p", "tests.support.recorded_calls", "-p", "no:cacheprovider", "-n", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *RECORDED],
        cwd=ROOT,
        env={**os.environ, CALLS_FOLDER: str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=RECORDED_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return read(folder)


def read(folder: Path) -> Calls:
    found: Calls = defaultdict(set)
    for file in folder.iterdir():
        for caller, action, resource in json.loads(file.read_text(encoding="utf-8")):
            found[caller].add((action, resource))
    return found


def made(spec: UseCase, recorded: Calls) -> Iterator[tuple[str, str]]:
    """Its calls, with the ARN of what they act on; `publish_events` is recorded without a service."""
    for action, resource in recorded[spec.consumer] | recorded[spec.name]:
        yield from ((action, arn) for arn in arns(spec, action, resource))


def arns(spec: UseCase, action: str, resource: str) -> list[str]:
    service = action.partition(":")[0]
    if service == "dynamodb":
        return [table(spec, resource)]
    if service == "sqs":
        return [ARN.format("sqs", queue(spec, resource))]
    if service == "lambda":
        return [ARN.format("lambda", f"function:{named(SPECS[resource])}")]
    return RESOURCES[service]


def table(spec: UseCase, path: str) -> str:
    prefixed, *index = path.split("/")
    names = SERVICES[spec.service].tables
    name = max((each for each in names if f"_{prefixed}".endswith(f"_{each}")), key=len)
    return ARN.format(
        "dynamodb", "/".join(["table", named(spec, name), *(f"index/{each}" for each in index)])
    )


def queue(spec: UseCase, consumer: str) -> str:
    if consumer == DEAD_LETTERS:
        return f"{queue_of(spec)}-dlq"
    return queue_of(next(each for each in SPECS.values() if each.consumer == consumer))


def elsewhere(spec: UseCase) -> Iterator[tuple[str, str]]:
    """What is allowed and done, but not by code that the recorded tests run."""
    for action, resource in wanted(spec):
        if action in OF_THE_PLATFORM:
            yield action, resource
    if isinstance(spec.trigger, Events | Jobs):
        yield "sqs:GetQueueAttributes", ARN.format("sqs", queue_of(spec))  # Lambda's poller, too
    for name, action, queue_name in BY_A_FAKE:
        if SPECS[name] is spec:
            yield action, ARN.format("sqs", named(spec, queue_name))


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_use_case_makes_the_calls_that_its_role_allows(
    spec: UseCase, recorded: Calls, dev: dict[str, Template]
) -> None:
    allowed = set(granted(spec, stack_of(spec, dev))) - set(elsewhere(spec))
    calls = set(made(spec, recorded))
    assert not calls - allowed, "calls that AWS would refuse"
    assert not allowed - calls, "allowed, but never done"
