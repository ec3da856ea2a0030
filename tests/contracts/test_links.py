"""Links between the pages of the documentation lead to files and headings that exist."""

import re
from pathlib import Path

import pytest

from infra.package import ROOT

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "infra/README.md", ROOT / "web/README.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: str) -> set[str]:
    """The headings as GitHub makes addresses of them."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(page)}


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere; those to other sites are left out."""
    return [link for link in _links(page) if not _leads(page, link)]


def _links(page: Path) -> list[str]:
    found = [one or other for one, other in LINK.findall(page.read_text(encoding="utf-8"))]
    return [link for link in found if "://" not in link]


def _leads(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    there = page.parent / name if name else page
    return there.exists() and (not anchor or anchor in anchors(there.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_resolves(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A heading, here\n[a](page.md#a-heading-here) [b](#gone) [c](gone.md) [d](https://x.y)")
    assert broken(page) == ["#gone", "gone.md"]
