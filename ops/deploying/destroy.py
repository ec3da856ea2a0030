"""`ates destroy`: deletes a disposable stage with all its data."""

import os

from ops.console.ask import confirmed
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, Stage, Yes
from ops.console.output import Output
from ops.console.words import counted
from ops.deploying import leftovers, refusals, settings, stage_file
from ops.deploying.assembly import Assembly
from ops.deploying.cdk import Cdk
from ops.stage import connection, stacks
from ops.stage.aws import Aws


class NotEmpty(CommandFailed):
    """Something of the stage is still there."""


def command(stage: Stage = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a disposable stage on AWS, with all its data."""
    if stage is None:
        raise BadInput("--stage is missing (`make clean` deletes the local AWS)")
    files, out, wanted = connection.installation_files(), Output(as_json), settings.read(stage)
    if wanted.durable:
        raise BadInput(f"stage {stage} is durable, and keeps its data; docs/aws.md says how to take it down")
    refusals.refuse_an_endpoint(os.environ.get("AWS_ENDPOINT_URL"))
    aws = connection.aws(stage)
    account, region = refusals.place(aws, wanted)
    out.step(f"stage {stage}: account {account}, {region}")
    cdk = Cdk(files, aws, out.working)
    out.step("synthesising the stacks")
    assembly = cdk.synthesise()
    found = existing(aws, assembly)
    if found:
        confirmed(f"Delete stage {stage} in account {account}, {region}, with all its data?", yes)
        out.step(f"deleting {counted(len(found), 'stack')}")
        cdk.destroy(assembly)
    left = existing(aws, assembly)
    if left:
        raise NotEmpty(f"these stacks are still there: {', '.join(left)} (log: {files.deploy_log})")
    swept = leftovers.sweep(aws)
    stage_file.remove(files, stage)
    remaining = leftovers.remaining(aws, account)
    if remaining:
        raise NotEmpty(f"still there, delete by hand what nobody needs: {', '.join(remaining)}")
    out.result({"deleted_stacks": found, "swept": swept}, f"nothing is left of stage {stage}")


def existing(aws: Aws, assembly: Assembly) -> list[str]:
    """Raises BadInput if one is protected: it was deployed as durable."""
    found = [stack for name in assembly.stacks() if (stack := stacks.find(aws, name))]
    for stack in found:
        if stack.protected:
            raise BadInput(f"{stack.name} has termination protection: it was deployed as durable")
    return [stack.name for stack in found]
