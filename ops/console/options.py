"""Options that several commands have."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
As = Annotated[str, typer.Option("--as", metavar="ROLE_OR_EMAIL", help="The demo account to sign in as.")]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="STAGE", help="A stage deployed to AWS; default: the local AWS."),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=1,
        max=65535,
        metavar="PORT",
        envvar="PORT",
        help="The port of the local AWS; default: the last one used, or 4566.",
    ),
]
WebPort = Annotated[
    int | None,
    typer.Option(
        "--web-port",
        min=1,
        max=65535,
        metavar="PORT",
        envvar="WEB_PORT",
        help="The port of the dashboards; default: the last one used, or 8080.",
    ),
]
AllowRemote = Annotated[
    bool, typer.Option("--allow-remote", help="Use an AWS_ENDPOINT_URL that is not on this machine.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="RFC 3339, such as 2026-11-24T09:00Z, or a date.")
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Likewise; default: now.")]
