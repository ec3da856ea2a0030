"""Runs of three hundred steps: every rule holds, whatever goes wrong; more runs at night."""

from collections import Counter
from dataclasses import fields

import pytest

from tests.simulation.run import STEPS, simulate
from tests.simulation.weather import Weather

BLOCKS, BLOCKS_BY_DAY, SEEDS_PER_BLOCK = 12, 3, 25


@pytest.mark.parametrize(
    "block",
    [
        *range(BLOCKS_BY_DAY),
        *(pytest.param(block, marks=pytest.mark.night) for block in range(BLOCKS_BY_DAY, BLOCKS)),
    ],
)
def test_every_rule_holds(block: int) -> None:
    seeds = range(1 + block * SEEDS_PER_BLOCK, 1 + (block + 1) * SEEDS_PER_BLOCK)
    faults: Counter[str] = Counter()
    for seed in seeds:
        outcome = simulate(seed)
        assert outcome.findings == (), f"`ates simulate --seed {seed}` reproduces it: {outcome.findings}"
        assert outcome.steps == STEPS
        assert outcome.entries
        faults.update(outcome.faults)
    never = {each.name for each in fields(Weather)} - set(faults)
    assert not never, f"these never happened: {never}"
