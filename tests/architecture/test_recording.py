"""The recorded terminal of the README, and how it is drawn."""

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs import recording
from docs.recording import COMMANDS, MASK, TARGET, CommandFailed, masked, shown, svg_of
from infra.package import ROOT

LARGEST_BYTES = 60_000
ADDRESS = re.compile(r"https?://[^/\s\"<&]+")
OF_A_MACHINE = re.compile(r"/(home|root|tmp|Users|var|work)/")
HERE = ("http://localhost:", "http://127.0.0.1:", "http://www.w3.org")


def text_of(svg: str) -> str:
    """What is drawn, without the gaps."""
    drawn = ElementTree.fromstring(svg).itertext()  # noqa: S314, our own file
    return re.sub(r"\s+", " ", "".join(drawn))


def test_commands_and_what_they_print_are_drawn() -> None:
    svg = svg_of([("ates status", "\x1b[31mmissing\x1b[0m table\n"), ("ates verify", "a < b\n")])
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314
    for part in ("ates status", "missing", "table", "ates verify", "a < b"):
        assert part in text_of(svg)
    assert "\x1b" not in svg
    assert set(ADDRESS.findall(svg)) == {"http://www.w3.org"}


def test_the_password_is_not_drawn() -> None:
    assert masked("password of all: s3cret\n", "s3cret") == f"password of all: {MASK}\n"


def test_of_a_long_output_the_last_lines_are_drawn() -> None:
    lines = [f"line {number}" for number in range(8)]
    assert shown("ates demo", "\n".join(lines)).splitlines() == ["…", *lines[2:]]
    assert shown("ates demo", "\n".join(lines[2:])).splitlines() == lines[2:]
    assert shown("ates verify", "\n".join(lines)).splitlines() == lines
    assert shown("ates verify", "") == ""


def test_a_recording_without_a_local_aws_says_so(tmp_path: Path) -> None:
    environment = recording._environment(os.environ, tmp_path / "home")
    with pytest.raises(CommandFailed, match="make up"):
        recording._run("ates status", environment)


def test_the_recording_is_small_and_names_nothing_of_the_machine_it_was_made_on() -> None:
    svg = TARGET.read_text(encoding="utf-8")
    assert len(svg) < LARGEST_BYTES
    assert all(command in text_of(svg) for command in COMMANDS)
    assert MASK in svg
    assert not OF_A_MACHINE.search(svg)
    assert str(ROOT) not in svg
    assert all(address.startswith(HERE) for address in ADDRESS.findall(svg))
