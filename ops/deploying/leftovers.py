"""What is left of a stage when its stacks are gone."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from infra import names
from ops.deploying.assembly import Named
from ops.deploying.preflight import exists
from ops.stage import stacks
from ops.stage.aws import Aws
from shared.clients import error_code


def sweep(aws: Aws) -> list[str]:
    """Deletes what was made beside the stacks: parameters, and logs of the CDK's own functions."""
    return [*_parameters(aws), *_logs(aws)]


def remaining(aws: Aws, account: str) -> list[str]:
    """What is still there, which only somebody who looks at it may delete."""
    stage = aws.target.stage
    found = list(_tables(aws))
    for kind, name in (
        ("AWS::Events::EventBus", aws.target.bus),
        ("AWS::Events::Archive", aws.target.bus),
        ("AWS::S3::Bucket", names.backups(stage, account)),
        ("AWS::Cognito::UserPoolDomain", f"{names.bus(stage)}-{account}"),
    ):
        if exists(aws, Named(kind, name)):
            found.append(f"{kind.rpartition('::')[2]} {name}")
    return [*found, *_queues(aws)]


def _parameters(aws: Aws) -> Iterator[str]:
    """The mark of the published dashboards, and how something was before a command that was killed."""
    path = f"/ates/{aws.target.stage}/"
    pages = aws.parameters.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
    for name in [each["Name"] for page in pages for each in page["Parameters"]]:
        aws.parameters.delete_parameter(Name=name)
        yield f"parameter {name}"


def _logs(aws: Aws) -> Iterator[str]:
    """Lambda makes a group again when a function still writes after its group was deleted."""
    parts = (*stacks.SERVICES, stacks.EVENTS, stacks.WEB, stacks.MAIL, stacks.IDENTITY)
    prefixes = (
        *(f"/aws/lambda/{aws.target.prefix}{service}-" for service in stacks.SERVICES),
        *(f"/aws/lambda/{names.stack(aws.target.stage, part)}-" for part in parts),
    )
    for prefix in prefixes:
        pages = aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        for group in [each["logGroupName"] for page in pages for each in page["logGroups"]]:
            _delete_group(aws, group)
            yield f"log group {group}"


def _delete_group(aws: Aws, group: str) -> None:
    try:
        aws.logs.delete_log_group(logGroupName=group)
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise


def _tables(aws: Aws) -> Iterator[str]:
    ours = (aws.target.operations, *(aws.target.name(service, "") for service in stacks.SERVICES))
    for page in aws.dynamodb.get_paginator("list_tables").paginate():
        yield from (f"table {name}" for name in page["TableNames"] if name.startswith(ours))


def _queues(aws: Aws) -> Iterator[str]:
    for service in stacks.SERVICES:
        pages = aws.queues.get_paginator("list_queues").paginate(QueueNamePrefix=aws.target.name(service, ""))
        yield from (f"queue {url.rpartition('/')[2]}" for page in pages for url in page.get("QueueUrls", ()))
