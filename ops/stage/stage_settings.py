"""The settings of a stage in cdk.json, for commands that don't load the CDK."""

import json
from typing import Any

from infra.package import ROOT
from ops.console.errors import BadInput

CDK_JSON = ROOT / "cdk.json"


def is_durable(stage: str) -> bool:
    """Whether its tables have point-in-time recovery, deletion protection and their own key."""
    return bool(_of(stage).get("durable"))


def archive_days(stage: str) -> int:
    """How long the archive keeps events; 0 means for ever."""
    return int(_of(stage).get("archive_days", 0))


def business_timezone(stage: str) -> str:
    """The time zone of its business days."""
    return str(_of(stage).get("business_timezone", "UTC"))


def keeps_older_form(stage: str) -> bool:
    """Whether it still writes rows, and has indexes, that the release before reads."""
    return bool(_of(stage).get("journal_form"))


def limits_dashboards(stage: str) -> bool:
    """Whether a firewall limits how often an address may ask its dashboards."""
    return bool(_of(stage).get("web_requests_per_5_minutes"))


def sender(stage: str) -> str:
    """The sender address of its reports."""
    return str(_of(stage)["sender"])


def tables_at(stage: str) -> dict[str, str]:
    """The endpoint of each service whose tables are on another DynamoDB."""
    return dict(_of(stage).get("tables_at", {}))


def place(stage: str) -> tuple[str, str]:
    """Its account and region; empty if they are not set. Raises BadInput for an unknown stage."""
    settings = _of(stage)
    if not settings:
        raise BadInput(f"cdk.json has no stage {stage!r}")
    return str(settings.get("account", "")), str(settings.get("region", ""))


def _of(stage: str) -> dict[str, Any]:
    """Empty for a stage that cdk.json does not have."""
    stages: dict[str, dict[str, Any]] = json.loads(CDK_JSON.read_bytes())["context"]["stages"]
    return stages.get(stage, {})
