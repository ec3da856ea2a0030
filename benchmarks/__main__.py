"""Measures how fast and how cheap the product is: `make bench` for all, or single parts.

`python -m benchmarks capacity` measures one part, `documents` writes the pages' generated parts, and
`documents --check` fails if one is out of date. With `--beside REVISION` the same measurements also run on
that revision's sources. `cold-start --function auth.get_me --function …` measures these and keeps the others.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import bulk, capacity, cold_start, documents, first_hour, layer, load, reads, result, stage
from benchmarks.result import Result

Measure = Callable[[], Result]
SMALL_BULK = (20, 100)
SMALL_READS = (100, 1000)
SMALL_STARTS = ("tracking.create_task",)


def parts(
    small: bool,
    beside: str | None,
    shuffled: int = load.SHUFFLED,
    functions: Sequence[str] = (),
    to: Path | None = None,
) -> Mapping[str, Measure]:
    """By name, in the order in which they run; `small` ones only show that they work.

    Cold starts, which take long, are written to the file one by one.
    """
    sizes = load.SMALL if small else load.Sizes(shuffled=shuffled)
    few, many = SMALL_READS if small else (reads.FEW, reads.MANY)
    return {
        "capacity": capacity.measure,
        "reads": partial(reads.measure, few, many),
        "shuffle": partial(bulk.measure, SMALL_BULK if small else bulk.SIZES),
        "layer": layer.measure,
        "cold-start": partial(cold_start.measure, functions or (SMALL_STARTS if small else ()), to),
        "load": partial(load.measure, sizes, beside),
        "memory": partial(load.measure_memory, sizes),
        "first-hour": first_hour.measure,
    }


def without_revision(name: str) -> bool:
    """Whether a revision is not measured apart: `load` runs it in turns, the first hour is that of today."""
    return name in ("load", "first-hour")


def measure(name: str, run: Measure, beside: str | None) -> Result:
    here = run()
    if beside is None or without_revision(name):
        return here
    return with_reference(here, lines_of_revision(name, beside), beside)


def with_reference(here: Result, there: Mapping[str, str], revision: str) -> Result:
    """The same figures of a revision beside those that have no other reference."""
    lines = tuple(replace(line, beside=line.beside or there.get(line.figure, "")) for line in here.lines)
    return replace(here, lines=lines, settings={**here.settings, "beside": revision})


def lines_of_revision(name: str, revision: str) -> Mapping[str, str]:
    """These measurements on a revision's sources."""
    with stage.of_revision(revision) as folder, TemporaryDirectory() as place:
        shutil.copytree(Path(__file__).parent, folder / "benchmarks", dirs_exist_ok=True)
        to = Path(place, "results.json")
        command = [sys.executable, "-m", "benchmarks", name, "--to", str(to)]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found = json.loads(to.read_text(encoding="utf-8"))["parts"][name]["lines"]
        return {figure: value for figure, value, _ in found}


def show(found: Result, console: Console) -> None:
    table = Table("figure", "here", "reference", title=found.part)
    for line in found.lines:
        table.add_row(line.figure, line.value, line.beside)
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    names = list(parts(small=False, beside=None))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="PART", help=f"{', '.join(names)}, or documents")
    parser.add_argument("--beside", metavar="REVISION", help="measure this revision too")
    parser.add_argument("--small", action="store_true", help="small sizes; results.json stays as it is")
    parser.add_argument(
        "--shuffled", type=int, default=load.SHUFFLED, metavar="TASKS", help="open tasks that load shuffles"
    )
    parser.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="NAME",
        help="of cold-start: only this, such as auth.get_me",
    )
    parser.add_argument("--to", type=Path, default=result.RESULTS, help="the file of results")
    parser.add_argument("--check", action="store_true", help="with documents: write nothing")
    given = parser.parse_args(arguments)
    if given.what == ["documents"]:
        return _documents(given.check)
    if unknown := set(given.what) - set(names):
        parser.error(f"there is no part {min(unknown)}")
    if given.function and (unknown := cold_start.unmeasured(given.function)):
        parser.error(f"there is no function {min(unknown)} to measure")
    to = None if given.small else given.to
    if given.beside and not stage.is_known(given.beside):
        parser.error(f"there is no revision {given.beside}")
    known = parts(given.small, given.beside, given.shuffled, given.function, to)
    try:
        for name in given.what or names:
            _measure(name, known[name], given.beside, to)
    except stage.StageFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def _measure(name: str, run: Measure, beside: str | None, to: Path | None) -> None:
    console = Console()
    with console.status(f"measuring {name}"):
        found = measure(name, run, beside)
    show(found, console)
    if to is not None:
        result.save(found, to)


def _documents(check: bool) -> int:
    if not check:
        print(*documents.write(), sep="\n")
        return 0
    found = documents.out_of_date()
    for path in found:
        print(f"{path} is out of date: run python -m benchmarks documents", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
