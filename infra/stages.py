"""What differs between stages, read from the context in cdk.json, and between AWS and a local emulator.

Local differences (the whole list; whoever asks `stage.local` is one of them):
- the bus has no archive: `ops` creates it through the API (infra/events_stack.py);
- functions have no dependency layer, X-Ray tracing, SnapStart version and alias (infra/function.py);
- the HTTP APIs have no access log (infra/http_api.py);
- consumers run on two workers at a time, since they share one machine (infra/triggers.py);
- the rules of cdk-nag aren't loaded (infra/app.py).
"""

import os
from dataclasses import dataclass
from typing import Any

from aws_cdk.aws_logs import RetentionDays
from constructs import Node


class UnknownStage(Exception):
    """The context names a stage that cdk.json doesn't have."""


@dataclass(frozen=True)
class Stage:
    """The settings of one stage; `durable` ones keep their data, whatever happens to the stack."""

    name: str
    local: bool
    durable: bool
    business_timezone: str
    web_origins: tuple[str, ...]
    sender: str
    log_retention: RetentionDays
    archive_days: int

    @property
    def sender_domain(self) -> str:
        return self.sender.rsplit("@", 1)[1]

    @property
    def callback_urls(self) -> list[str]:
        """Where the hosted login may send a browser back to."""
        return [f"{origin}/callback" for origin in self.web_origins]


def from_context(node: Node) -> Stage:
    """The stage asked for by `-c stage=…` (default dev), local by `-c target=local` or AWS_ENDPOINT_URL."""
    name = node.try_get_context("stage") or "dev"
    settings: dict[str, Any] = node.get_context("stages")
    if name not in settings:
        raise UnknownStage(f"cdk.json has no stage {name!r}, only {', '.join(settings)}")
    target = node.try_get_context("target") or ("local" if os.environ.get("AWS_ENDPOINT_URL") else "aws")
    return _stage(name, target == "local", settings[name])


def _stage(name: str, local: bool, settings: dict[str, Any]) -> Stage:
    typed = {
        "web_origins": tuple(settings["web_origins"]),
        "log_retention": RetentionDays[settings["log_retention"]],
    }
    return Stage(name=name, local=local, **{**settings, **typed})
