"""An account of AWS under moto, and a CDK that deploys small templates to it."""

import contextlib
import io
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from ops.console.errors import DeployFailed
from ops.deploying.assembly import Assembly
from ops.stage.aws import Aws

ACCOUNT = "123456789012"
SERVICES = ("analytics", "notifications", "accounting", "tracking", "auth")
ORDER = ("events", "mail", "identity", *SERVICES, "web")
DOMAIN = "tasks.popug.com"
SETTINGS: dict[str, Any] = {
    "durable": False,
    "business_timezone": "UTC",
    "sender": f"reports@{DOMAIN}",
    "web_domain": DOMAIN,
    "alarm_email": f"operators@{DOMAIN}",
}


def settings_file(folder: Path, stages: dict[str, dict[str, Any]]) -> Path:
    """A cdk.json with these stages."""
    path = folder / "cdk.json"
    path.write_text(json.dumps({"context": {"stages": stages}}))
    return path


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Get")


@dataclass
class Senders:
    """SES: what it knows of domains, and the account's limits."""

    verified: dict[str, bool] = field(default_factory=dict)
    account: dict[str, Any] = field(
        default_factory=lambda: {
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "SendQuota": {"MaxSendRate": 14.0},
        }
    )

    def get_account(self) -> dict[str, Any]:
        return self.account

    def get_email_identity(self, **named: str) -> dict[str, Any]:
        if named["EmailIdentity"] not in self.verified:
            raise refused("NotFoundException")
        return {"VerifiedForSendingStatus": self.verified[named["EmailIdentity"]]}


@dataclass
class Quotas:
    """The account's own quotas and AWS's defaults, by code."""

    own: dict[str, float] = field(default_factory=dict)
    defaults: dict[str, float] = field(default_factory=lambda: {"L-9B653E91": 10000.0, "L-6621E65D": 25.0})

    def get_service_quota(self, **named: str) -> dict[str, Any]:
        return self._answer(self.own, named["QuotaCode"])

    def get_aws_default_service_quota(self, **named: str) -> dict[str, Any]:
        return self._answer(self.defaults, named["QuotaCode"])

    def _answer(self, known: dict[str, float], code: str) -> dict[str, Any]:
        if code not in known:
            raise refused("NoSuchResourceException")
        return {"Quota": {"Value": known[code]}}


@dataclass
class Functions:
    """Lambda: the account's concurrency, and `bootstrap_account`, which makes a user in moto's pool."""

    aws: Aws
    pool: str
    concurrency: int = 1000
    deployed: Sequence[Mapping[str, Any]] = ()

    def get_paginator(self, name: str) -> Any:
        assert name == "list_functions"
        return SimpleNamespace(paginate=lambda: [{"Functions": self.deployed}])

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}

    def invoke(self, **given: Any) -> dict[str, Any]:
        assert given["FunctionName"] == "ates-dev-auth-bootstrap-account"
        account = json.loads(given["Payload"])
        assert account["role"] == "admin"
        cognito = self.aws.cognito
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(UserPoolId=self.pool, Username=account["email"])
        cognito.admin_add_user_to_group(UserPoolId=self.pool, Username=account["email"], GroupName="admin")
        return {"Payload": io.BytesIO(json.dumps({"account_id": account["email"]}).encode())}


@dataclass
class Subscriptions:
    """SNS: the subscriptions of the one topic, by address."""

    arns: dict[str, str] = field(default_factory=dict)
    meta: Any = field(default_factory=lambda: type("Meta", (), {"region_name": "us-east-1"}))

    def get_paginator(self, _name: str) -> "Subscriptions":
        return self

    def paginate(self, **named: str) -> list[dict[str, Any]]:
        assert named == {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:ates-dev-alarms"}
        found = [{"Endpoint": name, "SubscriptionArn": arn} for name, arn in self.arns.items()]
        return [{"Subscriptions": found}]


@dataclass
class FakeCdk:
    """Deploys what `assemble` wrote; `fails_at` names stacks, and how often each deployment of them fails."""

    aws: Aws
    folder: Path
    deployed: list[str] = field(default_factory=list)
    prepared: list[tuple[str, ...]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Stacks that were deployed without a rollback."""
    fails_at: dict[str, int] = field(default_factory=dict)
    destroyed: bool = False
    keeps: tuple[str, ...] = ()

    def synthesise(self) -> Assembly:
        return Assembly(self.folder)

    def prepare(self, assembly: Assembly, stacks: Sequence[str]) -> None:
        self.prepared.append(tuple(stacks))

    def deploy(self, assembly: Assembly, stack: str, rolls_back: bool = True) -> None:
        if not rolls_back:
            self.kept.append(stack)
        if self.fails_at.get(stack, 0):
            self.fails_at[stack] -= 1
            raise DeployFailed(f"cdk deploy failed: {stack}")
        self.deployed.append(stack)
        body = (assembly.folder / f"{stack}.template.json").read_text()
        client = self.aws.cloudformation
        found = [each["StackName"] for each in client.describe_stacks()["Stacks"]]
        if stack not in found:
            client.create_stack(StackName=stack, TemplateBody=body)

    def destroy(self, assembly: Assembly) -> None:
        self.destroyed = True
        for stack in reversed(assembly.stacks()):
            if stack not in self.keeps:
                self.aws.cloudformation.delete_stack(StackName=stack)


def assemble(folder: Path, outputs: dict[str, dict[str, str]], operations: bool = True) -> None:
    """A cloud assembly; its manifest is not in the order of deployment."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree"}}
    for part in reversed(ORDER):
        name = f"Ates-dev-{part}"
        before = [f"Ates-dev-{each}" for each in ORDER[: ORDER.index(part)]]
        artifacts[name] = {"type": "aws:cloudformation:stack", "dependencies": [f"{name}.assets", *before]}
        template = {
            "Resources": OPERATIONS if part == "events" and operations else PLAIN,
            "Outputs": {key: {"Value": value} for key, value in outputs.get(part, {}).items()},
        }
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


PLAIN: dict[str, Any] = {"none": {"Type": "AWS::SNS::Topic"}}
OPERATIONS: dict[str, Any] = {
    "operations": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "ates-dev-operations",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "month", "AttributeType": "S"},
                {"AttributeName": "operation_id", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "month", "KeyType": "HASH"},
                {"AttributeName": "operation_id", "KeyType": "RANGE"},
            ],
        },
    }
}


def commit(project: Path) -> str:
    """Makes a git checkout of the folder; the commit."""
    (project / ".gitignore").write_text(".ates\nnode_modules\nvenv\n")
    who = ("-c", "user.name=test", "-c", "user.email=test@popug.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "sources")):
        subprocess.run(["git", "-C", str(project), *arguments], check=True, capture_output=True)
    head = ["git", "-C", str(project), "rev-parse", "HEAD"]
    return subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
