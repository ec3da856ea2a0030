"""`ates deploy`: checks, shows, asks, and deploys a stage to AWS; repeated, it goes on."""

import os
from typing import Annotated

import typer

from ops.console.ask import confirmed
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage, Yes
from ops.console.output import Output
from ops.console.wait import Timer
from ops.console.words import counted
from ops.deploying import plan as planning
from ops.deploying import refusals, settings
from ops.deploying.carry_out import Deployment
from ops.deploying.cdk import Cdk
from ops.deploying.first_admin import Wanted
from ops.deploying.plan import Place, Plan
from ops.stage import connection
from shared.clock import system_clock

Admin = Annotated[
    str | None,
    typer.Option("--admin", metavar="EMAIL", help="Who becomes the first admin, if there is none."),
]
AdminName = Annotated[str, typer.Option("--admin-name", metavar="NAME", help="Their name.")]
ShowPassword = Annotated[
    bool, typer.Option("--show-password", help="Show the first admin's password here, and mail nothing.")
]


class WouldLoseData(CommandFailed):
    """Nobody agreed to it on a terminal."""


def command(
    stage: Stage = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    admin: Admin = None,
    admin_name: AdminName = "",
    show_password: ShowPassword = False,
    as_json: AsJson = False,
) -> None:
    """Deploy a stage to AWS, or go on with a deployment that was interrupted."""
    if stage is None:
        raise BadInput("--stage is missing (`make up` deploys to the local AWS)")
    if as_json and show_password:
        raise BadInput("--show-password shows it to people: leave out --json, or have it mailed")
    files, out, wanted = connection.installation_files(), Output(as_json), settings.read(stage)
    refusals.refuse_an_endpoint(os.environ.get("AWS_ENDPOINT_URL"))
    refusals.refuse_placeholders(wanted)
    first = _first_admin(admin, admin_name, show_password)
    revision = refusals.revision(files.project)
    aws = connection.aws(stage)
    place = Place(*refusals.place(aws, wanted), revision)
    cdk = Cdk(files, aws, out.working)
    out.step(f"stage {stage}: account {place.account}, {place.region}, sources {revision[:12]}")
    plan = planning.found(files, out, aws, wanted, cdk, place)
    if dry_run:
        out.result(_json(plan), _summary(plan))
        return
    _ask(stage, place, plan, yes)
    deployment = Deployment(files, out, aws, wanted, cdk, place, system_clock, Timer())
    out.result(deployment.carry_out(plan, first), f"stage {stage} is deployed")


def _first_admin(email: str | None, name: str, shown: bool) -> Wanted | None:
    if email is None:
        return None
    if "@" not in email:
        raise BadInput(f"--admin takes an e-mail address, not {email!r}")
    return Wanted(email, name or email.partition("@")[0], shown)


def _ask(stage: str, place: Place, plan: Plan, yes: bool) -> None:
    """`--yes` is no answer to the loss of data; raises WouldLoseData if nobody can be asked."""
    question = f"Deploy {stage} to account {place.account} in {place.region}?"
    if not plan.lost:
        confirmed(question, yes)
        return
    named = ", ".join(f"{each.name} ({each.said})" for each in plan.lost)
    try:
        confirmed(f"This loses what these hold: {named}. {question}", yes=False)
    except typer.Abort:
        raise WouldLoseData(
            f"nothing was done: it loses what these hold, and --yes doesn't agree to that: {named}"
        ) from None


def _json(plan: Plan) -> dict[str, object]:
    return {
        "new_stacks": list(plan.new),
        "changes": [
            {
                "stack": each.stack,
                "how": each.how,
                "old_one_stays": each.stays,
                "type": each.kind,
                "name": each.name,
                "loses_data": each.loses_data,
            }
            for each in plan.changes
        ],
    }


def _summary(plan: Plan) -> str:
    if plan.is_empty:
        return "nothing would change"
    lost = f"; {counted(len(plan.lost), 'resource')} with data would be lost" if plan.lost else ""
    return (
        f"would deploy {counted(len(plan.new), 'new stack')} and {counted(len(plan.changes), 'change')}{lost}"
    )
