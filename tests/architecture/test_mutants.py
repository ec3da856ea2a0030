"""How `make mutants` judges what is left."""

import json
from pathlib import Path

import pytest

from docs.mutants import Result, Survivor, judge, results

CODE = """\
def x_add__mutmut_orig(a, b):
    return a + b

def x_add__mutmut_1(a, b):
    return a - b

def x_add__mutmut_2(a, b):
    return a + b or None
"""


def left(folder: Path, **codes: int | None) -> Path:
    (folder / "sums.py").write_text(CODE)
    keys = {f"sums.x_add__{name}": code for name, code in codes.items()}
    (folder / "sums.py.meta").write_text(json.dumps({"exit_code_by_key": keys}))
    return folder


def test_a_change_that_no_test_noticed_is_found(tmp_path: Path) -> None:
    found = list(results(left(tmp_path, mutmut_1=1, mutmut_2=0)))
    assert found == [Result("sums.py", 2, (Survivor("add", "return a + b or None"),))]


def test_a_change_that_no_test_ran_is_found(tmp_path: Path) -> None:
    (found,) = results(left(tmp_path, mutmut_1=33, mutmut_2=1))
    assert found.survivors == (Survivor("add", "return a - b"),)


def test_a_run_that_was_interrupted_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not tried"):
        list(results(left(tmp_path, mutmut_1=1, mutmut_2=None)))


def test_what_is_not_noticed_needs_an_explanation() -> None:
    found = [Result("sums.py", 100, (Survivor("add", "return a | b"),))]
    assert judge(found, "99 of 100\n| `add` | `return a \\| b` | the same for these numbers |") == []
    assert judge(found, "99 of 100") == [
        "sums.py: not explained in docs/mutants.md: | `add` | `return a \\| b` |"
    ]


def test_the_page_has_the_figures_of_the_last_run() -> None:
    assert judge([Result("sums.py", 100, ())], "98 of 98 are noticed") == [
        "sums.py: docs/mutants.md does not say 100 of 100"
    ]


def test_too_few_noticed_changes_are_too_few_however_explained() -> None:
    found = [Result("sums.py", 10, (Survivor("add", "return a"),))]
    assert judge(found, "9 of 10\n| `add` | `return a` | no reason |") == [
        "sums.py: 90.0% of the changes were noticed, 95% are needed"
    ]
