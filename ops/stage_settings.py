"""What cdk.json says of a stage, for commands that don't load the CDK."""

import json
from pathlib import Path
from typing import Any

CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"


def is_durable(stage: str) -> bool:
    """Whether its tables have point-in-time recovery, deletion protection and a key of their own."""
    stages: dict[str, Any] = json.loads(CDK_JSON.read_bytes())["context"]["stages"]
    return bool(stages.get(stage, {}).get("durable"))
