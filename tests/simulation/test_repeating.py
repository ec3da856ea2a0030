"""A seed gives the same run in every process, whatever Python's hash seed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run(hash_seed: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "ops", "simulate", "--json", *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return {"exit_code": done.returncode, **json.loads(done.stdout)}


def test_a_failure_is_repeated_exactly() -> None:
    defect = ("--seed", "1", "--defect", "payouts count as earnings")
    first, again, sound = run("1", *defect), run("2", *defect), run("3", "--seed", "1")
    assert first == again
    assert (first["exit_code"], sound["exit_code"]) == (1, 0)
    assert first["findings"][0].startswith("analytics on ")
    assert first["notes"]


def test_another_seed_gives_another_run() -> None:
    digests = {run("1", "--seed", str(seed), "--steps", "30")["digest"] for seed in (1, 2)}
    assert len(digests) == 2


def test_many_runs_name_the_failing_seeds() -> None:
    found = run("1", "--seeds", "3", "--first", "1", "--defect", "payouts count as earnings")
    assert found["exit_code"] == 1
    assert found["failing"][0]["seed"] == 1
    assert "analytics" in found["failing"][0]["findings"][0]
    assert found["sums"]["runs"] == 3
