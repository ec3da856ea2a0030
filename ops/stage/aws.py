"""The AWS clients of a target, created on first use."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from infra.names import CLOUDFRONT_REGION
from ops.stage import stage_settings
from ops.stage.target import DUMMY_CREDENTIALS, Target, is_loopback

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=70,
    retries={"mode": "standard", "max_attempts": 4},
    max_pool_connections=32,
)
# An emulator gets dummy credentials, so the user's profile and files are not read.
_NO_PROFILE: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Aws:
    """One AWS. Create it and first use each client in one thread; then threads may share it."""

    def __init__(self, target: Target) -> None:
        self.target = target

    @cached_property
    def apis(self) -> "ApiGatewayV2Client":
        return self._session.client("apigatewayv2", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        return self._session.client("cognito-idp", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def distributions(self) -> Any:
        """CloudFront's (its types are not installed)."""
        return self._session.client("cloudfront", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def events(self) -> "EventBridgeClient":
        return self._session.client("events", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._session.client("lambda", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._session.client("logs", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def parameters(self) -> Any:
        """Systems Manager's, of which only parameters are used (its types are not installed)."""
        return self._session.client("ssm", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def quotas(self) -> Any:
        """The account's quotas (their types are not installed)."""
        return self._session.client("service-quotas", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def senders(self) -> "SESV2Client":
        return self._session.client("sesv2", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def topics(self) -> Any:
        """SNS's (its types are not installed)."""
        return self._session.client("sns", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def queues(self) -> "SQSClient":
        return self._session.client("sqs", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def objects(self) -> "S3Client":
        """S3, addressed by path, as an emulator at an endpoint needs it."""
        path_style = self._config.merge(Config(s3={"addressing_style": "path"}))
        return self._session.client("s3", endpoint_url=self.target.endpoint, config=path_style)

    @cached_property
    def identity(self) -> "STSClient":
        return self._session.client("sts", endpoint_url=self.target.endpoint, config=self._config)

    @cached_property
    def of_cloudfront(self) -> "Aws":
        """The region where CloudFront's rules are; an emulator is one for all regions."""
        region = self.target.region if self.target.endpoint else CLOUDFRONT_REGION
        return Aws(replace(self.target, region=region))

    @cached_property
    def _config(self) -> Config:
        """No proxy stands between a machine and itself, whatever the environment says."""
        host = urlsplit(self.target.endpoint or "").hostname or ""
        return _CONFIG.merge(Config(proxies={})) if is_loopback(host) else _CONFIG

    @cached_property
    def _session(self) -> boto3.Session:
        if self.target.endpoint is None:
            session = boto3.Session(region_name=self.target.region)
        else:
            session = boto3.Session(
                aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                region_name=self.target.region,
                botocore_session=botocore.session.Session(session_vars=_NO_PROFILE),
            )
        session.events.register("before-parameter-build.dynamodb", _note_table)
        session.events.register("after-call.dynamodb", _name_table)
        if moved := stage_settings.tables_at(self.target.stage):
            places = {self.target.name(service, ""): endpoint for service, endpoint in moved.items()}
            session.events.register("before-call.dynamodb", partial(_send_there, places))
        return session


def _note_table(params: Any, context: Any, **_: Any) -> None:
    context["ates_table"] = params.get("TableName") or next(iter(params.get("RequestItems", ())), None)


def _send_there(places: Mapping[str, str], params: Any, context: Any, **_: Any) -> None:
    """Tables that are on another DynamoDB are asked for there."""
    table = context.get("ates_table") or ""
    for prefix, endpoint in places.items():
        if table.startswith(prefix):
            params["url"] = f"{endpoint}/"


def _name_table(parsed: Any, context: Any, **_: Any) -> None:
    """DynamoDB doesn't say which table is missing."""
    error = parsed.get("Error", {})
    if error.get("Code") == "ResourceNotFoundException" and context.get("ates_table"):
        error["Table"] = context["ates_table"]
