"""mypy reads every class of the CDK that the stacks use; a skipped one would be Any and unchecked."""

import ast
import inspect
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module

from infra.package import ROOT


def followed() -> list[str]:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    overrides = [each for each in mypy["overrides"] if each.get("follow_imports") == "normal"]
    return [module for each in overrides for module in each["module"]]


def imported() -> Iterator[tuple[str, str]]:
    """Our imports from the CDK, as module and name."""
    for path in (path for folder in ("infra", "ops", "tests") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_cdk"):
                yield from ((str(node.module), name.name) for name in node.names)


def used() -> set[str]:
    """Their modules and those of their base classes."""
    found = {module for module, _ in imported()}
    classes = [getattr(import_module(module), name) for module, name in imported()]
    bases = {base.__module__ for each in classes if inspect.isclass(each) for base in inspect.getmro(each)}
    return found | {module for module in bases if module.startswith("aws_cdk")}


def test_mypy_skips_no_used_module_of_the_cdk() -> None:
    modules, patterns = used(), followed()
    assert "aws_cdk.aws_lambda" in modules
    assert [each for each in sorted(modules) if not any(fnmatch(each, pattern) for pattern in patterns)] == []
