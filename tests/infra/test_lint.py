"""cfn-lint finds no fault in the synthesised templates.

Not W3005: the CDK names some dependencies twice, which changes nothing.
"""

import subprocess
import sys
from pathlib import Path

import pytest

IGNORED = ("W3005",)
REGIONS = ("us-east-1",)
LINTED_SECONDS = 500


@pytest.mark.parametrize("assembly", ["prod_assembly", pytest.param("dev_assembly", marks=pytest.mark.night)])
def test_cfn_lint_finds_nothing(assembly: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(assembly)
    templates = sorted(map(str, folder.glob("*.template.json")))
    assert len(templates) > 8
    done = linted(templates)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    template = tmp_path / "queue.template.json"
    template.write_text(
        '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueNam": "x"}}}}'
    )
    done = linted([str(template)])
    assert done.returncode
    assert "QueueNam" in done.stdout


def linted(templates: list[str]) -> "subprocess.CompletedProcess[str]":
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        "--regions",
        *REGIONS,
        "--ignore-checks",
        *IGNORED,
    ]
    return subprocess.run(
        [*command, "--", *templates], capture_output=True, text=True, check=False, timeout=LINTED_SECONDS
    )
