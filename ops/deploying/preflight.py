"""What could make a deployment fail, or the stage be of little use, before anything is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from botocore.exceptions import ClientError

from infra import names
from ops.console.errors import ToolMissing
from ops.console.words import counted
from ops.deploying import quotas
from ops.deploying.assembly import Assembly, Named
from ops.deploying.findings import Finding, Weight
from ops.deploying.settings import Settings
from ops.local import deploy
from ops.stage import lambdas, stacks, stage_settings
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from shared.clients import error_code
from shared.settings import FORMS

BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
FIRST_BOOTSTRAP = 6
"""The oldest version of the bootstrap that the CDK's default synthesis accepts."""
MAX_NAMED = 5
NOTHING_THERE = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "CREATE_FAILED")
"""A failed creation: the CDK deletes it and begins again, or goes on from where it stopped."""
HALTED = "UPDATE_FAILED"
"""A creation that went on and failed again: it is not rolled back, and goes on."""


def of_the_machine(files: InstallationFiles, aws: Aws, account: str) -> Iterator[Finding]:
    """What the synthesis needs, and the account's bootstrap."""
    try:
        deploy.check_tools(files)
    except ToolMissing as missing:
        yield Finding("Node and the CDK", Weight.STOPS, str(missing), "run `make setup`")
    else:
        yield Finding("Node and the CDK", Weight.FINE, "are installed here")
    yield _bootstrap(aws, account)
    if stacks.has_firewall(aws.target):
        yield _bootstrap(aws.of_cloudfront, account)


def of_the_account(aws: Aws, settings: Settings) -> Iterator[Finding]:
    yield from quotas.findings(aws, settings)
    yield from _sender(aws, settings)


def of_the_stacks(aws: Aws, assembly: Assembly, account: str, durable: bool) -> Iterator[Finding]:
    """Stacks that can't be deployed over, and names that are taken."""
    for stack in assembly.stacks():
        found = stacks.find(aws, stack)
        if found is None or found.state in NOTHING_THERE:
            yield from _taken(aws, stack, [*assembly.named(stack, account)] if found is None else [])
        elif not (found.usable or found.state == HALTED):
            yield Finding(stack, Weight.STOPS, f"is {found.state}", _repair(stack, found.state))
        elif found.protected and not durable:
            to_do = "set `durable` again, or read docs/aws.md on taking a stage down"
            yield Finding(stack, Weight.STOPS, "was deployed as durable, which cdk.json isn't now", to_do)


def of_the_rows(aws: Aws) -> Iterator[Finding]:
    """Functions of the last release that would work beside new ones on rows whose form they don't know."""
    keeps_older_form = stage_settings.keeps_older_form(aws.target.stage)
    older = [] if keeps_older_form else lambdas.of_older_release(aws)
    if older:
        yield Finding(
            "the form of rows",
            Weight.STOPS,
            f"{counted(len(older), 'deployed function')} would damage rows of the newest form",
            f'deploy with "journal_form": "{FORMS[-1]}" in the stage\'s settings, then without',
        )


def _repair(stack: str, state: str) -> str:
    if state.endswith("IN_PROGRESS"):
        return "wait until CloudFormation is done with it"
    if state == "UPDATE_ROLLBACK_FAILED":
        return f"aws cloudformation continue-update-rollback --stack-name {stack}"
    return f"see its events, then aws cloudformation delete-stack --stack-name {stack}"


def _bootstrap(aws: Aws, account: str) -> Finding:
    region = aws.parameters.meta.region_name
    about, to_do = f"the CDK's bootstrap in {region}", f"npx cdk bootstrap aws://{account}/{region}"
    try:
        version = int(aws.parameters.get_parameter(Name=BOOTSTRAP_VERSION)["Parameter"]["Value"])
    except ClientError as refused:
        if error_code(refused) != "ParameterNotFound":
            raise
        return Finding(about, Weight.STOPS, "is missing", to_do)
    if version < FIRST_BOOTSTRAP:
        return Finding(about, Weight.STOPS, f"is of version {version}: too old", to_do)
    return Finding(about, Weight.FINE, f"is of version {version}")


def _sender(aws: Aws, settings: Settings) -> Iterator[Finding]:
    """The account's mail, and the sender's identity."""
    account = aws.senders.get_account()
    if not account.get("ProductionAccessEnabled"):
        yield Finding(
            "SES",
            Weight.WARNS,
            "is in its sandbox: it mails only to verified addresses",
            "ask for production access: SES's console, or aws sesv2 put-account-details",
        )
    if not account.get("SendingEnabled", True):
        yield Finding("SES", Weight.WARNS, "sends nothing: sending is paused", "see the SES console")
    rate = account.get("SendQuota", {}).get("MaxSendRate", 0)
    if rate < settings.mail_per_second:
        yield Finding(
            "SES's rate",
            Weight.WARNS,
            f"{rate:g} mails a second, less than `mail_per_second` {settings.mail_per_second}",
            "ask SES for more, or lower the setting",
        )
    else:
        yield Finding("SES's rate", Weight.FINE, f"{rate:g} mails a second")
    yield _identity(aws, settings)


def _identity(aws: Aws, settings: Settings) -> Finding:
    domain = settings.sender_domain
    about, is_own = f"sender {domain}", settings.sender_identity == "own"
    verified = is_verified(aws, domain)
    if verified is None:
        if is_own:
            return Finding(about, Weight.FINE, "SES doesn't know it yet; this deployment adds it")
        to_do = 'deploy the stage that owns it first, or set `sender_identity` to "own"'
        return Finding(about, Weight.STOPS, "SES doesn't know it, but `sender_identity` is existing", to_do)
    if is_own and stacks.find(aws, names.stack(settings.name, stacks.MAIL)) is None:
        to_do = 'set `sender_identity` to "existing", or delete it in SES if nobody uses it'
        return Finding(about, Weight.STOPS, "exists in SES already, and not by this stage", to_do)
    if not verified:
        weight = Weight.STOPS if settings.durable and not is_own else Weight.WARNS
        return Finding(about, weight, "is not verified", "add its DNS records (printed by this command)")
    return Finding(about, Weight.FINE, "is verified")


def is_verified(aws: Aws, domain: str) -> bool | None:
    """None if SES doesn't know the domain."""
    try:
        found = aws.senders.get_email_identity(EmailIdentity=domain)
    except ClientError as refused:
        if error_code(refused) != "NotFoundException":
            raise
        return None
    return bool(found.get("VerifiedForSendingStatus"))


def _taken(aws: Aws, stack: str, wanted: Sequence[Named]) -> Iterator[Finding]:
    """What an earlier stack of this name left, whose names block a new one."""
    found = [each.name for each in wanted if exists(aws, each)]
    if found:
        more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
        yield Finding(
            stack,
            Weight.STOPS,
            f"these exist already: {', '.join(found[:MAX_NAMED])}{more}",
            f"npx cdk import {stack}, or delete them if nobody needs their data",
        )


def exists(aws: Aws, wanted: Named) -> bool:
    """Whether this name is taken; raises KeyError for a kind of resource that it doesn't know."""
    try:
        return _LOOKS[wanted.kind](aws, wanted.name)
    except ClientError as refused:
        if error_code(refused) not in ("ResourceNotFoundException", "404", "NoSuchBucket"):
            raise
        return False


def _table(aws: Aws, name: str) -> bool:
    return bool(aws.dynamodb.describe_table(TableName=name))


def _bus(aws: Aws, name: str) -> bool:
    return bool(aws.events.describe_event_bus(Name=name))


def _archive(aws: Aws, name: str) -> bool:
    return bool(aws.events.describe_archive(ArchiveName=name))


def _bucket(aws: Aws, name: str) -> bool:
    return bool(aws.objects.head_bucket(Bucket=name))


def _log_group(aws: Aws, name: str) -> bool:
    found = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in found)


def _domain(aws: Aws, name: str) -> bool:
    """AWS answers an empty description for one that nobody has."""
    return bool(aws.cognito.describe_user_pool_domain(Domain=name)["DomainDescription"])


_LOOKS: Mapping[str, Callable[[Aws, str], bool]] = {
    "AWS::DynamoDB::GlobalTable": _table,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": _archive,
    "AWS::Events::EventBus": _bus,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::Cognito::UserPoolDomain": _domain,
}
"""By the kinds in `assembly.FIXED_NAMES`."""
