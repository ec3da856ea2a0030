"""Settings that differ between stages, from the context in cdk.json, and between AWS and the local emulator.

All local differences (every use of `stage.local` is one of them):
- the bus has no archive: `ops` creates it through the API (infra/events_stack.py);
- functions have no dependency layer, SnapStart version, alias and format of logs (infra/function.py);
- nothing is traced by X-Ray, whatever the stage says (`from_context`);
- the sender's identity is in the notification service's stack, without configuration set, MAIL FROM domain
  and SES's events (infra/app.py, infra/service_stack.py, infra/environment.py, infra/grants.py);
- Cognito mails by itself, with its own invitation; its refresh tokens aren't exchanged; signing in needs no
  second factor (infra/identity.py);
- no setting adds a firewall, a domain of the APIs, copies in another region, a canary or Cognito's newer
  login (below);
- the HTTP APIs have no access log and no alarms (infra/http_api.py);
- alarms tell nobody, and there are none of a whole service or stage, nor the dashboard of the business
  (infra/alarms.py, infra/events_stack.py);
- consumers run on two workers at a time, because they share one machine, and one gets larger batches, for
  which an emulator doesn't wait (infra/pacing.py);
- mails and calls of the user pool may be faster than AWS's limits, which it doesn't have (below);
- operators have no client of their own: the demo accounts sign in by command (infra/identity.py);
- the user pool is in the auth service's stack, references between stacks are strong, and the services'
  stacks have no order (infra/app.py);
- the rules of cdk-nag aren't loaded (infra/app.py);
- stacks are deployed with the caller's own rights instead of the CDK's roles, which have none where an
  emulator enforces IAM; they have no pinned environment and no termination protection, and no bucket is
  emptied (below);
- who sends to a work queue has a right for batches too, which is no action of AWS, and who sends mails may
  send them as anybody (infra/grants.py);
- queues and the bucket of backups accept plain HTTP (infra/queues.py, infra/recovery.py); so do the
  dashboards' bucket and CloudFront, and no header requires HTTPS (infra/web.py).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any
from zoneinfo import available_timezones

from aws_cdk import CliCredentialsStackSynthesizer, Environment, RemovalPolicy
from aws_cdk.aws_logs import RetentionDays
from constructs import Node

from infra.sharding import Sharding, sharding
from shared.journal import MAX_SHARDS, SHARDS
from shared.settings import FORMS
from shared.spec import MAIL, POOL_CALLS, Http, UseCase

Endpoints = Mapping[str, str]
DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
DEFAULT_WEB_PORT = "8080"
COMPUTED = frozenset({"name", "local", "web_origins", "endpoint"})
"""Fields of a stage that no setting gives."""
MAY_BE_ZERO = frozenset({"archive_days", "web_requests_per_5_minutes"})
"""Numbers whose 0 means no end, or no limit."""
LOCAL_RATES = {"mail_per_second": 500, "pool_calls_per_second": 500}


class BadSettings(Exception):
    """What cdk.json says of the stage can't be deployed; the text says why."""


class UnknownStage(BadSettings):
    """The context names a stage that cdk.json doesn't have."""


class UnknownSetting(BadSettings):
    """cdk.json has a setting that no stage has."""


class BadSetting(BadSettings):
    """A setting has a value that it can't have."""


class NoDomain(BadSettings):
    """A durable stage must name its dashboards' domain: the sign-in redirects browsers to it."""


class WrongJournal(BadSettings):
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
    """Whether X-Ray traces the routes; AWS samples one request a second and 5 % of the others."""
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
    """The form of rows that is still written while an update or rollback is possible: `2026-11-26`, that of
    this release, or `per_event`, that of the one before it. By default the newest."""
    endpoint: str = ""
    tables_at: Endpoints = field(default_factory=dict)
    """The endpoint of another DynamoDB, for each service whose tables are there."""
    web_domain: str = ""
    web_certificate: str = ""

    sender_identity: str = "own"
    """`existing`: SES has the sender's domain already, for another stage of the same account and region."""
    mail_from: str = ""
    """The domain to which other hosts return mails; `mail.` and the sender's domain by default."""
    mfa: str = ""
    """`required`, on durable stages by default: an authenticator app, too, is needed to sign in. Or `off`."""
    login_version: int = 1
    """2: Cognito's newer login pages."""
    api_domain: str = ""
    api_certificate: str = ""
    """In ACM, in the stage's own region."""
    web_requests_per_5_minutes: int = 0
    """From one address to the dashboards; 0: no limit. Needs `account` and `region`."""
    backup_copies: str = ""
    """The ARN of a vault of AWS Backup, in another region or account, for daily copies of all tables."""
    canary: bool = False
    """New code gets a tenth of the calls first."""
    alarm_email: str = ""
    """Who is told of alarms."""
    account: str = ""
    region: str = ""

    @property
    def of_stacks(self) -> dict[str, Any]:
        """What all stacks of the stage have: where they are deployed, and whether they can be deleted.

        Without an account and a region they go where the shell's credentials lead.
        """
        if self.local:
            return {"synthesizer": CliCredentialsStackSynthesizer()}
        pinned = Environment(account=self.account or None, region=self.region or None)
        return {"env": pinned, "termination_protection": self.durable}

    @property
    def needs_second_factor(self) -> bool:
        """An emulator has none."""
        return not self.local and (self.mfa or ("required" if self.durable else "off")) == "required"

    def traces(self, spec: UseCase) -> bool:
        """Only functions that somebody waits for: of the others, metrics show the delay until an event's
        entry, and a trace has nothing but the time of its one invocation."""
        return self.traced and isinstance(spec.trigger, Http)

    @property
    def has_api_domain(self) -> bool:
        return bool(self.api_domain) and not self.local

    @property
    def shifts_slowly(self) -> bool:
        return self.canary and not self.local

    @property
    def managed_login(self) -> bool:
        return not self.local and self.login_version == 2

    @property
    def removal(self) -> RemovalPolicy:
        """Of data, and whatever else has a fixed name: a durable stage keeps it.

        But not what a failed creation leaves behind: its name would block the next try.
        """
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.durable else RemovalPolicy.DESTROY

    @property
    def empties_buckets(self) -> bool:
        """When they are deleted, so that a disposable stage can be; an emulator can't."""
        return not (self.durable or self.local)

    def per_second(self, limit: str) -> int:
        """The rate of a limit that specs name."""
        return {MAIL: self.mail_per_second, POOL_CALLS: self.pool_calls_per_second}[limit]

    @property
    def sender_domain(self) -> str:
        return self.sender.rpartition("@")[2]

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
    _check_given(name, settings[name])
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    target = node.try_get_context("target") or ("local" if endpoint else "aws")
    local = target == "local"
    given = {
        "web_origins": _origins(name, settings[name], node.try_get_context("web_port"), local),
        "log_retention": RetentionDays[settings[name]["log_retention"]],
        "mail_from": settings[name].get("mail_from") or f"mail.{settings[name]['sender'].rpartition('@')[2]}",
        "traced": settings[name]["traced"] and not local,
        "journal_form": node.try_get_context("journal_form") or settings[name].get("journal_form", ""),
        "endpoint": endpoint or DEFAULT_ENDPOINT if local else "",
        "shards": sharding(settings[name].get("shards", {})),
        **(LOCAL_RATES if local else {}),
    }
    stage = Stage(name=name, local=local, **{**settings[name], **given})
    _check(stage)
    return stage


def _check_given(name: str, settings: Mapping[str, Any]) -> None:
    """That each setting is known, has a value of its kind, and that none is missing that has no default."""
    known = {each.name: each for each in fields(Stage) if each.name not in COMPUTED}
    for unknown in sorted(settings.keys() - known.keys()):
        raise UnknownSetting(f"stage {name} in cdk.json has an unknown setting {unknown!r}")
    _check_journal(name, settings)
    for setting, each in known.items():
        if setting in settings and not _is_of_its_kind(each, settings[setting]):
            raise BadSetting(f"stage {name} in cdk.json: {setting} can't be {settings[setting]!r}")
        if setting not in settings and each.default is MISSING and each.default_factory is MISSING:
            raise BadSetting(f"stage {name} in cdk.json has no {setting}")
    retention, zone = settings["log_retention"], settings["business_timezone"]
    if retention not in RetentionDays.__members__:
        raise BadSetting(f"stage {name} in cdk.json: log_retention can't be {retention!r}")
    if zone not in available_timezones():
        raise BadSetting(f"stage {name} in cdk.json: business_timezone can't be {zone!r}")


def _is_of_its_kind(setting: Field[Any], value: Any) -> bool:
    """What is neither switch nor number is written as a text."""
    if setting.type is int:
        return type(value) is int and value >= (0 if setting.name in MAY_BE_ZERO else 1)
    if setting.type is bool:
        return type(value) is bool
    return isinstance(value, dict if setting.type in (Sharding, Endpoints) else str)


def _check(stage: Stage) -> None:
    if stage.durable and not stage.local and not stage.alarm_email:
        raise BadSetting(f"stage {stage.name} in cdk.json has no alarm_email: nobody would learn of an alarm")
    for service, endpoint in stage.tables_at.items():
        if not re.fullmatch(r"https?://[\w.:-]+", str(endpoint)):
            raise BadSetting(f"stage {stage.name} in cdk.json: tables_at of {service} can't be {endpoint!r}")
    if bool(stage.api_domain) != bool(stage.api_certificate):
        raise BadSetting(f"stage {stage.name} in cdk.json: api_domain and api_certificate need each other")
    if stage.web_requests_per_5_minutes and not (stage.account and stage.region):
        raise BadSetting(
            f"stage {stage.name} in cdk.json: web_requests_per_5_minutes needs account and region,"
            " because CloudFront's rules are in us-east-1"
        )
    for setting, value, pattern in (
        ("account", stage.account, r"(\d{12})?"),
        ("sender", stage.sender, r"[^@\s]+@[\w-]+(\.[\w-]+)+"),
        ("sender_identity", stage.sender_identity, r"own|existing"),
        ("backup_copies", stage.backup_copies, r"(arn:aws:backup:[\w-]+:\d{12}:backup-vault:[\w-]+)?"),
        ("web_requests_per_5_minutes", str(stage.web_requests_per_5_minutes), r"0|[1-9]\d+"),
        ("mfa", stage.mfa, r"(required|off)?"),
        ("login_version", str(stage.login_version), r"[12]"),
        ("mail_from", stage.mail_from, rf"[\w.-]+\.{re.escape(stage.sender_domain)}"),
        ("region", stage.region, r"([a-z]{2}(-[a-z]+)+-\d)?"),
    ):
        if not re.fullmatch(pattern, value):
            raise BadSetting(f"stage {stage.name} in cdk.json: {setting} can't be {value!r}")


def _check_journal(name: str, settings: Mapping[str, Any]) -> None:
    shards, form = settings.get("journal_shards", SHARDS), settings.get("journal_form", "")
    if type(shards) is not int or not 1 <= shards <= MAX_SHARDS:
        raise WrongJournal(f"stage {name}: journal_shards is a number from 1 to {MAX_SHARDS}, not {shards!r}")
    if form not in ("", *FORMS):
        known = ", ".join(map(repr, FORMS))
        raise WrongJournal(f"stage {name}: journal_form is {known} or left out, not {form!r}")


def _origins(name: str, settings: Mapping[str, Any], port: str | None, local: bool) -> tuple[str, ...]:
    """The stage's domain, or, for a local or disposable stage, a port of this machine."""
    domain = settings.get("web_domain")
    if domain and not local:
        return (f"https://{domain}",)
    if settings["durable"] and not local:
        raise NoDomain(f"stage {name} has no web_domain in cdk.json")
    return tuple(f"http://{host}:{port or DEFAULT_WEB_PORT}" for host in ("localhost", "127.0.0.1"))
