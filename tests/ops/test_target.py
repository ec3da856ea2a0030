"""The AWS endpoints that a command may use."""

import pytest

from ops.console.errors import EndpointRefused
from ops.stage.target import checked_endpoint, deployed, local


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566",
        "http://127.8.9.1:4566",
        "http://localhost:4566",
        "https://localhost.",
        "http://cloud.localhost:4566",
        "http://[::1]:4566",
    ],
)
def test_a_loopback_address_is_accepted(url: str) -> None:
    assert checked_endpoint(url, allow_remote=False) == url
    assert checked_endpoint(f"{url}/", allow_remote=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.5:4566",
        "http://0.0.0.0:4566",
        "http://example.com:4566",
        "http://localhost.example.com:4566",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com:4566",
    ],
)
def test_another_machine_needs_allow_remote(url: str) -> None:
    with pytest.raises(EndpointRefused, match="add --allow-remote to use it"):
        checked_endpoint(url, allow_remote=False)
    assert checked_endpoint(url, allow_remote=True).startswith("http://")


@pytest.mark.parametrize(
    "url",
    [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "https://DYNAMODB.eu-central-1.AMAZONAWS.com.",
        "https://sqs.cn-north-1.amazonaws.com.cn",
        "https://lambda.us-east-1.api.aws",
    ],
)
def test_real_aws_is_refused_even_with_allow_remote(url: str) -> None:
    with pytest.raises(EndpointRefused, match="real AWS"):
        checked_endpoint(url, allow_remote=True)


@pytest.mark.parametrize("url", ["127.0.0.1:4566", "ftp://127.0.0.1", "http://", "nonsense", "http://[::1"])
def test_an_invalid_http_address_is_refused(url: str) -> None:
    with pytest.raises(EndpointRefused, match="not an http address"):
        checked_endpoint(url, allow_remote=True)


def test_the_users_credentials_do_not_reach_a_child_process() -> None:
    inherited = {
        "AWS_PROFILE": "prod",
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_SESSION_TOKEN": "real",
        "PATH": "/bin",
    }
    given = local("http://127.0.0.1:4566").environment(inherited)
    assert given["PATH"] == "/bin"
    assert given["AWS_ACCESS_KEY_ID"] == "test"
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert given["AWS_CONFIG_FILE"] == "/dev/null"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(given)


def test_a_stage_on_aws_has_no_environment_for_a_deployment() -> None:
    with pytest.raises(EndpointRefused):
        deployed("prod").environment({})


def test_physical_names_have_hyphens() -> None:
    assert local("http://localhost").name("tracking", "open_tasks") == "ates-dev-tracking-open-tasks"
    assert local("http://localhost").bus == "ates-dev"
