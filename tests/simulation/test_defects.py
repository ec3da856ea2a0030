"""The simulation finds each planted defect."""

import re

import pytest

from infra.package import ROOT
from tests.simulation.defects import DEFECTS, seeds_needed
from tests.simulation.defects_of_journal import STANDSTILL
from tests.simulation.planting import Defect
from tests.simulation.run import simulate
from tests.simulation.table import PAGE

MOST_SEEDS = 150
LAST_TIME = {
    name: int(seed) for name, seed in re.findall(r"^\| (.+?) \| (\d+) \|", PAGE.read_text(), re.MULTILINE)
}
"""The seed that found each defect when the page was written."""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_found(defect: Defect) -> None:
    seeds, finding = seeds_needed(defect, MOST_SEEDS, LAST_TIME.get(defect.name, 1))
    assert finding, f"{defect.name}: not found by {seeds} seeds"
    assert not finding.startswith("unexpected error"), "a defect must break a rule, not raise an error"


def test_the_weather_of_a_defect_breaks_nothing_by_itself() -> None:
    with Defect("none", (STANDSTILL,)).planted():
        for seed in range(1, 11):
            assert simulate(seed).findings == ()


def test_there_are_at_least_15_defects_with_different_names() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 15


def test_the_defects_of_the_readme_exist() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    table = page.partition("| left out | then | defect |")[2].partition("\n\n")[0]
    named = {*re.findall(r"\| `([^`]+)` \|$", table, re.MULTILINE), *re.findall(r'--defect "([^"]+)"', page)}
    assert len(named) >= 10
    assert named <= {defect.name for defect in DEFECTS}
