"""docs/failures.md: the table is written between its markers, and its commands name existing tests."""

import re
from pathlib import Path

import pytest

from tests.system.failures.table import BEGIN, END, PAGE, table, with_table

COMMAND = re.compile(r"`\.venv/bin/pytest(?: -m night)? (\S+) -k (\w+)`")
SCENARIO = {
    "name": "network-cut",
    "injects": "nothing",
    "holds": "everything",
    "command": "pytest x -k y",
    "injected": 3,
    "delivered": 2,
    "lost": 0,
    "doubled": 0,
    "mails_again": 1,
}


def test_every_command_names_a_test() -> None:
    _, _, rest = PAGE.read_text().partition(BEGIN)
    rows = [line for line in rest.partition(END)[0].splitlines() if line.endswith("` |")]
    found = [COMMAND.search(row) for row in rows]
    assert found
    for each in found:
        assert each, rows
        path, name = each.groups()
        assert f"def {name}(" in (Path(__file__).parents[2] / path).read_text()


def test_the_table_is_written_between_its_markers() -> None:
    page = with_table(f"before\n{BEGIN}stale\n{END}after\n", table([SCENARIO], "2 cores, Linux"))
    assert page.startswith(
        "before\n" + BEGIN + "1 scenarios on 2 cores, Linux; injected 3, delivered 2, lost 0"
    )
    assert "| network-cut | nothing | everything | 3 | 2 | 0 | 0 | 1 | `pytest x -k y` |\n" + END in page
    assert "stale" not in page
    with pytest.raises(ValueError, match="no place"):
        with_table("a page without it", "")
