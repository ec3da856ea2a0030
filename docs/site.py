"""Builds the docs site in `build/docs/site` from the pages as they stand: `make docs`.

The pages are copied to `build/docs/pages` at the same paths, with every file that they link to, so the links
hold that hold in the repository. Three things differ in the copies: a link "excerpt" to a file becomes the
source of the function or class that it names, a link to a folder leads to its index, and a folder without an
index gets one. A link or anchor that leads nowhere, and a symbol that is gone, fail
the build.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
EXCERPT = re.compile(r'^(?P<indent> *)\[`(?P<symbol>[\w.]+)`\]\((?P<path>[^)\s]+) "excerpt"\)$', re.MULTILINE)
LINK = re.compile(r"\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)|<img src=\"(?P<picture>[^\"]+)\"")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)

NAVIGATION: Mapping[str, tuple[str, ...]] = {
    "What it does": ("docs/rules.md", "docs/requirements.md"),
    "How it is built": (
        "docs/architecture.md",
        "docs/auth.md",
        "docs/tracking.md",
        "docs/accounting.md",
        "docs/notifications.md",
        "docs/analytics.md",
        "docs/events.md",
        "docs/api/README.md",
        "web/README.md",
        "infra/README.md",
    ),
    "Patterns": ("docs/patterns/README.md", "docs/patterns/*.md"),
    "Decisions": ("docs/decisions/README.md", "docs/decisions/*.md"),
    "Running it": (
        "docs/local.md",
        "docs/runbook.md",
        "docs/recovery.md",
        "docs/slo.md",
        "docs/threats.md",
        "SECURITY.md",
    ),
    "Proof": ("docs/failures.md", "docs/simulation.md", "docs/stories.md", "docs/mutants.md"),
    "Working on it": ("docs/development.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    "More": ("docs/**/*.md", "*.md"),
}
"""Sections and their pages, as patterns; a page is in the first section that names it."""


class Broken(Exception):
    """A page shows a source that is not there."""


def pages(root: Path = ROOT) -> list[Path]:
    """The pages of the site, relative to the root."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), root / "infra/README.md", root / "web/README.md"]
    return sorted(page.relative_to(root) for page in found)


def source_of(path: Path, symbol: str) -> str:
    """The source of a function, class or constant, with its decorators; `Class.method` names a method.

    Raises Broken.
    """
    if not path.is_file():
        raise Broken(f"{path} is not there")
    text = path.read_text(encoding="utf-8")
    within: ast.stmt | ast.Module = ast.parse(text)
    for name in symbol.split("."):
        within = _member(within, name, f"{path} has no {symbol}")
    lines = text.splitlines()[_first_line(within) - 1 : getattr(within, "end_lineno", None)]
    return dedent("\n".join(lines))


def _member(within: ast.stmt | ast.Module, name: str, otherwise: str) -> ast.stmt:
    """What a module or class calls by this name; raises Broken."""
    body = within.body if isinstance(within, ast.Module | ast.ClassDef) else []
    for node in body:
        if name in _names(node):
            return node
    raise Broken(otherwise)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_line(node: ast.stmt | ast.Module) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    lines = [each.lineno for each in decorators]
    return min([*lines, node.lineno] if isinstance(node, ast.stmt) else [1])


def with_excerpts(page: Path, text: str, root: Path = ROOT) -> str:
    """The page's text with the sources that it names; raises Broken."""

    def excerpt(match: re.Match[str]) -> str:
        path = (root / page.parent / match["path"]).resolve()
        title = path.relative_to(root) if path.is_relative_to(root) else path
        block = f'```python title="{title}"\n{source_of(path, match["symbol"])}\n```'
        return indent(block, match["indent"])

    return EXCERPT.sub(excerpt, text)


def _linked(page: Path, text: str, root: Path) -> Iterator[Path]:
    """The files and folders of the repository to which a page links, relative to the root."""
    for match in LINK.finditer(text):
        target = match["target"] or match["picture"]
        path = (root / page.parent / target).resolve()
        if "://" not in target and path.exists() and path.is_relative_to(root):
            yield path.relative_to(root)


def _to_index(text: str) -> str:
    """Links to folders lead to their index."""
    return LINK.sub(lambda match: match[0].replace("/)", "/README.md)").replace("/#", "/README.md#"), text)


def stage(folder: Path, root: Path = ROOT) -> list[Path]:
    """Copy all pages, and what they link to, into the folder; returns the pages. Raises Broken."""
    staged: list[Path] = []
    folders: set[Path] = set()
    for page in pages(root):
        text = (root / page).read_text(encoding="utf-8")
        for linked in _linked(page, text, root):
            if (root / linked).is_dir():
                folders.add(linked)
            elif linked.suffix != ".md":
                _copy(root / linked, folder / linked)
        _write(folder / page, _to_index(with_excerpts(page, text, root)))
        staged.append(page)
    for each in sorted(folders):
        index = each / "README.md"
        if index not in staged:
            _write(folder / index, _index(each, folder, root))
            staged.append(index)
    return staged


def _index(part: Path, folder: Path, root: Path) -> str:
    """A page that lists the pages, or shows the pictures, of a folder that has no index."""
    lines = [f"# {part.name.capitalize()}", ""]
    for path in sorted((root / part).iterdir()):
        if path.suffix == ".md":
            lines.append(f"- [{title(path)}]({path.name})")
        elif path.suffix in (".png", ".svg"):
            _copy(path, folder / part / path.name)
            lines.append(f"![{path.stem.replace('-', ', ')}]({path.name})")
    return "\n".join(lines) + "\n"


def title(page: Path) -> str:
    """The page's first heading."""
    heading = HEADING.search(page.read_text(encoding="utf-8"))
    return heading[1] if heading else page.stem


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def navigation(staged: list[Path]) -> list[dict[str, Any]]:
    """Every page once, under its section."""
    left = [page for page in staged if page != Path("README.md")]
    sections: list[dict[str, Any]] = [{"aTES": "README.md"}]
    for section, patterns in NAVIGATION.items():
        members = [page for pattern in patterns for page in left if page.match(pattern)]
        members = list(dict.fromkeys(members))
        left = [page for page in left if page not in members]
        if members:
            sections.append({section: [page.as_posix() for page in members]})
    return sections


def settings(staged: list[Path]) -> dict[str, Any]:
    """What the site generator reads; no fonts are loaded from elsewhere."""
    return {
        "site_name": "aTES",
        "site_description": "Awesome Task Exchange System",
        "docs_dir": "pages",
        "site_dir": "site",
        "strict": True,
        "theme": {"name": "material", "font": False, "features": ["navigation.sections", "search.highlight"]},
        "nav": navigation(staged),
    }


def build() -> int:
    """Build the site; the exit code of the generator, or 1 for a page that shows what is not there."""
    shutil.rmtree(BUILD, ignore_errors=True)
    try:
        staged = stage(BUILD / "pages")
    except Broken as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    # JSON is YAML too, which the generator reads.
    _write(BUILD / "mkdocs.yml", json.dumps(settings(staged), indent=1))
    settings_file = str(BUILD / "mkdocs.yml")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", settings_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # What it finds is in its output; after that it shows a traceback.
    found = done.stdout + done.stderr.partition("Traceback")[0]
    print(COLOUR.sub("", found), end="", file=sys.stderr if done.returncode else sys.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(build())
