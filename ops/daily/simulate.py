"""`ates simulate`: the product under a seeded scheduler in which everything may fail (docs/simulation.md)."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson
from ops.console.output import Output

if TYPE_CHECKING:
    from tests.simulation.run import Outcome

CHUNK = 20
SHOWN_NOTES = 40
MAX_FAILING = 10
SUMS = ("steps", "effects", "events", "entries", "reports", "mails_again", "restores")

Seed = Annotated[
    int | None, typer.Option("--seed", metavar="NUMBER", min=0, help="Run one seed, reproducibly.")
]
Seeds = Annotated[
    int | None, typer.Option("--seeds", metavar="NUMBER", min=1, help="Run this many seeds, on all cores.")
]
First = Annotated[int, typer.Option("--first", metavar="NUMBER", min=0, help="With --seeds: the first seed.")]
StepCount = Annotated[int, typer.Option("--steps", metavar="NUMBER", min=1, help="Steps of each run.")]
Trace = Annotated[bool, typer.Option("--trace", help="With --seed: show every step.")]
Planted = Annotated[
    str | None, typer.Option("--defect", metavar="NAME", help="First plant this defect of the catalogue.")
]


def command(
    seed: Seed = None,
    seeds: Seeds = None,
    first: First = 1,
    steps: StepCount = 300,
    trace: Trace = False,
    defect: Planted = None,
    as_json: AsJson = False,
) -> None:
    """Simulate the real use cases with crashes, duplicates and losses; exit code 1 if a rule breaks."""
    if (seed is None) == (seeds is None):
        raise BadInput("give either --seed or --seeds")
    out = Output(as_json)
    if seed is not None:
        found = _run(seed, steps, defect)
        _show(out, found, trace)
        failing = [found] if found.findings else []
    else:
        failing = _many(out, range(first, first + (seeds or 0)), steps, defect)
    if failing:
        raise typer.Exit(CommandFailed.exit_code)


def _run(seed: int, steps: int, defect: str | None) -> "Outcome":
    """Raises BadInput for an unknown defect."""
    from tests.simulation.defects import planted
    from tests.simulation.run import simulate

    try:
        with planted(defect):
            return simulate(seed, steps)
    except KeyError as unknown:
        raise BadInput(f"there is no planted defect {unknown}") from None


def _chunk(seeds: range, steps: int, defect: str | None) -> "list[Outcome]":
    """Runs in its own process; leaves out the trace, which the seed reproduces."""
    return [replace(_run(seed, steps, defect), notes=()) for seed in seeds]


def _many(out: Output, seeds: range, steps: int, defect: str | None) -> "list[Outcome]":
    failing: list[Outcome] = []
    sums: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    with out.bar("simulating", len(seeds)) as bar:
        for outcome in _outcomes(seeds, steps, defect):
            bar.advance()
            sums.update({name: getattr(outcome, name) for name in SUMS}, runs=1)
            faults.update(outcome.faults)
            if outcome.findings:
                failing.append(outcome)
                out.step(f"seed {outcome.seed}: {outcome.findings[0]}")
            if len(failing) == MAX_FAILING:
                break
    found = [{"seed": each.seed, "findings": each.findings} for each in failing]
    again = f"; `ates simulate --seed {failing[0].seed}` shows how" if failing else ""
    counts = ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in sums.items())
    words = f"{len(failing)} of {sums['runs']:,} runs broke a rule{again}"
    out.result({"failing": found, "sums": dict(sums), "faults": dict(faults)}, words, counts)
    return failing


def _outcomes(seeds: range, steps: int, defect: str | None) -> "Iterator[Outcome]":
    """In order of completion; starts no further run when the caller stops asking."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(_chunk, chunk, steps, defect) for chunk in chunks]
        try:
            for future in as_completed(futures):
                yield from future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _show(out: Output, found: "Outcome", trace: bool) -> None:
    notes = found.notes if trace else found.notes[-SHOWN_NOTES:] if found.findings else ()
    document: dict[str, Any] = {**asdict(found), "notes": notes}
    counts = ", ".join(f"{name.replace('_', ' ')}: {getattr(found, name):,}" for name in SUMS)
    verdict = [f"broken: {finding}" for finding in found.findings] or ["every rule held"]
    lines = [*notes, *verdict, f"seed {found.seed}: {counts}; digest {found.digest}"]
    out.result(document, *map(Text, lines))
