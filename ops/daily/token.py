"""`ates token`: an access token for scripts, from a real sign-in."""

from typing import Annotated

import typer

from ops.console.errors import BadInput
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.stage import browser_sign_in, connection, local_session
from ops.stage.api_client import http_client
from ops.stage.sign_in import AccessToken

WhoLocally = Annotated[
    str | None,
    typer.Option("--as", metavar="ROLE_OR_EMAIL", help="The demo account to sign in as, on the local AWS."),
]


def command(who: WhoLocally = None, as_json: AsJson = False, stage: Stage = None) -> None:
    """Sign in, and print the access token; with --stage, in your browser."""
    out = Output(as_json)
    if stage is None:
        granted, email = _locally(who)
        _print(out, granted, {"email": email})
        return
    if who is not None:
        raise BadInput("--as is for the local AWS; with --stage your browser asks who you are")
    login = browser_sign_in.of_stage(connection.aws(stage))
    with http_client(through_proxy=True) as http:
        granted = browser_sign_in.access_token(http, login, out.step)
    _print(out, granted, {"stage": stage})


def _locally(who: str | None) -> tuple[AccessToken, str]:
    """With the e-mail address."""
    if who is None:
        raise BadInput("Missing option '--as'. (Or --stage, for a stage on AWS.)")
    found = connection.local_aws()
    account = found.account(who)
    with http_client() as http:
        return local_session.access_token(http, found, account), account.email


def _print(out: Output, granted: AccessToken, more: dict[str, str]) -> None:
    data = {"access_token": granted.value, "expires_at": int(granted.expires_at), **more}
    out.result(data, granted.value)
