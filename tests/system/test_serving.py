"""The dashboards as served to a browser at this installation's address by the emulator's CloudFront."""

import json

import httpx
import pytest

from tests.system.product import Product

PAGE = "text/html"


def got(product: Product, path: str) -> httpx.Response:
    return product.http.get(product.local.web + path)


@pytest.mark.parametrize("path", ["/", "/index.html", "/tasks", "/tasks/01a2140a-cae3", "/accounting/days/"])
def test_each_view_is_the_page_with_its_policy_and_is_not_cached(product: Product, path: str) -> None:
    answer = got(product, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(PAGE)
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.text == got(product, "/").text


@pytest.mark.parametrize("path", ["/assets/gone-12345678.js", "/gone.css", "/config.old.json"])
def test_a_missing_file_is_an_error_not_the_page(product: Product, path: str) -> None:
    answer = got(product, path)
    assert 400 <= answer.status_code < 500
    assert "<html" not in answer.text.lower()


def test_the_pages_script_is_served_and_cached(product: Product) -> None:
    page = got(product, "/").text
    (script,) = {part.partition('"')[0] for part in page.split('src="')[1:]}
    answer = got(product, script)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_the_configuration_has_the_addresses_of_this_installation(product: Product) -> None:
    config = json.loads(got(product, "/config.json").text)
    assert config["apis"] == product.local.apis.model_dump()
    assert config["sign_in"]["client_id"] == product.local.client_id


def test_apis_and_sign_in_accept_only_pages_of_this_installation(product: Product) -> None:
    """So several installations can run side by side on different ports."""
    other = "http://localhost:1"
    for service, address in product.local.apis.model_dump().items():
        path = "/me" if service == "auth" else "/tasks"
        for origin in (product.local.web, other):
            asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            answer = product.http.options(address + path, headers=asked)
            allowed = answer.headers.get("access-control-allow-origin")
            assert (allowed == origin) == (origin != other), (service, origin)
    client = product.aws.cognito.describe_user_pool_client(
        UserPoolId=product.local.user_pool_id, ClientId=product.local.client_id
    )["UserPoolClient"]
    assert f"{product.local.web}/callback" in client["CallbackURLs"]
    assert not any(url.startswith(other + "/") for url in client["CallbackURLs"])
