"""`ates demo`: a week of life, for those who want to see something."""

from typing import Annotated

import typer

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson
from ops.console.output import Output
from ops.stage import connection
from ops.stage.target import LOCAL_STAGE

AgainOption = Annotated[
    bool, typer.Option("--again", help="Also where there are tasks already: another week on top of them.")
]
Stage = Annotated[str, typer.Option("--stage", help="The local AWS is dev; no other stage is filled.")]


def command(again: AgainOption = False, as_json: AsJson = False, stage: Stage = LOCAL_STAGE) -> None:
    """A week of life on the local AWS: people, tasks, payouts, reports."""
    if stage != LOCAL_STAGE:
        raise BadInput(f"the demo is for stage {LOCAL_STAGE}, the local AWS; nothing was done to {stage}")
    from ops.local.demo.fill import fill  # all use cases at once, which no other command needs

    if not fill(
        connection.installation_files(), connection.aws(None), connection.local_aws(), Output(as_json), again
    ):
        raise CommandFailed("the demo is there, but not everything adds up; `ates verify` says what")
