"""The dashboards: a private bucket behind CloudFront, with security headers."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_certificatemanager import Certificate
from aws_cdk.aws_cloudfront import (
    BehaviorOptions,
    CachePolicy,
    Distribution,
    Function,
    FunctionAssociation,
    FunctionCode,
    FunctionEventType,
    FunctionRuntime,
    HeadersReferrerPolicy,
    HttpVersion,
    ICachePolicy,
    IOrigin,
    ResponseCustomHeader,
    ResponseCustomHeadersBehavior,
    ResponseHeadersContentSecurityPolicy,
    ResponseHeadersContentTypeOptions,
    ResponseHeadersPolicy,
    ResponseHeadersReferrerPolicy,
    ResponseHeadersStrictTransportSecurity,
    ResponseSecurityHeadersBehavior,
    ViewerProtocolPolicy,
)
from aws_cdk.aws_cloudfront_origins import S3BucketOrigin
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption
from constructs import Construct

from infra import nag, names
from infra.stages import Stage

# The hash of an empty style element: MUI's production build creates one and fills it through the CSSOM.
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
ROUTES = Path(__file__).with_name("web_routes.js")


class WebStack(Stack):
    """Outputs `WebDomain`, `WebBucket` and `DistributionId`; `ops` builds the files and uploads them."""

    def __init__(
        self, scope: Construct, stage: Stage, addresses: Sequence[str], firewall: str | None = None
    ) -> None:
        """`addresses` are the origins that the dashboards call: the APIs and the sign-in.

        `firewall` is the ARN of CloudFront's rules.
        """
        super().__init__(scope, names.stack(stage.name, "web"), **stage.of_stacks)
        bucket = self._bucket(stage)
        distribution = self._distribution(stage, bucket, self._headers(stage, addresses), firewall)
        CfnOutput(self, "WebDomain", value=distribution.domain_name)
        CfnOutput(self, "WebBucket", value=bucket.bucket_name)
        CfnOutput(self, "DistributionId", value=distribution.distribution_id)

    def _bucket(self, stage: Stage) -> Bucket:
        """Everything in it can be built again, so a disposable stage deletes it with the stack."""
        bucket = Bucket(
            self,
            "files",
            block_public_access=BlockPublicAccess.BLOCK_ALL,
            encryption=BucketEncryption.S3_MANAGED,
            enforce_ssl=not stage.local,
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=stage.empties_buckets,
        )
        nag.acknowledge(bucket, "S1", "Public files of a web site, read through CloudFront alone.")
        return bucket

    def _headers(self, stage: Stage, addresses: Sequence[str]) -> ResponseHeadersPolicy:
        return ResponseHeadersPolicy(
            self,
            "headers",
            security_headers_behavior=ResponseSecurityHeadersBehavior(
                content_security_policy=ResponseHeadersContentSecurityPolicy(
                    content_security_policy=security_policy(addresses), override=True
                ),
                content_type_options=ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=ResponseHeadersReferrerPolicy(
                    referrer_policy=HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=None
                if stage.local
                else ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
            ),
            custom_headers_behavior=ResponseCustomHeadersBehavior(
                custom_headers=[
                    ResponseCustomHeader(
                        header="cross-origin-opener-policy", value="same-origin", override=True
                    ),
                    ResponseCustomHeader(
                        header="permissions-policy",
                        value="camera=(), geolocation=(), microphone=(), payment=(), usb=()",
                        override=True,
                    ),
                ]
            ),
        )

    def _distribution(
        self, stage: Stage, bucket: Bucket, headers: ResponseHeadersPolicy, firewall: str | None
    ) -> Distribution:
        origin = S3BucketOrigin.with_origin_access_control(bucket)
        routes = Function(
            self,
            "routes",
            code=FunctionCode.from_file(file_path=str(ROUTES)),
            runtime=FunctionRuntime.JS_2_0,
        )
        alias = stage.web_alias
        distribution = Distribution(
            self,
            "distribution",
            comment=f"aTES {stage.name}: the dashboards",
            default_behavior=self._behaviour(stage, origin, headers, CachePolicy.CACHING_DISABLED, routes),
            additional_behaviors={
                "assets/*": self._behaviour(stage, origin, headers, CachePolicy.CACHING_OPTIMIZED)
            },
            http_version=HttpVersion.HTTP2_AND_3,
            web_acl_id=firewall,
            domain_names=[alias.domain] if alias else None,
            certificate=Certificate.from_certificate_arn(self, "certificate", alias.certificate)
            if alias
            else None,
        )
        nag.acknowledge(distribution, "CFR1", "Employees may be anywhere.")
        nag.acknowledge(distribution, "CFR2", "It serves static files alone; the APIs are throttled.")
        nag.acknowledge(distribution, "CFR3", "What people do is in the APIs' access logs.")
        if not alias:
            nag.acknowledge(
                distribution, "CFR4", "CloudFront's own certificate fixes the oldest TLS version."
            )
        return distribution

    def _behaviour(
        self,
        stage: Stage,
        origin: IOrigin,
        headers: ResponseHeadersPolicy,
        cache: ICachePolicy,
        routes: Function | None = None,
    ) -> BehaviorOptions:
        """Files with a hash in their names are cached; all others are not."""
        return BehaviorOptions(
            origin=origin,
            cache_policy=cache,
            compress=True,
            response_headers_policy=headers,
            viewer_protocol_policy=ViewerProtocolPolicy.ALLOW_ALL
            if stage.local
            else ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            function_associations=[
                FunctionAssociation(event_type=FunctionEventType.VIEWER_REQUEST, function=routes)
            ]
            if routes
            else None,
        )


def security_policy(addresses: Sequence[str]) -> str:
    """The content security policy: only our scripts and styles, and calls only to these addresses."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' {EMPTY_STYLE}",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *addresses)),
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )
