"""Write the table in docs/failures.md from the figures of all scenarios."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.system.failures.scenario import FOLDER

PAGE = Path(__file__).resolve().parents[3] / "docs" / "failures.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
HEAD = """\
| scenario | injected | holds | faults | delivered | lost | doubled | mails again | command |
|---|---|---|---:|---:|---:|---:|---:|---|
"""
FIGURES = ("injected", "delivered", "lost", "doubled", "mails_again")


def main() -> None:
    scenarios = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    PAGE.write_text(with_table(PAGE.read_text(), table(scenarios, machine())))
    print(f"{len(scenarios)} scenarios are in {PAGE.name}")


def with_table(page: str, figures: str) -> str:
    """The page with new figures; raises ValueError for a page without its two markers."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"no place for the table between {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}{figures}{END}{after}"


def table(scenarios: Sequence[dict[str, Any]], where: str) -> str:
    sums = ", ".join(f"{name.replace('_', ' ')} {sum(each[name] for each in scenarios)}" for name in FIGURES)
    return f"{len(scenarios)} scenarios on {where}; {sums}.\n\n{HEAD}{''.join(map(row, scenarios))}"


def row(scenario: dict[str, Any]) -> str:
    words = (scenario["name"], scenario["injects"], scenario["holds"])
    figures = (str(scenario[name]) for name in FIGURES)
    return f"| {' | '.join((*words, *figures, '`' + scenario['command'] + '`'))} |\n"


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}"


if __name__ == "__main__":
    main()
