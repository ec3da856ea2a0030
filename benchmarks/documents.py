"""The generated parts of pages: figures in performance.md and the README, each service's table of costs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import first_hour, result, scale
from benchmarks.costs import UNMEASURED, all_measured
from benchmarks.costs.budgets import BUDGETS
from benchmarks.costs.case import Measured
from infra.documents.__main__ import ROOT, differing, with_part

PERFORMANCE = Path("docs/performance.md")
SCALE = Path("docs/scale.md")
README = Path("README.md")
SCENARIOS = Path("docs/failures.md")
FIGURES = ("<!-- figures: begin -->\n", "<!-- figures: end -->\n")
COSTS = ("<!-- costs: begin -->\n", "<!-- costs: end -->\n")
CHOSEN: Sequence[tuple[str, str, str]] = (
    ("first-hour", first_hour.WHOLE, "from a clone to the first charged task, after the downloads"),
    ("load", "create to charged, one client, p50", "from a new task to its booked fee, half of them"),
    ("load", "lifecycles per second, booked", "tasks created, charged, completed and rewarded per second"),
    (
        "capacity",
        "US dollars per million lifecycles, without mail",
        "AWS's list price of a million of them, in dollars, without mail",
    ),
    (
        "cold-start",
        "tracking.create_task",
        "instructions of a cold start of `create_task`, and their ratio to a tutorial's",
    ),
    ("layer", "layer, zipped", "the libraries of a function, zipped"),
)
"""What the README shows: a part's line, and how a reader who knows no part calls it."""
SCENARIOS_FOUND = re.compile(
    r"^(\d+) scenarios on .*; injected (\d+), .*lost (\d+), doubled (\d+),", re.MULTILINE
)
COSTS_HEAD = (
    "| use case | case | calls | read units | write units | because |\n|---|---|---:|---:|---:|---|\n"
)


def documents(root: Path = ROOT) -> Mapping[Path, str]:
    """By path, each page with its generated part."""
    return {
        **dict(_costs(all_measured(), root)),
        PERFORMANCE: performance(result.load(), root),
        SCALE: scaled(root),
        README: readme(result.load(), root),
    }


def performance(found: Mapping[str, Any], root: Path = ROOT) -> str:
    page = (root / PERFORMANCE).read_text(encoding="utf-8")
    return with_part(page, FIGURES, "\n".join(_part(name, each) for name, each in found["parts"].items()))


def readme(found: Mapping[str, Any], root: Path = ROOT) -> str:
    rows = [
        *(row for part, line, words in CHOSEN for row in _chosen(found["parts"], part, line, words)),
        *_scenarios((root / SCENARIOS).read_text(encoding="utf-8")),
    ]
    table = "".join(f"| {words} | {value} | `{command}` |\n" for words, value, command in rows)
    page = (root / README).read_text(encoding="utf-8")
    return with_part(page, FIGURES, "| measured | | by |\n|---|---:|---|\n" + table)


def _chosen(parts: Mapping[str, Any], part: str, line: str, words: str) -> Iterator[tuple[str, str, str]]:
    """A line with the words of the README and its command; none if it was not measured."""
    for figure, value, _ in parts.get(part, {}).get("lines", ()):
        if figure == line:
            yield words, value, f".venv/bin/python -m benchmarks {part}"


def _scenarios(page: str) -> Iterator[tuple[str, str, str]]:
    for count, faults, lost, doubled in SCENARIOS_FOUND.findall(page):
        value = f"lost {lost}, doubled {doubled}"
        yield f"{count} failure scenarios with {faults} injected faults", value, "make failures"


def _part(name: str, part: Mapping[str, Any]) -> str:
    """What a measurement gave, and where it ran."""
    ran_on = part["ran_on"]
    settings = {key: value for key, value in part.items() if key not in ("figures", "lines", "ran_on")}
    where = f"{ran_on['at']}, Python {ran_on['python']}, {ran_on['machine']}, {ran_on['cores']} cores"
    with_what = "".join(f", {key} {value}" for key, value in settings.items())
    head = f"### {name}\n\n{where}{with_what}.\n\n| figure | here | reference |\n|---|---:|---:|\n"
    return head + "".join(f"| {figure} | {here} | {beside} |\n" for figure, here, beside in part["lines"])


def scaled(root: Path = ROOT) -> str:
    return scale.page((root / SCALE).read_text(encoding="utf-8"))


def _costs(measured: Sequence[Measured], root: Path) -> Iterator[tuple[Path, str]]:
    services = sorted({each.case.use_case.partition(".")[0] for each in measured})
    for service in services:
        path = Path("docs", f"{service}.md")
        page = (root / path).read_text(encoding="utf-8")
        yield path, with_part(page, COSTS, costs_table(service, measured))


def costs_table(service: str, measured: Sequence[Measured]) -> str:
    """The rows of a service, and what is not measured."""
    own = [each for each in measured if each.case.use_case.startswith(f"{service}.")]
    left_out = {name: why for name, why in UNMEASURED.items() if name.startswith(f"{service}.")}
    missing = "".join(f"| `{_short(name)}` | | | | | {why} |\n" for name, why in left_out.items())
    return COSTS_HEAD + "".join(map(_row, own)) + missing


def _row(measured: Measured) -> str:
    case, cost = measured.case, measured.cost
    calls = f"{cost.calls}, {measured.others}" if measured.others else str(cost.calls)
    budget = BUDGETS.get(case.name)
    return (
        f"| `{_short(case.use_case)}` | {case.what} | {calls} | {_number(cost.reads)}"
        f" | {_number(cost.writes)} | {budget.because if budget else ''} |\n"
    )


def _number(units: float) -> str:
    return f"{units:g}" if units else ""


def _short(name: str) -> str:
    return name.partition(".")[2]


def out_of_date(root: Path = ROOT) -> list[Path]:
    return differing(documents(root), root)


def write(root: Path = ROOT) -> list[Path]:
    """Returns what changed."""
    pages = documents(root)
    changed = differing(pages, root)
    for path in changed:
        (root / path).write_text(pages[path], encoding="utf-8")
    return changed
