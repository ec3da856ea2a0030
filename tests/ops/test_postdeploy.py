"""The steps after a deployment follow the templates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ops.local import postdeploy
from ops.stage import stacks
from ops.stage.aws import Aws

CORS = {"AllowOrigins": ["http://localhost:8080"], "AllowMethods": ["GET"], "MaxAge": 3600}
TABLE = "ates-dev-tracking-idempotency"


class Apis:
    def __init__(self) -> None:
        self.cors: dict[str, Any] = {}

    def update_api(self, *, ApiId: str, CorsConfiguration: Any) -> None:  # noqa: N803
        self.cors[ApiId] = CorsConfiguration


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    for service in stacks.SERVICES:
        resources: dict[str, Any] = {"role": {"Type": "AWS::IAM::Role", "Properties": {}}}
        if service == "tracking":
            resources["api"] = {
                "Type": postdeploy.API,
                "Properties": {"Name": "x", "CorsConfiguration": CORS},
            }
            expiry = {"AttributeName": "expires_at", "Enabled": True}
            properties = {"TableName": TABLE, "TimeToLiveSpecification": expiry}
            resources["idempotency"] = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
            resources["tasks"] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "x"}}
        template = tmp_path / f"Ates-dev-{service}.template.json"
        template.write_text(json.dumps({"Resources": resources}))
    return tmp_path


@pytest.fixture
def emulator(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setattr(stacks, "output", lambda _aws, service, key: f"{service} {key}")
    vars(aws)["apis"] = Apis()
    with mock_aws():
        aws.events.create_event_bus(Name="ates-dev")
        aws.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "request", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "request", "AttributeType": "S"}],
        )
        yield aws


def test_all_steps_run_and_can_be_repeated(emulator: Aws, assembly: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        postdeploy.run(emulator, assembly, said.append)
    assert vars(emulator)["apis"].cors == {"tracking ApiId": CORS}
    expiry = emulator.dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert expiry == {"AttributeName": "expires_at", "TimeToLiveStatus": "ENABLED"}
    archive = emulator.events.describe_archive(ArchiveName="ates-dev")
    assert archive["EventSourceArn"].endswith(":event-bus/ates-dev")
    assert json.loads(archive["EventPattern"])["source"] == [{"prefix": "ates."}]
    assert said[: len(postdeploy.STEPS)] == [
        f"after the deployment: {step.what}" for step in postdeploy.STEPS
    ]
