"""A check that a list kept by hand is complete, which says what to do if it isn't."""

from collections.abc import Iterable
from typing import Any

import pytest


def check_complete(kept: Iterable[Any], wanted: Iterable[Any], where: str) -> None:
    """`kept` is the list in `where`; fails with what to add to it and what to remove."""
    have, want = set(kept), set(wanted)
    lines = [f"add to {where}: {each}" for each in sorted(want - have)]
    lines += [f"remove from {where}: {each}" for each in sorted(have - want)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
