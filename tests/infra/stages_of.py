"""Stages with settings of a test's choice."""

import json
from typing import Any

from aws_cdk import App

from infra import stages
from infra.package import ROOT


def stage_of(settings: dict[str, Any], target: str = "aws", **context: str) -> stages.Stage:
    """A stage with the settings of dev (or of prod, if durable) and these changes."""
    known: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]["stages"]
    name = "prod" if settings.get("durable") else "dev"
    changed = {"stages": {name: known[name] | settings}, "stage": name, "target": target, **context}
    return stages.from_context(App(context=changed).node)
