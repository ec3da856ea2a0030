"""The figures in docs/simulation.md: three hundred runs, and the seed that found each planted defect."""

import time
from collections import Counter
from pathlib import Path

from tests.simulation.defects import DEFECTS, seeds_needed
from tests.simulation.run import STEPS, simulate
from tests.system.failures.table import machine, with_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulation.md"
SEEDS = 300
MOST_SEEDS = 400
SUMS = ("effects", "events", "entries", "reports", "mails_again", "restores")
MAX_FINDING = 110


def main() -> None:
    PAGE.write_text(with_table(PAGE.read_text(), f"{runs()}\n{catalogue()}"))
    print(f"the figures are in {PAGE.name}")


def runs() -> str:
    """What happened in as many runs as `make test` has, and how long they took."""
    sums: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    begin = time.process_time()
    for seed in range(1, SEEDS + 1):
        outcome = simulate(seed)
        sums.update({name: getattr(outcome, name) for name in SUMS}, broken=bool(outcome.findings))
        faults.update(outcome.faults)
    seconds = time.process_time() - begin
    happened = ", ".join(f"{name.replace('_', ' ')} {sums[name]:,}" for name in SUMS)
    struck = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in faults.most_common())
    return (
        f"{SEEDS} seeds of {STEPS} steps, {seconds:.0f} s of one core on {machine()}: "
        f"{sums['broken']} broke a rule. What happened: {happened}. What went wrong: {struck}.\n"
    )


def catalogue() -> str:
    """The planted defects, each with the first broken rule."""
    lines = ["| planted defect | found by seed | first seen as |", "|---|---:|---|"]
    for defect in DEFECTS:
        seeds, finding = seeds_needed(defect, MOST_SEEDS)
        words = " ".join((finding or "not found").replace("|", "/").split())
        shown = words if len(words) <= MAX_FINDING else f"{words[:MAX_FINDING]}…"
        lines.append(f"| {defect.name} | {seeds if finding else '–'} | `{shown}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
