"""The documents made from the specs are the committed ones."""

from pathlib import Path

import pytest

from infra.documents.__main__ import differing, documents

FILES = documents()


@pytest.mark.parametrize("path", sorted(FILES), ids=str)
def test_a_generated_document_is_current(path: Path) -> None:
    assert differing({path: FILES[path]}) == [], "python -m infra.documents renews it"


def test_a_document_that_was_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = Path("document.json")
    (tmp_path / path).write_text("{}")
    assert differing({path: "{ }"}, tmp_path) == [path]
    assert differing({path: "{}"}, tmp_path) == []
