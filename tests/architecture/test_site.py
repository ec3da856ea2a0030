"""The docs site: its build, the excerpts, and the tests that its pages name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs import site
from docs.site import Broken, navigation, pages, source_of, stage, with_excerpts
from infra.package import ROOT

PAGE = Path("docs/page.md")
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)(::(?P<name>test_\w+))?`")
NAMING_TESTS = [
    *(ROOT / "docs/patterns").glob("*.md"),
    *(ROOT / "docs" / name for name in ("threats.md", "slo.md", "mutants.md")),
]


@pytest.mark.timeout(600)  # on a busy machine the generator waits for its threads
def test_the_site_is_built_and_every_link_leads_somewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "BUILD", tmp_path)
    assert site.build() == 0
    assert "transaction" in (tmp_path / "site/docs/patterns/inbox/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", ["gone.md", "page.md#gone"])
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, link: str) -> None:
    for name, text in {
        "pages/README.md": "# Start\n\n[page](page.md)\n",
        "pages/page.md": f"# Page\n\n[gone]({link})\n",
    }.items():
        site._write(tmp_path / name, text)
    site._write(tmp_path / "mkdocs.yml", '{"site_name": "x", "docs_dir": "pages", "site_dir": "site"}')
    command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", str(tmp_path / "mkdocs.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "does not exist" in done.stdout + done.stderr


def test_an_excerpt_is_the_source_of_its_symbol(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "LIMIT = 3\n\n\n@decorated\ndef first() -> int:\n    return LIMIT\n\n\nclass Other:\n"
        "    size: int = 1\n\n    def second(self) -> int:\n        return 2\n"
    )
    assert source_of(tmp_path / "code.py", "first") == "@decorated\ndef first() -> int:\n    return LIMIT"
    assert source_of(tmp_path / "code.py", "Other.second") == "def second(self) -> int:\n    return 2"
    assert source_of(tmp_path / "code.py", "Other.size") == "size: int = 1"
    text = 'Before\n\n[`LIMIT`](../code.py "excerpt")\n'
    block = '```python title="code.py"\nLIMIT = 3\n```'
    assert with_excerpts(PAGE, text, tmp_path) == f"Before\n\n{block}\n"


def test_an_excerpt_in_a_list_keeps_the_indent(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("def first() -> int:\n    return 1\n")
    text = '1. One\n\n    [`first`](../code.py "excerpt")\n'
    assert with_excerpts(PAGE, text, tmp_path) == (
        '1. One\n\n    ```python title="code.py"\n    def first() -> int:\n        return 1\n    ```\n'
    )


@pytest.mark.parametrize(
    ("path", "symbol"), [("code.py", "gone"), ("code.py", "first.x"), ("gone.py", "first")]
)
def test_an_excerpt_of_what_is_gone_is_refused(tmp_path: Path, path: str, symbol: str) -> None:
    (tmp_path / "code.py").write_text("def first() -> int:\n    return 1\n")
    with pytest.raises(Broken):
        with_excerpts(PAGE, f'[`{symbol}`](../{path} "excerpt")', tmp_path)


def test_a_folder_without_an_index_gets_one(tmp_path: Path) -> None:
    for name, text in {
        "README.md": "# Start\n\n[notes](docs/notes/) [data](data.json)\n",
        "docs/notes/first.md": "# The first\n",
        "infra/README.md": "# Infra\n",
        "web/README.md": "# Web\n",
        "data.json": "{}",
    }.items():
        site._write(tmp_path / name, text)
    staged = stage(tmp_path / "out", tmp_path)
    assert Path("docs/notes/README.md") in staged
    assert "- [The first](first.md)" in (tmp_path / "out/docs/notes/README.md").read_text()
    assert "(docs/notes/README.md)" in (tmp_path / "out/README.md").read_text()
    assert (tmp_path / "out/data.json").exists()


def test_every_page_is_once_in_the_navigation() -> None:
    (_, *sections) = navigation(pages())
    shown = [page for section in sections for members in section.values() for page in members]
    assert sorted([*shown, "README.md"]) == sorted(page.as_posix() for page in pages())


@pytest.mark.parametrize("page", NAMING_TESTS, ids=lambda page: page.name)
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    for match in TEST.finditer(page.read_text(encoding="utf-8")):
        text = (ROOT / match["file"]).read_text(encoding="utf-8")
        assert not match["name"] or f"def {match['name']}(" in text, match[0]
