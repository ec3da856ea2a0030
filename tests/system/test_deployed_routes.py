"""The smoke test of `ates deploy` on routes that are really deployed, and on routes that have a fault."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from ops.deploying import smoke
from ops.deploying.findings import Finding, Weight
from tests.system.product import Product

SERVICE, ROUTE = "analytics", "GET /summary"
COMMANDED, COMMAND = "tracking", "POST /shuffles"


def asked(product: Product) -> tuple[Finding, Finding]:
    """As a stranger and as an admin, in this order."""
    apis = product.local.apis.model_dump()
    return (
        smoke.strangers(product.http, apis),
        smoke.signed_in(product.http, apis, product.token("admin")),
    )


def api_of(product: Product, service: str) -> str:
    return str(getattr(product.local.apis, service)).split("/")[-2]


def route_of(product: Product, service: str, key: str) -> dict[str, Any]:
    """A deployed route, without its id."""
    pages = product.aws.apis.get_paginator("get_routes").paginate(ApiId=api_of(product, service))
    (found,) = [each for page in pages for each in page["Items"] if each["RouteKey"] == key]
    return dict(found)


@contextmanager
def without(product: Product, service: str, key: str) -> Iterator[None]:
    """As if nobody had deployed it."""
    api, route = api_of(product, service), route_of(product, service, key)
    product.aws.apis.delete_route(ApiId=api, RouteId=route.pop("RouteId"))
    try:
        yield
    finally:
        product.aws.apis.create_route(ApiId=api, **route)


@contextmanager
def leading_nowhere(product: Product, service: str, key: str) -> Iterator[None]:
    """Its integration names a function that is not there."""
    api, route = api_of(product, service), route_of(product, service, key)
    integration = route["Target"].rpartition("/")[2]
    before = product.aws.apis.get_integration(ApiId=api, IntegrationId=integration)["IntegrationUri"]
    name = product.aws.target.name(service, "gone")
    gone = f"arn:aws:lambda:{product.local.region}:000000000000:function:{name}"
    product.aws.apis.update_integration(ApiId=api, IntegrationId=integration, IntegrationUri=gone)
    try:
        yield
    finally:
        product.aws.apis.update_integration(ApiId=api, IntegrationId=integration, IntegrationUri=before)


@contextmanager
def without_authorizer(product: Product, service: str, key: str) -> Iterator[None]:
    """Whoever asks gets to the function."""
    api, route = api_of(product, service), route_of(product, service, key)
    product.aws.apis.update_route(ApiId=api, RouteId=route["RouteId"], AuthorizationType="NONE")
    try:
        yield
    finally:
        product.aws.apis.update_route(
            ApiId=api,
            RouteId=route["RouteId"],
            AuthorizationType=route["AuthorizationType"],
            AuthorizerId=route["AuthorizerId"],
        )


def test_every_deployed_route_refuses_strangers_and_answers_an_admin(product: Product) -> None:
    strangers, signed_in = asked(product)
    assert (strangers.weight, signed_in.weight) == (Weight.FINE, Weight.FINE), (strangers, signed_in)
    assert strangers.found.startswith(f"{len(list(smoke.routes()))} routes")


Fault = Callable[[Product, str, str], AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [without, leading_nowhere, without_authorizer])
@pytest.mark.parametrize(("service", "key"), [(SERVICE, ROUTE), (COMMANDED, COMMAND)])
def test_a_route_with_a_fault_is_named(product: Product, fault: Fault, service: str, key: str) -> None:
    with fault(product, service, key):
        found = asked(product)
    assert any(each.weight is Weight.STOPS and f"{service} {key}" in each.found for each in found), found
    assert {each.weight for each in asked(product)} == {Weight.FINE}, "the fault was not undone"
