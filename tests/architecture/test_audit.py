"""What `make audit` says of the answers that it gets, by tools that play the real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.package import ROOT

CLEAN = {"name": "jinja2", "version": "3", "vulns": []}
HOLED = {"name": "six", "version": "1", "vulns": [{"id": "CVE-1"}]}
SKIPPED = {"name": "botocore", "skip_reason": "not found on PyPI"}
NONE_OF_NODE: Any = {"vulnerabilities": {}}


def audited(folder: Path, python: Any, node: Any = NONE_OF_NODE) -> "subprocess.CompletedProcess[str]":
    for tool, answer in (("pip-audit", python), ("npm", node)):
        (folder / f"{tool}.json").write_text(answer if isinstance(answer, str) else json.dumps(answer))
        (folder / tool).write_text(f"#!/bin/sh\ncat '{folder}/{tool}.json'\n")
        (folder / tool).chmod(0o755)
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [ROOT / ".ci/audit"], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


def test_without_holes_it_says_so(tmp_path: Path) -> None:
    done = audited(tmp_path, {"dependencies": [CLEAN]})
    assert done.returncode == 0
    assert done.stdout.count("no known holes") == 4


def test_a_hole_of_python_fails(tmp_path: Path) -> None:
    done = audited(tmp_path, {"dependencies": [CLEAN, HOLED]})
    assert done.returncode == 1
    assert "audit: requirements.txt: known holes" in done.stdout
    assert "CVE-1" in done.stdout


def test_a_hole_of_node_fails(tmp_path: Path) -> None:
    done = audited(tmp_path, {"dependencies": [CLEAN]}, {"vulnerabilities": {"vite": {"severity": "low"}}})
    assert done.returncode == 1
    assert "audit: package-lock.json: known holes" in done.stdout


def test_packages_that_were_not_compared_are_named(tmp_path: Path) -> None:
    done = audited(tmp_path, {"dependencies": [CLEAN, SKIPPED]})
    assert done.returncode == 0
    assert "audit: requirements.txt: not compared: botocore" in done.stdout


@pytest.mark.parametrize(
    "answer", [{"dependencies": [SKIPPED]}, "", "no connection", {"error": {"code": "E405"}}]
)
def test_a_registry_that_does_not_answer_is_no_clean_result(tmp_path: Path, answer: Any) -> None:
    done = audited(tmp_path, answer, answer if answer != {"dependencies": [SKIPPED]} else {"message": "405"})
    assert done.returncode == 0
    assert "no known holes" not in done.stdout
    assert done.stdout.count("no registry answers, nothing was compared") == 4
