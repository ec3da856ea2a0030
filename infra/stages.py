"""Settings that differ between stages, from the context in cdk.json, and between AWS and the local emulator.

All local differences (every use of `stage.local` is one of them):
- the bus has no archive: `ops` creates it through the API (infra/events_stack.py);
- functions have no dependency layer, SnapStart version and alias (infra/function.py);
- nothing is traced by X-Ray, whatever the stage says (`from_context`);
- the HTTP APIs have no access log (infra/http_api.py);
- consumers run on two workers at a time, because they share one machine (infra/pacing.py);
- mails and calls of the user pool may be faster than AWS's limits, which it doesn't have (below);
- the rules of cdk-nag aren't loaded (infra/app.py);
- the dashboards' bucket and CloudFront accept plain HTTP, and no header requires HTTPS (infra/web.py).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk.aws_logs import RetentionDays
from constructs import Node

from infra.sharding import Sharding, sharding
from shared.journal import MAX_SHARDS, SHARDS
from shared.settings import FIRST_FORM
from shared.spec import MAIL, POOL_CALLS

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
DEFAULT_WEB_PORT = "8080"
LOCAL_RATES = {"mail_per_second": 500, "pool_calls_per_second": 500}


class UnknownStage(Exception):
    """The context names a stage that cdk.json doesn't have."""


class NoDomain(Exception):
    """A durable stage must name its dashboards' domain: the sign-in redirects browsers to it."""


class WrongJournal(Exception):
    """The settings of a stage's journals have a value that the product doesn't know."""


@dataclass(frozen=True)
class Alias:
    """The dashboards' own domain, and the certificate for it."""

    domain: str
    certificate: str


@dataclass(frozen=True)
class Stage:
    """The settings of one stage; a `durable` one keeps its data even if the stack is deleted."""

    name: str
    local: bool
    durable: bool
    business_timezone: str
    web_origins: tuple[str, ...]
    """The dashboards' origins, which the APIs and the sign-in accept."""
    sender: str
    log_retention: RetentionDays
    archive_days: int
    traced: bool
    """Whether X-Ray traces the functions; AWS samples one request a second and 5 % of the others."""
    requests_per_second: int = 100
    """Of each HTTP API; AWS refuses more, after a burst of twice as many."""
    consumers_at_once: int = 50
    """Of each consumer that isn't paced; the rest of the account's Lambdas are for the HTTP APIs."""
    mail_per_second: int = 14
    """No more than SES allows."""
    pool_calls_per_second: int = 20
    """Less than Cognito allows, about 25 in the most limited category: the rest is for people."""
    shards: Sharding = field(default_factory=dict)
    journal_shards: int = SHARDS
    """Partitions of a journal's day, each for about 500 records a second; may be raised to 64, or lowered."""
    journal_form: str = ""
    """`per_event` for the release that reads both forms of records and still writes the first."""
    endpoint: str = ""
    web_domain: str = ""
    web_certificate: str = ""

    def per_second(self, limit: str) -> int:
        """The rate of a limit that specs name."""
        return {MAIL: self.mail_per_second, POOL_CALLS: self.pool_calls_per_second}[limit]

    @property
    def sender_domain(self) -> str:
        return self.sender.rsplit("@", 1)[1]

    @property
    def callback_urls(self) -> list[str]:
        """Where the hosted login may send a browser back to."""
        return [f"{origin}/callback" for origin in self.web_origins]

    @property
    def web_alias(self) -> Alias | None:
        """None without a certificate: the dashboards then have CloudFront's own domain."""
        return Alias(self.web_domain, self.web_certificate) if self.web_certificate else None


def from_context(node: Node) -> Stage:
    """The stage asked for by `-c stage=…` (default dev), local by `-c target=local` or AWS_ENDPOINT_URL."""
    name = node.try_get_context("stage") or "dev"
    settings: dict[str, Any] = node.get_context("stages")
    if name not in settings:
        raise UnknownStage(f"cdk.json has no stage {name!r}, only {', '.join(settings)}")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    target = node.try_get_context("target") or ("local" if endpoint else "aws")
    local = target == "local"
    _check_journal(name, settings[name])
    given = {
        "web_origins": _origins(name, settings[name], node.try_get_context("web_port"), local),
        "log_retention": RetentionDays[settings[name]["log_retention"]],
        "traced": settings[name]["traced"] and not local,
        "endpoint": endpoint or DEFAULT_ENDPOINT if local else "",
        "shards": sharding(settings[name].get("shards", {})),
        **(LOCAL_RATES if local else {}),
    }
    return Stage(name=name, local=local, **{**settings[name], **given})


def _check_journal(name: str, settings: Mapping[str, Any]) -> None:
    shards, form = settings.get("journal_shards", SHARDS), settings.get("journal_form", "")
    if type(shards) is not int or not 1 <= shards <= MAX_SHARDS:
        raise WrongJournal(f"stage {name}: journal_shards is a number from 1 to {MAX_SHARDS}, not {shards!r}")
    if form not in ("", FIRST_FORM):
        raise WrongJournal(f"stage {name}: journal_form is {FIRST_FORM!r} or left out, not {form!r}")


def _origins(name: str, settings: Mapping[str, Any], port: str | None, local: bool) -> tuple[str, ...]:
    """The stage's domain, or, for a local or disposable stage, a port of this machine."""
    domain = settings.get("web_domain")
    if domain and not local:
        return (f"https://{domain}",)
    if settings["durable"] and not local:
        raise NoDomain(f"stage {name} has no web_domain in cdk.json")
    return tuple(f"http://{host}:{port or DEFAULT_WEB_PORT}" for host in ("localhost", "127.0.0.1"))
