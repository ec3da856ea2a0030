"""A limit of requests per address, before the dashboards.

AWS WAF can't stand before an HTTP API. The APIs have API Gateway's own limit of requests, and every request
needs a token. CloudFront's rules are in us-east-1, wherever the stage is.
"""

from aws_cdk import Environment, Stack
from aws_cdk.aws_wafv2 import CfnWebACL
from constructs import Construct

from infra import names
from infra.stages import Stage

WINDOW_SECONDS = 300


class FirewallStack(Stack):
    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(
            scope,
            names.stack(stage.name, "firewall"),
            env=Environment(account=stage.account, region=names.CLOUDFRONT_REGION),
            termination_protection=stage.durable,
        )
        name = f"{names.bus(stage.name)}-dashboards"
        limit = CfnWebACL.RateBasedStatementProperty(
            limit=stage.web_requests_per_5_minutes,
            aggregate_key_type="IP",
            evaluation_window_sec=WINDOW_SECONDS,
        )
        rule = CfnWebACL.RuleProperty(
            name="rate",
            priority=0,
            action=CfnWebACL.RuleActionProperty(block={}),
            statement=CfnWebACL.StatementProperty(rate_based_statement=limit),
            visibility_config=_counted(f"{name}-rate"),
        )
        acl = CfnWebACL(
            self,
            "dashboards",
            name=name,
            scope="CLOUDFRONT",
            default_action=CfnWebACL.DefaultActionProperty(allow={}),
            rules=[rule],
            visibility_config=_counted(name),
        )
        self.arn = acl.attr_arn


def _counted(name: str) -> CfnWebACL.VisibilityConfigProperty:
    return CfnWebACL.VisibilityConfigProperty(
        metric_name=name, cloud_watch_metrics_enabled=True, sampled_requests_enabled=False
    )
