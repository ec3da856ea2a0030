"""The measures of the code's structure."""

from pathlib import Path

import pytest

from tests.architecture.structure import arrows, function_lengths, main, modules, rooms


def files(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_length_of_a_function_is_its_number_of_lines(tmp_path: Path) -> None:
    text = "@x\ndef one():\n    return 1\n\n\nclass A:\n    async def two(self):\n        pass\n\n    y = 1\n"
    found = modules(files(tmp_path, ops__a=text, ops__empty=""), ["ops"])
    assert (len(found), function_lengths(found)) == (1, [2, 2])


def test_imports_between_two_rooms_count_as_one_arrow(tmp_path: Path) -> None:
    found = modules(
        files(
            tmp_path,
            ops__a__x="from ops.b import y\nfrom ops import b, nothing\nimport json\n",
            ops__a__z="from ops.a import x\n\n\ndef late():\n    import ops.c.y\n",
            ops__b="X = 1\n",
            ops__c__y="X = 1\n",
        ),
        ["ops"],
    )
    assert rooms(found, "ops") == {"a", "b", "c"}
    assert arrows(found, "ops") == {("a", "b"), ("a", "c")}


def test_the_project_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| | now |"
    named = [line.split(" | ")[0] for line in lines[2:]]
    assert {"| files that run", "| lines of tests", "| largest files"} <= set(named)
