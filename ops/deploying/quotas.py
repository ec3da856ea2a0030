"""The account's quotas against the stage's size; docs/scale.md has the sizes."""

from collections.abc import Iterator
from contextlib import suppress

from botocore.exceptions import ClientError

from ops.deploying.findings import Finding, Weight
from ops.deploying.settings import Settings
from ops.stage.aws import Aws

PUT_EVENTS = ("events", "L-9B653E91")
USER_UPDATES = ("cognito-idp", "L-6621E65D")
REQUESTS_OF_A_LIFECYCLE, EVENTS_OF_A_LIFECYCLE = 2, 6
"""A task is created and completed; docs/scale.md counts the events."""
LAMBDAS = 1_000
"""What a stage of any size needs at least (docs/aws.md, quotas by size)."""
LEAST_LAMBDAS = 100
"""With fewer, consumers and the APIs take each other's, and people get errors."""
BUSY_CONSUMERS = 10
"""Consumers at work at the same time on a stage with much to do."""


def findings(aws: Aws, settings: Settings) -> Iterator[Finding]:
    yield _lambdas(aws, settings)
    entries = settings.requests_per_second * EVENTS_OF_A_LIFECYCLE // REQUESTS_OF_A_LIFECYCLE
    yield _rate(aws, "EventBridge's PutEvents", PUT_EVENTS, entries, "`requests_per_second`")
    calls = settings.pool_calls_per_second
    yield _rate(aws, "Cognito's user updates", USER_UPDATES, calls, "`pool_calls_per_second`")


def _lambdas(aws: Aws, settings: Settings) -> Finding:
    has = int(aws.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    needs = max(LAMBDAS, settings.consumers_at_once * BUSY_CONSUMERS)
    about = "Lambda's concurrency"
    if has >= needs:
        return Finding(about, Weight.FINE, f"{has}")
    found = f"{has} of the account, {needs} needed"
    if has < LEAST_LAMBDAS:
        found += "; people will get errors as soon as much is done at once"
    to_do = f"aws service-quotas request-service-quota-increase --service-code lambda \
--quota-code L-B99A9384 --desired-value {needs}"
    return Finding(about, Weight.WARNS, found, to_do)


def _rate(aws: Aws, about: str, quota: tuple[str, str], needs: int, setting: str) -> Finding:
    has = _quota(aws, *quota)
    if has is None:
        return Finding(about, Weight.WARNS, "quota not found", f"compare it with {needs} a second yourself")
    if has >= needs:
        return Finding(about, Weight.FINE, f"{has:g} a second, {needs} needed")
    service, code = quota
    to_do = (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code}"
        f" --desired-value {needs}, or lower {setting}"
    )
    return Finding(about, Weight.WARNS, f"{has:g} a second, {needs} needed", to_do)


def _quota(aws: Aws, service: str, code: str) -> float | None:
    """The account's own, else AWS's default; None if neither is told, or may be read."""
    with suppress(ClientError):
        return float(aws.quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
    with suppress(ClientError):
        found = aws.quotas.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)
        return float(found["Quota"]["Value"])
    return None
