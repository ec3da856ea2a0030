"""Rules of the layout that the import contracts (pyproject.toml) can't express."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from infra.discovery import discover
from infra.package import ROOT
from shared.spec import Events
from shared.tables import columns

SPECS = [spec for service in discover() for spec in service.use_cases]
FOLDERS = sorted(path.parent for path in (ROOT / "functions").glob("*/*/handler.py"))
SOURCES = sorted(
    chain.from_iterable((ROOT / name).rglob("*.py") for name in ("functions", "shared", "events"))
)
ALLOWED_AT_TOP = (
    ast.AnnAssign,
    ast.Assign,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.FunctionDef,
    ast.If,
    ast.Import,
    ast.ImportFrom,
)

every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))


def test_each_folder_of_code_is_a_use_case() -> None:
    """Discovery looks for handlers, so a folder without one would silently not be deployed."""
    with_code = {path.parent for path in (ROOT / "functions").glob("*/*/*.py")}
    assert with_code == set(FOLDERS)


@every_folder
def test_a_use_case_is_named_by_a_verb_phrase(folder: Path) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", folder.name)


def test_a_consumer_of_events_is_named_on_event() -> None:
    """`on_…_event`; a service's consumer of its own events may have another name."""
    for spec in SPECS:
        if isinstance(spec.trigger, Events) and any(e.producer != spec.service for e in spec.trigger.events):
            assert re.fullmatch(r"on_[a-z_]+_event", spec.name), spec.name


@every_folder
def test_use_cases_never_import_each_other(folder: Path) -> None:
    others = {".".join(each.relative_to(ROOT).parts) for each in FOLDERS if each != folder}
    named = chain.from_iterable(imported(path) for path in folder.glob("*.py"))
    assert not [
        name for name in named if any(name == other or name.startswith(f"{other}.") for other in others)
    ]


@every_folder
def test_a_use_case_takes_its_arguments_in_the_common_order(folder: Path) -> None:
    """The request, `store`, `context`, then adapters and settings, `remember` last: docs/development.md."""
    path = folder / "use_case.py"
    if not path.exists():
        return
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    (own,) = [node for node in functions if node.name == folder.name]
    names = [argument.arg for argument in own.args.args]
    assert not {"clock", "randomness"} & set(names), "time and randomness come from the context"
    asked = names[: names.index("store")]
    assert not {"context", "remember"} & set(asked)
    assert "context" not in names or names[len(asked) + 1] == "context"
    assert "remember" not in names or names[-1] == "remember"


@every_source
def test_nothing_happens_at_import(source: Path) -> None:
    """A module's top level only defines: no loop, no bare call, no `with`, no `try`; one exception."""
    for node in ast.parse(source.read_text()).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        fewer_collections = ast.unparse(node) == "gc.set_threshold(100000)"
        assert docstring or fewer_collections or isinstance(node, ALLOWED_AT_TOP), ast.unparse(node)


@every_source
def test_only_settings_reads_the_environment(source: Path) -> None:
    if source != ROOT / "shared" / "settings.py":
        assert not re.search(r"\bos\.(environ|getenv)\b", source.read_text())


@every_source
def test_randomness_comes_from_the_system(source: Path) -> None:
    """Draws, ids and tokens: no code calls `random` directly or makes a predictable generator."""
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="random"), attr=name)):
                assert name == "SystemRandom"
            case ast.ImportFrom(module="random"):
                raise AssertionError("import random as a module, so that this test sees its use")


def test_only_auth_keeps_addresses() -> None:
    """No other service's table has a field for an e-mail address."""
    for service in discover():
        names = {name for table in service.tables.values() for name in columns(table)}
        assert any("mail" in name for name in names) == (service.name == "auth"), service.name


def imported(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    names: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
