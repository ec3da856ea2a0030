"""What is never deployed: names that lead nowhere, sources that nobody can find again, another account."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    NoRegionError,
    SSOError,
    TokenRetrievalError,
)

from ops.console.errors import BadInput
from ops.deploying.settings import Settings
from ops.stage.aws import Aws
from shared.clients import error_code

RESERVED = (".example", ".invalid", ".test", ".localhost")
"""Domains that nobody can own (RFC 2606)."""
RESERVED_NAMES = ("example.com", "example.net", "example.org")
DOMAINS = ("sender", "mail_from", "web_domain", "api_domain", "alarm_email")
MAX_NAMED = 3
SIGN_IN = "set AWS_PROFILE, or run `aws sso login`"
STALE = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
"""How AWS refuses whom it doesn't know, or no longer."""


def refuse_placeholders(settings: Settings) -> None:
    found = list(_placeholders(settings))
    if found:
        raise BadInput(
            f"stage {settings.name} in cdk.json still has names that lead nowhere: {', '.join(found)}"
        )


def refuse_an_endpoint(environment_endpoint: str | None) -> None:
    """An emulator gets other templates, and `make up` deploys them."""
    if environment_endpoint:
        raise BadInput(f"AWS_ENDPOINT_URL is set ({environment_endpoint}); unset it, or run `make up`")


def revision(project: Path) -> str:
    """The commit of the sources; raises BadInput if they differ from it."""
    commit = _git(project, "rev-parse", "HEAD").strip()
    changed = [line[3:] for line in _git(project, "status", "--porcelain").splitlines()]
    if changed:
        more = f" and {len(changed) - MAX_NAMED} more" if len(changed) > MAX_NAMED else ""
        raise BadInput(f"not committed: {', '.join(changed[:MAX_NAMED])}{more}; commit or remove it first")
    return commit


def place(aws: Aws, settings: Settings) -> tuple[str, str]:
    """The account and region that the shell's credentials lead to; raises BadInput if not the stage's."""
    try:
        region = str(aws.cloudformation.meta.region_name)
        account = str(aws.identity.get_caller_identity()["Account"])
    except NoRegionError:
        raise BadInput("no region is set: export AWS_REGION") from None
    except NoCredentialsError:
        raise BadInput(f"no credentials of AWS were found: {SIGN_IN}") from None
    except ClientError as refused:
        if error_code(refused) not in STALE:
            raise
        raise BadInput(f"the shell's credentials are expired, or not AWS's: {SIGN_IN}") from None
    except (TokenRetrievalError, SSOError):
        raise BadInput(f"the shell's credentials are expired: {SIGN_IN}") from None
    for what, is_, wanted in (
        ("account", account, settings.account),
        ("region", region, settings.region),
    ):
        if wanted and is_ != wanted:
            raise BadInput(f"stage {settings.name} is for {what} {wanted}, but the shell leads to {is_}")
    return account, region


def _placeholders(settings: Settings) -> Iterator[str]:
    for name in DOMAINS:
        value = str(getattr(settings, name))
        domain = value.rpartition("@")[2].lower().rstrip(".")
        is_below = any(domain == each or domain.endswith(f".{each}") for each in RESERVED_NAMES)
        if domain.endswith(RESERVED) or is_below:
            yield f"{name} {value}"


def _git(project: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *arguments], capture_output=True, text=True, check=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise BadInput(
            f"{project} is not a git checkout, so nobody could say later what was deployed"
        ) from None
    return done.stdout
