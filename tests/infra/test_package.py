"""The content of a function's asset."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra import package
from infra.discovery import discover
from infra.package import Assets

HANDLERS = sorted({handler for service in discover() for handler in service.handler_modules()})

# Each handler is imported with only its own asset of our code on the path; libraries stay loaded.
IMPORT_EACH_ALONE = """
import importlib, sys
for line in sys.stdin:
    folder, handler = line.split()
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    assert callable(importlib.import_module(handler).handler), handler
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("events", "functions", "shared")]:
        del sys.modules[name]
"""


def test_every_asset_imports_alone(tmp_path: Path) -> None:
    """Also in an empty environment: imports read nothing from it."""
    assets = Assets(HANDLERS, layer=None)
    lines = [f"{assets.function(handler)} {handler}" for handler in HANDLERS]
    command = [sys.executable, "-I", "-c", IMPORT_EACH_ALONE]
    done = subprocess.run(
        command, input="\n".join(lines), text=True, capture_output=True, cwd=tmp_path, env={}, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_asset_contains_no_other_use_case(handler: str) -> None:
    own = handler.removesuffix(".handler")
    others = {each.removesuffix(".handler") for each in HANDLERS} - {own}
    assert not others & package.closure(handler).keys()


def test_a_closure_follows_every_form_of_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "functions/__init__.py": "",
        "functions/a/__init__.py": "",
        "functions/a/handler.py": "import shared.one\nfrom . import beside\nfrom shared import two\n",
        "functions/a/beside.py": "def later():\n    from shared.three import name\n",
        "functions/a/mail.html": "",
        "functions/b.py": "",
        "shared/__init__.py": "",
        "shared/one.py": "import json\n",
        "shared/two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import functions.b\n",
        "shared/three.py": "name = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(package, "ROOT", tmp_path)
    held = {str(path.relative_to(tmp_path)) for path in package.asset_files("functions.a.handler")}
    assert held == files.keys() - {"functions/b.py"}


def test_the_same_code_gives_the_same_asset() -> None:
    handler = HANDLERS[0]
    first, second = Assets([handler], None), Assets([handler], None)
    assert contents(first.function(handler)) == contents(second.function(handler))


def contents(folder: str) -> dict[str, bytes]:
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
