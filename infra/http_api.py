"""A service's HTTP API: every route requires a token of the user pool."""

import json

from aws_cdk import CfnOutput, Duration
from aws_cdk.aws_apigatewayv2 import (
    CfnStage,
    CorsHttpMethod,
    CorsPreflightOptions,
    HttpApi,
    HttpMethod,
    IStage,
    ThrottleSettings,
)
from aws_cdk.aws_apigatewayv2_authorizers import HttpUserPoolAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_lambda import IFunction
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra import access_log, alarms, api_domain, names
from infra.identity import Identity
from infra.stages import Stage
from shared.spec import Route

BURST_SECONDS = 2


class ServiceApi(Construct):
    """Outputs `ApiId` and `ApiUrl`."""

    def __init__(self, scope: Construct, service: str, stage: Stage, identity: Identity) -> None:
        super().__init__(scope, "http_api")
        name = f"{names.bus(stage.name)}-{service}"
        self.api = HttpApi(
            self,
            "api",
            api_name=name,
            create_default_stage=False,
            cors_preflight=_cors(stage),
            default_authorizer=HttpUserPoolAuthorizer(
                "user_pool", identity.pool, user_pool_clients=[*identity.clients]
            ),
        )
        default_stage = self.api.add_stage(
            "stage",
            stage_name="$default",
            auto_deploy=True,
            throttle=ThrottleSettings(
                rate_limit=stage.requests_per_second, burst_limit=BURST_SECONDS * stage.requests_per_second
            ),
        )
        if not stage.local:
            self._log_access(name, stage, default_stage)
            alarms.api(self.api, name, stage)
        self.origin, url = self.api.api_endpoint, default_stage.url
        if stage.has_api_domain:
            self.origin = f"https://{stage.api_domain}"
            url = api_domain.path(self, stage, service, self.api)
        CfnOutput(scope, "ApiId", value=self.api.api_id)
        CfnOutput(scope, "ApiUrl", value=url)

    def route(self, http: Route, function: IFunction) -> None:
        self.api.add_routes(
            path=http.path,
            methods=[HttpMethod[http.method]],
            integration=HttpLambdaIntegration(f"{function.node.id}_integration", function),
        )

    def _log_access(self, name: str, stage: Stage, default_stage: IStage) -> None:
        """One JSON line per request: caller, route, status, latency."""
        group = LogGroup(
            self,
            "access",
            log_group_name=f"/aws/apigateway/{name}",
            retention=stage.log_retention,
            removal_policy=stage.removal,
        )
        resource = default_stage.node.default_child
        if isinstance(resource, CfnStage):
            resource.access_log_settings = CfnStage.AccessLogSettingsProperty(
                destination_arn=group.log_group_arn, format=json.dumps(access_log.FIELDS)
            )


def _cors(stage: Stage) -> CorsPreflightOptions:
    return CorsPreflightOptions(
        allow_origins=list(stage.web_origins),
        allow_methods=[CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PATCH],
        allow_headers=["authorization", "content-type", "idempotency-key", "x-correlation-id"],
        expose_headers=["retry-after", "x-correlation-id"],
        max_age=Duration.hours(1),
    )
