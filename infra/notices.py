"""The topic through which the stage's alarms reach people."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import Key
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from constructs import Construct

from infra import names
from infra.stages import Stage

CLOUDWATCH = "cloudwatch.amazonaws.com"


def topic(scope: Construct, stage: Stage) -> Topic:
    """Only the stage's alarms may publish to it. Without an `alarm_email` nobody is told yet.

    Its key is our own: CloudWatch may not use the one that AWS manages for SNS.
    """
    made = Topic(
        scope, "alarms", topic_name=names.alarms(stage.name), master_key=_key(scope, stage), enforce_ssl=True
    )
    made.add_to_resource_policy(
        PolicyStatement(
            principals=[ServicePrincipal(CLOUDWATCH)],
            actions=["sns:Publish"],
            resources=[made.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Stack.of(scope).account},
                "ArnLike": {"aws:SourceArn": _alarms(scope, stage)},
            },
        )
    )
    if stage.alarm_email:
        made.add_subscription(EmailSubscription(stage.alarm_email))
    return made


def _key(scope: Construct, stage: Stage) -> Key:
    """Nothing is stored with it."""
    key = Key(
        scope,
        "alarms_key",
        description=f"aTES {stage.name}: alarms on their way to people",
        enable_key_rotation=True,
        pending_window=Duration.days(7),
        removal_policy=RemovalPolicy.DESTROY,
    )
    key.add_to_resource_policy(
        PolicyStatement(
            principals=[ServicePrincipal(CLOUDWATCH)],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    return key


def _alarms(scope: Construct, stage: Stage) -> str:
    prefix = f"alarm:{names.prefix(stage.name)}*"
    return Stack.of(scope).format_arn(service="cloudwatch", resource=prefix)
