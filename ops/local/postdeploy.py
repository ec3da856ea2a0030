"""Does what the templates ask for and the emulator's CloudFormation leaves out.

Each step reads the deployed templates, and changes nothing if it is done already.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import names
from ops.stage import stacks
from ops.stage.aws import Aws
from shared.clients import error_code

API = "AWS::ApiGatewayV2::Api"
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


@dataclass(frozen=True, slots=True)
class Step:
    what: str
    do: Callable[[Aws, Path], None]


def run(aws: Aws, assembly: Path, progress: Callable[[str], None]) -> None:
    for step in STEPS:
        progress(f"after the deployment: {step.what}")
        step.do(aws, assembly)


def allow_origins(aws: Aws, assembly: Path) -> None:
    """CloudFormation ignores CorsConfiguration of HTTP APIs; their own API accepts it."""
    for service in stacks.SERVICES:
        for api in _resources(assembly, aws.target.stage, service, (API,)):
            if cors := api.get("CorsConfiguration"):
                api_id = stacks.output(aws, service, "ApiId")
                aws.apis.update_api(ApiId=api_id, CorsConfiguration=cors)


def expire_rows(aws: Aws, assembly: Path) -> None:
    """CloudFormation creates tables without time to live."""
    for service in stacks.SERVICES:
        for table in _resources(assembly, aws.target.stage, service, TABLES):
            if wanted := table.get("TimeToLiveSpecification"):
                _expire_rows(aws, table["TableName"], wanted["AttributeName"])


def archive_events(aws: Aws, _assembly: Path) -> None:
    """CloudFormation can't create archives, so the local templates have none."""
    name = aws.target.bus
    try:
        aws.events.describe_archive(ArchiveName=name)
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise
        bus = aws.events.describe_event_bus(Name=name)["Arn"]
        pattern = json.dumps({"source": [{"prefix": "ates."}]})
        aws.events.create_archive(ArchiveName=name, EventSourceArn=bus, EventPattern=pattern)


STEPS = (
    Step("the dashboards' origins (CORS)", allow_origins),
    Step("rows that expire (TTL)", expire_rows),
    Step("the archive of events", archive_events),
)


def _expire_rows(aws: Aws, table: str, attribute: str) -> None:
    described = aws.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if described.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        aws.dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
        )


def _resources(assembly: Path, stage: str, service: str, types: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The properties of a stack's resources of these types."""
    template = json.loads((assembly / f"{names.stack(stage, service)}.template.json").read_bytes())
    for resource in template["Resources"].values():
        if resource["Type"] in types:
            yield resource["Properties"]
