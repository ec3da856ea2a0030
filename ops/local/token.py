"""`ates token`: an access token for scripts, from a real sign-in."""

from ops.console.options import As, AsJson
from ops.console.output import Output
from ops.stage import connection, local_session
from ops.stage.api_client import http_client


def command(who: As, as_json: AsJson = False) -> None:
    """Sign in, and print the access token."""
    found = connection.local_aws()
    account = found.account(who)
    with http_client() as http:
        granted = local_session.access_token(http, found, account)
    data = {"access_token": granted.value, "expires_at": int(granted.expires_at), "email": account.email}
    Output(as_json).result(data, granted.value)
