"""The browser for the dashboards' stories, if there is one."""

import os
import subprocess

import pytest

from infra.package import ROOT

BROWSER = ROOT / ".ci" / "browser"


def browser() -> str:
    """Its path. A named browser must exist; without a name and a browser the stories are skipped."""
    found = subprocess.run([BROWSER], capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    missing = found.stderr.strip()
    return pytest.fail(missing) if os.environ.get("ATES_BROWSER") else pytest.skip(missing)
