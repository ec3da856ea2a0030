"""`ates open`: the dashboards, in a browser."""

import webbrowser

from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.stage import connection, stacks


def command(as_json: AsJson = False, stage: Stage = None) -> None:
    """Open the dashboards in a browser; where there is none, show their address."""
    if stage is None:
        address = connection.local_aws().web
    else:
        address = f"https://{stacks.output(connection.aws(stage), stacks.WEB, 'WebDomain')}"
    Output(as_json).result({"address": address}, address)
    webbrowser.open(address)
