"""New code gets a tenth of the calls for five minutes, then all; an alarm brings the old one back."""

from aws_cdk import Stack
from aws_cdk.aws_cloudwatch import Alarm
from aws_cdk.aws_codedeploy import (
    ILambdaApplication,
    LambdaApplication,
    LambdaDeploymentConfig,
    LambdaDeploymentGroup,
)
from aws_cdk.aws_iam import IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_lambda import Alias
from constructs import Construct

from infra import nag, names
from infra.stages import Stage

APPLICATION = "code_deploy"
ROLE = "code_deploy_role"


def canary(scope: Construct, stage: Stage, alias: Alias, alarm: Alarm) -> None:
    LambdaDeploymentGroup(
        scope,
        "deployment",
        alias=alias,
        application=_application(scope),
        deployment_config=LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
        alarms=[alarm],
        role=_role(scope, stage),
    )


def _application(scope: Construct) -> ILambdaApplication:
    """One for each stack."""
    stack = Stack.of(scope)
    found = stack.node.try_find_child(APPLICATION)
    return found if isinstance(found, LambdaApplication) else LambdaApplication(stack, APPLICATION)


def _role(scope: Construct, stage: Stage) -> IRole:
    """One for each stack; the construct would add a policy for all functions of the account."""
    stack = Stack.of(scope)
    found = stack.node.try_find_child(ROLE)
    role = found if isinstance(found, Role) else _new_role(stack, stage)
    return role.without_policy_updates()


def _new_role(stack: Stack, stage: Stage) -> Role:
    functions = stack.format_arn(service="lambda", resource=f"function:{names.prefix(stage.name)}*")
    role = Role(
        stack,
        ROLE,
        assumed_by=ServicePrincipal("codedeploy.amazonaws.com"),
        inline_policies={
            "shift": PolicyDocument(
                statements=[
                    PolicyStatement(
                        actions=[
                            "lambda:GetAlias",
                            "lambda:GetProvisionedConcurrencyConfig",
                            "lambda:UpdateAlias",
                        ],
                        resources=[functions],
                    ),
                    PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=["*"]),
                ]
            )
        },
    )
    nag.acknowledge_wildcard(role, functions, "It shifts the calls of all functions of the stage.")
    nag.acknowledge_wildcard(role, "*", "DescribeAlarms has no resources to name.")
    return role
