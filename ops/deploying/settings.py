"""What a deployment needs to know of a stage in cdk.json, without loading the CDK."""

import json
from dataclasses import dataclass, fields
from typing import Any

from ops.console.errors import BadInput
from ops.stage import stage_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """Some of the settings of `infra.stages.Stage`, with its defaults."""

    name: str
    durable: bool
    sender: str
    sender_identity: str = "own"
    mail_from: str = ""
    web_domain: str = ""
    api_domain: str = ""
    alarm_email: str = ""
    account: str = ""
    region: str = ""
    mfa: str = ""
    requests_per_second: int = 100
    consumers_at_once: int = 50
    mail_per_second: int = 14
    pool_calls_per_second: int = 20

    @property
    def sender_domain(self) -> str:
        return self.sender.rpartition("@")[2]


def read(stage: str) -> Settings:
    """Raises BadInput for a stage that cdk.json doesn't have, or without its most basic settings."""
    stages: dict[str, dict[str, Any]] = json.loads(stage_settings.CDK_JSON.read_bytes())["context"]["stages"]
    if stage not in stages:
        raise BadInput(f"cdk.json has no stage {stage!r}, only {', '.join(stages)}")
    known = {each.name for each in fields(Settings)}
    given = {name: value for name, value in stages[stage].items() if name in known}
    try:
        return Settings(name=stage, **given)
    except TypeError:
        raise BadInput(f"stage {stage} in cdk.json needs `durable` and `sender`") from None
