"""Judges what `mutmut run` left in `mutants`: what unit tests noticed, and which of the rest is unexplained.

Exit code 1 if fewer than 95 % were noticed, if one that was not is missing in docs/mutants.md, or if that
page has other figures.
"""

import ast
import difflib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mutants.md"
NEEDED = 0.95
SURVIVED = {0, 33}
"""mutmut's exit codes of changes that no test noticed: all passed, or none ran."""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed; `change` is the changed line."""

    function: str
    change: str

    @property
    def explained_as(self) -> str:
        """How a row of the page begins."""
        return f"| `{self.function}` | `{self.change.replace('|', chr(92) + '|')}` |"


@dataclass(frozen=True)
class Result:
    """What came of the changes of one file."""

    file: str
    changes: int
    survivors: tuple[Survivor, ...]


def results(folder: Path) -> Iterator[Result]:
    """Of each changed file. Raises ValueError if some changes were not tried."""
    for meta in sorted(folder.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        if not codes:
            continue
        if None in codes.values():
            raise ValueError(f"{meta}: some changes were not tried; run it again")
        code = meta.with_suffix("").read_text(encoding="utf-8")
        sources = dict(_functions(code))
        survivors = [name.rpartition(".")[2] for name, exit_code in codes.items() if exit_code in SURVIVED]
        yield Result(
            meta.with_suffix("").relative_to(folder).as_posix(),
            len(codes),
            tuple(_survivor(name, sources) for name in survivors),
        )


def _functions(code: str) -> Iterator[tuple[str, list[str]]]:
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, [line.strip() for line in lines[node.lineno : node.end_lineno]]


def _survivor(name: str, sources: dict[str, list[str]]) -> Survivor:
    """mutmut names changes `x_post__mutmut_7`, and the unchanged function `x_post__mutmut_orig`."""
    function = name.rpartition("__mutmut_")[0]
    before, after = sources[f"{function}__mutmut_orig"], sources[name]
    changed = [line for line in difflib.ndiff(before, after) if line[:2] in ("+ ", "- ")]
    added = [line[2:] for line in changed if line.startswith("+ ")]
    removed = [line[2:] for line in changed if line.startswith("- ")]
    return Survivor(function.removeprefix("x_"), added[0] if added else f"without {removed[0]}")


def judge(found: list[Result], page: str) -> list[str]:
    """What is wrong; empty if enough was noticed, and the page has the figures and explains the rest."""
    wrong: list[str] = []
    for result in found:
        noticed = result.changes - len(result.survivors)
        figure = f"{noticed} of {result.changes}"
        print(f"{result.file}: {figure} noticed")
        if noticed < NEEDED * result.changes:
            part = noticed / result.changes
            wrong.append(f"{result.file}: {part:.1%} of the changes were noticed, {NEEDED:.0%} are needed")
        if not re.search(rf"\b{figure}\b", page):
            wrong.append(f"{result.file}: docs/mutants.md does not say {figure}")
        wrong += [
            f"{result.file}: not explained in docs/mutants.md: {each.explained_as}"
            for each in result.survivors
            if each.explained_as not in page
        ]
    return wrong


def main() -> int:
    try:
        found = list(results(ROOT / "mutants"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    wrong = judge(found, PAGE.read_text(encoding="utf-8")) if found else ["mutants: nothing was changed"]
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
