"""What cdk.json says of a stage, for commands that don't load the CDK."""

import json
from typing import Any

from infra.package import ROOT

CDK_JSON = ROOT / "cdk.json"


def is_durable(stage: str) -> bool:
    """Whether its tables have point-in-time recovery, deletion protection and a key of their own."""
    return bool(_of(stage).get("durable"))


def archive_days(stage: str) -> int:
    """For how long the archive keeps events; 0 is for good."""
    return int(_of(stage).get("archive_days", 0))


def business_timezone(stage: str) -> str:
    """The zone that its business days are of."""
    return str(_of(stage).get("business_timezone", "UTC"))


def sender(stage: str) -> str:
    """Whom its reports are from."""
    return str(_of(stage)["sender"])


def _of(stage: str) -> dict[str, Any]:
    """Nothing for a stage that cdk.json doesn't have."""
    stages: dict[str, dict[str, Any]] = json.loads(CDK_JSON.read_bytes())["context"]["stages"]
    return stages.get(stage, {})
