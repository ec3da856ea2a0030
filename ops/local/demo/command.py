"""`ates demo`: fills the local AWS with a week of data."""

from typing import Annotated

import typer

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson
from ops.console.output import Output
from ops.stage import connection
from ops.stage.target import LOCAL_STAGE

AgainOption = Annotated[
    bool, typer.Option("--again", help="Add another week even if there are tasks already.")
]
Stage = Annotated[
    str, typer.Option("--stage", metavar="STAGE", help="Only dev, the local AWS, can be filled.")
]


def command(again: AgainOption = False, as_json: AsJson = False, stage: Stage = LOCAL_STAGE) -> None:
    """Fill the local AWS with a week of people, tasks, payouts and reports."""
    if stage != LOCAL_STAGE:
        raise BadInput(f"the demo works only on stage {LOCAL_STAGE}, the local AWS; {stage} was not changed")
    from ops.local.demo.fill import fill  # all use cases at once, which no other command needs

    if not fill(
        connection.installation_files(), connection.aws(None), connection.local_aws(), Output(as_json), again
    ):
        raise CommandFailed("the demo is complete, but not everything adds up; see `ates verify`")
