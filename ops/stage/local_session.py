"""Signs in to the local AWS as a demo account, and calls its APIs."""

import time
from typing import Any

import httpx

from ops.console.errors import NotUp
from ops.console.wait import Timer
from ops.stage import sign_in
from ops.stage.api_client import Api, Tokens
from ops.stage.aws import Aws
from ops.stage.local_json import DemoAccount, LocalAws
from ops.stage.sign_in import AccessToken, Client
from ops.stage.target import local as local_target


def client_of(aws: Aws, found: LocalAws) -> Client:
    """The public client of the user pool, with the first address that it may redirect to."""
    described: Any = aws.cognito.describe_user_pool_client(
        UserPoolId=found.user_pool_id, ClientId=found.client_id
    )["UserPoolClient"]
    if not described.get("CallbackURLs"):
        raise NotUp(f"client {found.client_id} of the user pool has no callback address; run `make up`")
    return Client(
        found.oauth.authorize_url, found.oauth.token_url, found.client_id, described["CallbackURLs"][0]
    )


def access_token(http: httpx.Client, found: LocalAws, account: DemoAccount) -> AccessToken:
    client = client_of(Aws(local_target(found.endpoint, found.region)), found)
    return sign_in.sign_in(http, client, account.email, account.password)


def tokens(http: httpx.Client, found: LocalAws, account: DemoAccount) -> Tokens:
    return Tokens(lambda: access_token(http, found, account), time.time)


def api(http: httpx.Client, found: LocalAws, base_url: str, account: DemoAccount) -> Api:
    return Api(http, base_url, tokens(http, found, account), Timer())
