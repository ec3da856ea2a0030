"""`ates web publish`: builds the dashboards and uploads them to a stage's CloudFront."""

from typing import Any
from urllib.parse import urlsplit

from rich.text import Text

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.local import dashboards
from ops.stage import connection, operation_log, stacks, stage_settings
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from shared.clock import system_clock


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Build the dashboards and upload them to a stage on AWS."""
    if stage is None:
        raise BadInput("--stage is missing (on the local AWS, `ates up` publishes the dashboards)")
    files, out, aws = connection.installation_files(), Output(as_json), connection.aws(stage)
    address, config = origin(aws), config_of(aws)
    current = dashboards.is_published(files, aws, config)
    if not current and not dry_run:
        publish(files, out, aws, config)
    done = "are up to date" if current else "would be published" if dry_run else "are published"
    data = {"address": address, "config": config, "published": not current and not dry_run}
    out.result(data, Text(f"the dashboards {done}: {address}"))


def publish(files: InstallationFiles, out: Output, aws: Aws, config: dict[str, Any]) -> None:
    """Keeps old files: an open tab of an earlier version may still ask for them."""
    files.create()
    with out.working("building and uploading"), operation_log.recorded(aws, "web publish", {}, system_clock):
        dashboards.publish(files, aws, config)


def config_of(aws: Aws) -> dict[str, Any]:
    """The dashboards' configuration, from the stage's stacks; raises NotUp without them."""
    region = aws.cognito.meta.region_name
    pool = stacks.output(aws, "auth", "UserPoolId")
    login = f"https://{stacks.output(aws, 'auth', 'PoolDomain')}.auth.{region}.amazoncognito.com"
    return {
        "stage": aws.target.stage,
        "business_timezone": stage_settings.business_timezone(aws.target.stage),
        "apis": {
            service: stacks.output(aws, service, "ApiUrl").rstrip("/")
            for service in ("auth", "tracking", "accounting", "analytics")
        },
        "sign_in": {
            "issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool}",
            "client_id": stacks.output(aws, "auth", "ClientId"),
            "authorize_url": f"{login}/oauth2/authorize",
            "token_url": f"{login}/oauth2/token",
            "logout_url": f"{login}/logout",
        },
    }


def origin(aws: Aws) -> str:
    """The address that serves the dashboards and that the sign-in redirects to.

    Raises CommandFailed if these differ, because nobody could sign in there.
    """
    described: Any = aws.cognito.describe_user_pool_client(
        UserPoolId=stacks.output(aws, "auth", "UserPoolId"), ClientId=stacks.output(aws, "auth", "ClientId")
    )["UserPoolClient"]
    found: Any = aws.distributions.get_distribution(Id=stacks.output(aws, stacks.WEB, "DistributionId"))
    own = found["Distribution"]["DomainName"]
    served = {own, *found["Distribution"]["DistributionConfig"].get("Aliases", {}).get("Items", ())}
    allowed = [urlsplit(url).netloc for url in described.get("CallbackURLs", ())]
    for host in allowed:
        if host in served:
            return f"https://{host}"
    there, sent = ", ".join(sorted(served)), ", ".join(allowed) or "no address"
    raise CommandFailed(
        f"the dashboards are served at {there}, but the sign-in redirects to {sent}: give the stage a"
        f" `web_domain` in cdk.json ({own}, or another with a `web_certificate`) and deploy it again"
    )
