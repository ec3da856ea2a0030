"""An installation in a temporary folder, and time that passes only in `sleep`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from boto3 import Session
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from ops.console.wait import Timer
from ops.stage import connection, local_json
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import Apis, DemoAccount, LocalAws, OAuth
from ops.stage.target import Target

ENDPOINT = "http://127.0.0.1:4566"


@dataclass
class FakeTime:
    """A clock for the whole test; `sleep` moves it."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    @property
    def timer(self) -> Timer:
        return Timer(lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self) -> datetime:
        return datetime(2026, 11, 22, 15, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)


@dataclass
class FakeParameters:
    """Systems Manager's parameters, as a dict."""

    values: dict[str, str] = field(default_factory=dict)

    def get_parameter(self, **named: str) -> dict[str, Any]:
        if named["Name"] not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
        return {"Parameter": {"Value": self.values[named["Name"]]}}

    def put_parameter(self, **parameter: str) -> None:
        self.values[parameter["Name"]] = parameter["Value"]

    def delete_parameter(self, **named: str) -> None:
        del self.values[named["Name"]]


@dataclass
class FakeFunctions:
    """Lambda's event source mappings and reserved concurrency; a changed mapping settles after one read."""

    states: dict[str, str]
    reserved: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[str, bool]] = field(default_factory=list)
    stuck: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, _name: str) -> "FakeFunctions":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"EventSourceMappings": [self._mapping(each) for each in self.states]}]

    def create_event_source_mapping(self, **settings: Any) -> None:
        name = f"new {len(self.created)}"
        self.created.append(settings)
        self.states[name] = "Enabled" if settings["Enabled"] else "Disabled"
        self.sources[name] = settings["EventSourceArn"]

    def delete_event_source_mapping(self, **named: str) -> None:
        self.states[named["UUID"]] = "Deleting"

    def _mapping(self, name: str) -> dict[str, Any]:
        source = self.sources.get(name, "")
        return {"UUID": name, "State": self.states[name], "EventSourceArn": source, "BatchSize": 70}

    def update_event_source_mapping(self, **change: Any) -> None:
        self.changes.append((change["UUID"], change["Enabled"]))
        self.states[change["UUID"]] = "Enabling" if change["Enabled"] else "Disabling"

    def get_event_source_mapping(self, **named: str) -> dict[str, str]:
        state = self.states[named["UUID"]]
        if not self.stuck:
            self.states[named["UUID"]] = {"Enabling": "Enabled", "Disabling": "Disabled"}.get(state, state)
        return {"State": state}

    def get_function_concurrency(self, **named: str) -> dict[str, int]:
        found = self.reserved.get(named["FunctionName"])
        return {} if found is None else {"ReservedConcurrentExecutions": found}

    def put_function_concurrency(self, **given: Any) -> None:
        self.reserved[given["FunctionName"]] = given["ReservedConcurrentExecutions"]

    def delete_function_concurrency(self, **named: str) -> None:
        self.reserved.pop(named["FunctionName"], None)


@dataclass
class Answer:
    """What an operator answers, and the questions that were asked; it replaces `typer.confirm`."""

    yes: bool = False
    questions: list[str] = field(default_factory=list)

    def __call__(self, question: str, **_: Any) -> bool:
        self.questions.append(question)
        return self.yes


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    found = Answer()
    monkeypatch.setattr("typer.confirm", found)
    return found


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture(autouse=True)
def no_ports_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own PORT must not decide a test."""
    for name in ("PORT", "WEB_PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> InstallationFiles:
    found = InstallationFiles(tmp_path, tmp_path / ".ates")
    found.create()
    return found


@pytest.fixture
def described() -> LocalAws:
    return LocalAws(
        endpoint=ENDPOINT,
        region="us-east-1",
        apis=Apis(
            auth="http://auth", tracking="http://tracking", accounting="http://acc", analytics="http://ana"
        ),
        user_pool_id="us-east-1_pool",
        client_id="client",
        oauth=OAuth(authorize_url=f"{ENDPOINT}/oauth2/authorize", token_url=f"{ENDPOINT}/oauth2/token"),
        web="http://localhost:8080",
        accounts=(
            DemoAccount(role="manager", email="manager@ates.example", password="Secret-1", account_id="m"),
            DemoAccount(role="worker", email="worker1@ates.example", password="Secret-1", account_id="w1"),
            DemoAccount(role="worker", email="worker2@ates.example", password="Secret-1", account_id="w2"),
        ),
    )


@pytest.fixture
def installed(
    files: InstallationFiles, described: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> InstallationFiles:
    """The installation that `main` finds, and which seems to run."""
    local_json.save(files.local_json, described)
    monkeypatch.setattr(connection, "answers", lambda _: True)
    monkeypatch.setenv("ATES_HOME", str(files.folder))
    return files


@pytest.fixture(scope="session")
def made_clients() -> dict[str, Any]:
    """Clients are slow to create; under moto all tests share them."""
    return {}


@pytest.fixture
def aws(made_clients: dict[str, Any]) -> Iterator[Aws]:
    """Stage dev; for tests under moto, or with replaced clients."""
    found = Aws(Target("dev", "us-east-1", None))
    found.__dict__.update(made_clients)
    yield found
    made_clients.update(
        {name: each for name, each in found.__dict__.items() if isinstance(each, (BaseClient, Session))}
    )


def create_operations_table(aws: Aws) -> None:
    """The table of operations; call it under moto."""
    aws.dynamodb.create_table(
        TableName="ates-dev-operations",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "month", "AttributeType": "S"},
            {"AttributeName": "operation_id", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "month", "KeyType": "HASH"},
            {"AttributeName": "operation_id", "KeyType": "RANGE"},
        ],
    )
