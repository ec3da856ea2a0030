"""`ates env` and `ates aws`: the local AWS for the AWS CLI, boto3 and other tools."""

import os
import shlex
import shutil
import subprocess
from typing import Annotated

import typer

from ops.console.errors import ToolMissing
from ops.console.options import AsJson
from ops.console.output import Output
from ops.stage import connection, target

# What would send a tool elsewhere.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")

Arguments = Annotated[
    list[str] | None, typer.Argument(metavar="ARGUMENT", help="Such as dynamodb list-tables.")
]


def env_command(as_json: AsJson = False) -> None:
    """Print what AWS tools need in their environment: eval "$(ates env)"."""
    found = connection.local_aws()
    values = {
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_REGION": found.region,
        "AWS_DEFAULT_REGION": found.region,
        **target.DUMMY_CREDENTIALS,
        **target.for_this_machine(os.environ),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    Output(as_json).result(values, "\n".join([f"unset {' '.join(UNSET)}", *lines]))


def aws_command(arguments: Arguments = None) -> None:
    """Run the AWS CLI against the local AWS."""
    aws = connection.aws(None)
    program = shutil.which("aws")
    if program is None:
        raise ToolMissing('the AWS CLI is not installed; for other tools: eval "$(ates env)"')
    environment = aws.target.environment(os.environ) | target.for_this_machine(os.environ)
    done = subprocess.run([program, *(arguments or ())], env=environment, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
