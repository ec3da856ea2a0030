"""The dashboards' stack: private files, strict headers, and only the addresses that it calls."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.web import ROUTES
from tests.infra.conftest import Stacks
from tests.infra.templates import Template

API_SERVICES = 4


@pytest.fixture
def prod_web(prod: Stacks) -> Template:
    return prod["Ates-prod-web"]


@pytest.fixture
def local_web(local: Stacks) -> Template:
    return local["Ates-dev-web"]


def _headers(web: Template) -> dict[str, Any]:
    config: dict[str, Any] = web.one("AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    return config


def _policy(web: Template) -> dict[str, list[str]]:
    text = _headers(web)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    return {name: sources for name, *sources in (part.split() for part in text.split("; "))}


def _behaviours(web: Template) -> dict[str, dict[str, Any]]:
    config = web.one("AWS::CloudFront::Distribution")["DistributionConfig"]
    return {"*": config["DefaultCacheBehavior"]} | {
        one["PathPattern"]: one for one in config["CacheBehaviors"]
    }


def test_the_policy_allows_only_what_the_dashboards_need(prod_web: Template) -> None:
    policy = _policy(prod_web)
    calls = policy.pop("connect-src")
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
    }
    assert calls[0] == "'self'"
    assert len(calls) == 1 + API_SERVICES + 1, "four APIs and the sign-in"
    assert not any("*" in address for address in calls)


def test_an_emulator_is_called_only_at_its_own_address(local_web: Template) -> None:
    assert _policy(local_web)["connect-src"] == ["'self'", "http://127.0.0.1:4566"]


def test_https_is_required_only_on_aws(prod_web: Template, local_web: Template) -> None:
    assert _headers(prod_web)["SecurityHeadersConfig"]["StrictTransportSecurity"]["Override"]
    assert "StrictTransportSecurity" not in _headers(local_web)["SecurityHeadersConfig"]
    for web, protocol in ((prod_web, "redirect-to-https"), (local_web, "allow-all")):
        assert {one["ViewerProtocolPolicy"] for one in _behaviours(web).values()} == {protocol}


def test_every_answer_has_the_headers(prod_web: Template) -> None:
    assert all(one["ResponseHeadersPolicyId"] for one in _behaviours(prod_web).values())


def test_only_files_with_a_hash_in_their_name_are_cached(prod_web: Template) -> None:
    behaviours = _behaviours(prod_web)
    disabled, optimised = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert behaviours["*"]["CachePolicyId"] == disabled
    assert behaviours["assets/*"]["CachePolicyId"] == optimised
    assert "FunctionAssociations" not in behaviours["assets/*"]


def test_the_files_are_readable_only_through_cloudfront(prod_web: Template) -> None:
    bucket = prod_web.one("AWS::S3::Bucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    statements = prod_web.one("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert [one["Action"] for one in allowed] == ["s3:GetObject"]
    assert all("AWS:SourceArn" in one["Condition"]["StringEquals"] for one in allowed)
    assert any(
        "aws:SecureTransport" in str(one["Condition"]) for one in statements if one["Effect"] == "Deny"
    )


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/", "/index.html"),
        ("/tasks/01a2140a-cae3", "/index.html"),
        ("/config.json", "/config.json"),
        ("/assets/gone-1234.js", "/assets/gone-1234.js"),
    ],
)
def test_a_view_gets_the_app_and_a_missing_file_an_error(path: str, served: str) -> None:
    """The function as deployed to CloudFront, run by this environment's Node."""
    node = str(Path(sys.executable).with_name("node"))
    script = f"{ROUTES.read_text()}; console.log(handler({{ request: {{ uri: '{path}' }} }}).uri)"
    said = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == served


def test_the_preview_has_the_same_policy(prod_web: Template) -> None:
    """`vite preview` has the policy in TypeScript; the two lists are compared."""
    source = (ROUTES.parent.parent / "web/scripts/security-policy.ts").read_text()
    here = set(_policy(prod_web))
    assert set(re.findall(r'^ +["`]([a-z]+-[a-z-]+)', source, re.MULTILINE)) == here
