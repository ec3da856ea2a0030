"""The APIs' own domain: each service is a path of it, such as `https://api.ates.example/tracking`."""

from aws_cdk import CfnOutput
from aws_cdk.aws_apigatewayv2 import CfnApiMapping, DomainName, HttpApi, SecurityPolicy
from aws_cdk.aws_certificatemanager import Certificate
from constructs import Construct

from infra.stages import Stage


def domain(scope: Construct, stage: Stage) -> None:
    """Outputs `ApiDomainTarget`, where the domain's DNS record points to."""
    certificate = Certificate.from_certificate_arn(scope, "api_certificate", stage.api_certificate)
    made = DomainName(
        scope,
        "api_domain",
        domain_name=stage.api_domain,
        certificate=certificate,
        security_policy=SecurityPolicy.TLS_1_2,
    )
    CfnOutput(scope, "ApiDomainTarget", value=made.regional_domain_name)


def path(scope: Construct, stage: Stage, service: str, api: HttpApi) -> str:
    """The service's path of the domain; returns its URL."""
    CfnApiMapping(
        scope,
        "mapping",
        api_id=api.api_id,
        domain_name=stage.api_domain,
        stage="$default",
        api_mapping_key=service,
    ).node.add_dependency(api)
    return f"https://{stage.api_domain}/{service}"
