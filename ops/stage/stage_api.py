"""The APIs of a stage for the command line: of the local AWS as a demo account, of another with a token."""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from ops.console.errors import BadInput, CommandFailed
from ops.stage import connection, local_session, stacks
from ops.stage.api_client import Api, Tokens, http_client
from ops.stage.sign_in import AccessToken

TOKEN = "ATES_TOKEN"  # noqa: S105, the name of the variable


class ApiRefused(CommandFailed):
    """The API answered with a problem; the message is its own."""


@contextmanager
def opened(service: str, who: str, stage: str | None) -> Iterator[Api]:
    """Raises BadInput on a stage on AWS without a token."""
    if stage is None:
        found = connection.local_aws()
        with http_client() as http:
            yield local_session.api(http, found, getattr(found.apis, service), found.account(who))
        return
    value = _token(stage)
    base_url = stacks.output(connection.aws(stage), service, "ApiUrl").rstrip("/")
    token = AccessToken(value, float("inf"))
    with http_client(through_proxy=True) as http:
        yield Api(http, base_url, Tokens(lambda: token))


def caller(who: str, stage: str | None) -> str:
    """The account_id of whoever calls the APIs; raises BadInput for what is no access token."""
    if stage is None:
        return connection.local_aws().account(who).account_id
    try:
        payload = _token(stage).split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["sub"])
    except (IndexError, KeyError, TypeError, ValueError):
        raise BadInput(f"{TOKEN} holds no access token") from None


def _token(stage: str) -> str:
    value = os.environ.get(TOKEN)
    if not value:
        raise BadInput(f"for stage {stage} sign in first: export {TOKEN}=$(ates token --stage {stage})")
    return value


def checked(answer: httpx.Response) -> Any:
    """The document of an answer; raises ApiRefused with what the API says, field by field."""
    if answer.is_success:
        return answer.json()
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    fields = "; ".join(
        f"{each.get('field')} {each.get('message')}" for each in problem.get("errors", ()) if "field" in each
    )
    said = problem.get("detail") or problem.get("title") or problem.get("message") or answer.reason_phrase
    raise ApiRefused(f"refused ({answer.status_code}): {fields or said}")
