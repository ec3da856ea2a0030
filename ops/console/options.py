"""What the commands take alike, and which AWS they then talk to."""

import os
from typing import Annotated

import typer

from ops.stage import local_json, target
from ops.stage.aws import Aws
from ops.stage.installation import Home

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
As = Annotated[str, typer.Option("--as", metavar="ROLE_OR_EMAIL", help="The demo account to sign in as.")]
Stage = Annotated[
    str | None, typer.Option("--stage", help="A stage deployed to AWS, instead of the local AWS.")
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Where MiniStack listens.")]
WebPort = Annotated[
    int | None,
    typer.Option("--web-port", min=1, max=65535, help="Where the dashboards are: 8080, or as before."),
]
AllowRemote = Annotated[
    bool, typer.Option("--allow-remote", help="Use an AWS_ENDPOINT_URL that is not on this machine.")
]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Requests at once.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="RFC 3339, such as 2026-11-24T09:00Z, or a date.")
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Likewise; now if it is left out.")]


def home() -> Home:
    return Home.of(os.environ)


def installed() -> local_json.Local:
    return local_json.load(home().local_json)


def aws(stage: str | None) -> Aws:
    """The stage in AWS that was named, or the local AWS."""
    if stage is not None:
        return Aws(target.deployed(stage))
    found = installed()
    return Aws(target.local(found.endpoint, found.region))
